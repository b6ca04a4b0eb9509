import { isDeepStrictEqual } from 'node:util';
import { type Act, putRow } from './act.ts';
import { apiError } from './api-error.ts';
import { takenGuests } from './attendees.ts';
import { checkEtag } from './conditional.ts';
import { conferenceAfter } from './conference.ts';
import { bodyOf, mergePatch, type ParsedBody, parseBody } from './event-body.ts';
import { isObject, sameWhen } from './event-times.ts';
import { findEvent } from './events-find.ts';
import { bodyContext, withOrganizer } from './events-insert.ts';
import { sameButAnswers, sameShared, spreadToGuests, spreadToOrganizer } from './guest-copies.ts';
import { checkGuestRights } from './guest-rights.ts';
import { checkInvitations } from './invitations.ts';
import { mailGuests, type SendUpdates } from './mailings.ts';
import type { EventContent, EventDraft, EventRow, Json, JsonObject } from './model.ts';
import { cancelExceptions, editExceptions, showSeriesAlike } from './series-edit.ts';
import type { State, StoredCalendar } from './state.ts';
import { cancelStrayExceptions } from './stray-exceptions.ts';

export interface ChangeRequest {
  /** PATCH merges into what is there, PUT replaces it (API facts §3.1). */
  readonly mode: 'patch' | 'update';
  readonly eventId: string;
  readonly body: JsonObject;
  readonly ifMatch: string | undefined;
  readonly sendUpdates: SendUpdates;
  readonly conferenceDataVersion: 0 | 1;
  readonly supportsAttachments?: boolean;
}

/** Fields whose change shows on this copy alone and does not move `updated` (§1.3). */
const reminderOnly: readonly (keyof EventContent)[] = ['reminders'];

/**
 * events.patch and events.update. 404 for an unknown id, 412 for a stale `If-Match`, 403 for a deleted event
 * under the switch, 400 for a bad body. An occurrence changed for the first time gets a row of its own.
 */
export function changeEvent(act: Act, calendar: StoredCalendar, request: ChangeRequest): EventRow {
  const before = findEvent(act.state, calendar, request.eventId);
  checkEtag(before.etag, request.ifMatch);
  if (before.stub === true || (before.status === 'cancelled' && act.state.switches.undelete === 'forbidden')) {
    throw apiError('forbidden');
  }
  const after = changedDraft(act, calendar, before, request);
  checkGuestRights(before, after, calendar.row.id);
  checkInvitations(act, calendar, before, after.content.attendees);
  if (isNoop(before, after) && act.state.switches.noopWrite === 'keeps_etag') return before;
  const row = putRow(act, calendar, after, keepsEtag(before, after, act.state));
  afterChange(act, calendar, before, row, request.sendUpdates);
  return row;
}

/** What follows from a changed event elsewhere: on occurrences, on the other copies, in mail boxes. */
function afterChange(
  act: Act,
  calendar: StoredCalendar,
  before: EventRow,
  row: EventRow,
  sendUpdates: SendUpdates,
): void {
  if (before.content.recurrence !== undefined) {
    if (row.status === 'cancelled') cancelExceptions(act, calendar, row);
    else editExceptions(act, calendar, before, row);
    cancelStrayExceptions(act, calendar, before, row);
  }
  showSeriesAlike(act, calendar, before, row);
  if (sameShared(before, row)) return;
  if (row.copyOf !== undefined) {
    spreadToOrganizer(act, row, sameButAnswers(before, row));
    return;
  }
  spreadToGuests(act, calendar, before, row, sendUpdates);
  mailGuests(act, calendar, row.status === 'cancelled' ? 'delete' : 'update', sendUpdates, row, before);
}

function changedDraft(act: Act, calendar: StoredCalendar, before: EventRow, request: ChangeRequest): EventDraft {
  const context = bodyContext(act.state, calendar);
  const asked = withKeptAttachments(before, ownAnswerOnly(before, request.body), request);
  const body = request.mode === 'patch' ? mergePatch(bodyOf(before, context), asked) : asked;
  const own = before.recurringEventId === undefined ? body : { ...body, recurrence: undefined };
  const parsed = parseBody(own, context);
  const { hangoutLink, conferenceData } = before.content;
  const old = {
    ...(hangoutLink === undefined ? {} : { hangoutLink }),
    ...(conferenceData === undefined ? {} : { conferenceData }),
  };
  const conference = conferenceAfter(body, old, request.conferenceDataVersion, () => act.state.nextHex('conference'));
  const kept =
    before.copyOf === undefined ? withOrganizer(parsed.content, before.organizer, act.state) : parsed.content;
  const content = { ...takenGuests(act.state, calendar, kept, before.content.attendees), ...conference };
  return {
    ...before,
    ...parsed,
    content,
    sequence: nextSequence(before, parsed, request.body),
    updatedMs: sharedUnchanged(before, parsed, content) ? before.updatedMs : act.state.now(),
  };
}

/** A client that does not speak of attachments cannot clear them by a PUT that leaves them out. */
function withKeptAttachments({ content }: EventRow, body: JsonObject, request: ChangeRequest): JsonObject {
  const keeps = request.mode === 'update' && request.supportsAttachments !== true && content.attachments !== undefined;
  return keeps ? { ...body, attachments: content.attachments } : body;
}

/** With `attendeesOmitted` the entries given answer for themselves and the rest of the list stays (§4). */
function ownAnswerOnly({ content }: EventRow, body: JsonObject): JsonObject {
  if (body.attendeesOmitted !== true || !Array.isArray(body.attendees)) return body;
  const given = new Map(
    (body.attendees as readonly Json[])
      .filter(isObject)
      .map(({ email, responseStatus }) => [String(email).toLowerCase(), responseStatus]),
  );
  const attendees = (content.attendees ?? []).map((guest) => {
    const responseStatus = given.get(guest.email) ?? guest.responseStatus;
    return { ...guest, responseStatus } as unknown as JsonObject;
  });
  return { ...body, attendees };
}

/** A stated sequence must not be below the current one (§2.3); else a change of time raises it. */
function nextSequence(before: EventRow, after: ParsedBody, body: JsonObject): number {
  if (typeof body.sequence === 'number') {
    if (body.sequence < before.sequence) throw apiError('invalidSequence');
    if (body.sequence > before.sequence) return Math.trunc(body.sequence);
  }
  const sameTime = sameWhen(before.start, after.start) && sameWhen(before.end, after.end);
  const sameRule = isDeepStrictEqual(before.content.recurrence, after.content.recurrence);
  return sameTime && sameRule ? before.sequence : before.sequence + 1;
}

function sharedUnchanged(before: EventRow, parsed: ParsedBody, content: EventContent): boolean {
  const strip = (fields: EventContent): object =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !reminderOnly.includes(name as keyof EventContent)));
  return (
    before.status === parsed.status &&
    sameWhen(before.start, parsed.start) &&
    sameWhen(before.end, parsed.end) &&
    isDeepStrictEqual(strip(before.content), strip(content))
  );
}

function isNoop(before: EventRow, after: EventDraft): boolean {
  return (
    before.status === after.status &&
    before.sequence === after.sequence &&
    sameWhen(before.start, after.start) &&
    sameWhen(before.end, after.end) &&
    isDeepStrictEqual(before.content, after.content)
  );
}

/** Under the switch, a change of nothing but answers leaves the etag. */
function keepsEtag(before: EventRow, after: EventDraft, state: State): boolean {
  if (state.switches.answerMovesEtag) return false;
  const silent = (content: EventContent): object => ({
    ...content,
    attendees: content.attendees?.map(({ responseStatus: _, comment: __, additionalGuests: ___, ...rest }) => rest),
  });
  return isDeepStrictEqual(
    { ...before, content: silent(before.content), updatedMs: 0 },
    { ...after, content: silent(after.content), updatedMs: 0 },
  );
}
