import { type Act, putRow } from './act.ts';
import { apiError, badRequest } from './api-error.ts';
import { takenGuests } from './attendees.ts';
import { encodeBase32Hex } from './base32hex.ts';
import { type Conference, conferenceAfter, newConference } from './conference.ts';
import { type BodyContext, type ParsedBody, parseBody } from './event-body.ts';
import { isObject } from './event-times.ts';
import { spreadToGuests } from './guest-copies.ts';
import { checkInvitations } from './invitations.ts';
import { eventTypes } from './list-query.ts';
import { mailGuests, type SendUpdates } from './mailings.ts';
import type { Actor, Attendee, EventDraft, EventRow, JsonObject } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

export interface InsertOptions {
  readonly sendUpdates: SendUpdates;
  readonly conferenceDataVersion: 0 | 1;
}

const clientId = /^[a-v0-9]{5,1024}$/;

/** events.insert: 400 for a bad id or body, 409 `duplicate` for an id that is there, live or deleted (§2.1). */
export function insertEvent(act: Act, calendar: StoredCalendar, body: JsonObject, options: InsertOptions): EventRow {
  const id = chosenId(act.state, body);
  const draft = draftOf(act, calendar, id, body, options.conferenceDataVersion);
  if (calendar.events.get(id) !== undefined) throw apiError('duplicate');
  checkInvitations(act, calendar, undefined, draft.content.attendees);
  if (act.actor === 'client') act.state.usage.spend('eventsCreatedPerDay', act.email, 1);
  const row = putRow(act, calendar, draft);
  spreadToGuests(act, calendar, undefined, row, options.sendUpdates);
  mailGuests(act, calendar, 'insert', options.sendUpdates, row);
  return row;
}

/**
 * events.import: a copy that mails nobody and may name another organizer. A UID that is there is refused as
 * `duplicate`, as the field reports (§2.2).
 */
export function importEvent(act: Act, calendar: StoredCalendar, body: JsonObject, version: 0 | 1): EventRow {
  if (typeof body.iCalUID !== 'string' || body.iCalUID === '') throw badRequest('required', 'Missing iCal UID.');
  const id = idOfUid(body.iCalUID);
  const there = calendar.events.get(id);
  const { eventType: _, ...plain } = body;
  const draft = draftOf(act, calendar, id, plain, version);
  if (there !== undefined && (act.state.switches.importExisting === 'duplicate' || draft.sequence < there.sequence)) {
    throw apiError('duplicate');
  }
  const organizer = namedOrganizer(body) ?? draft.organizer;
  return putRow(act, calendar, { ...draft, createdMs: there?.createdMs ?? draft.createdMs, organizer });
}

export function bodyContext(state: State, calendar: StoredCalendar): BodyContext {
  const { zones, switches, limits } = state;
  return { zones, switches, limits, calendarZone: calendar.row.timeZone };
}

/** With guests and the switch on, the organizer stands among them and has accepted. */
export function withOrganizer(content: ParsedBody['content'], organizer: Actor, state: State): ParsedBody['content'] {
  const guests = content.attendees;
  if (!state.switches.organizerAsAttendee || guests === undefined) return content;
  if (guests.some(({ email }) => email === organizer.email)) return content;
  const own: Attendee = { ...organizer, responseStatus: 'accepted' };
  return { ...content, attendees: [...guests, own] };
}

function draftOf(act: Act, calendar: StoredCalendar, id: string, body: JsonObject, version: 0 | 1): EventDraft {
  const { state } = act;
  const parsed = parseBody(body, bodyContext(state, calendar));
  const organizer = organizerOf(calendar, state);
  const now = state.now();
  return {
    id,
    createdMs: now,
    updatedMs: now,
    status: parsed.status,
    eventType: eventTypeOf(act, body),
    iCalUID: typeof body.iCalUID === 'string' && body.iCalUID !== '' ? body.iCalUID : `${id}@google.com`,
    sequence: typeof body.sequence === 'number' && body.sequence > 0 ? Math.trunc(body.sequence) : 0,
    creator: actorOf(act.email, state),
    organizer,
    start: parsed.start,
    end: parsed.end,
    content: {
      ...takenGuests(state, calendar, withOrganizer(parsed.content, organizer, state), undefined),
      ...conferenceOf(act, id, body, parsed, version),
    },
    ...(body.privateCopy === true ? { privateCopy: true as const } : {}),
  };
}

/** 400 for a type that does not exist, or that no client can create (discovery document: `fromGmail`). */
function eventTypeOf({ actor }: Act, body: JsonObject): string {
  const { eventType } = body;
  if (eventType === undefined || eventType === null) return 'default';
  if (typeof eventType !== 'string' || !eventTypes.includes(eventType)) {
    throw badRequest('invalid', 'Invalid value for: eventType');
  }
  if (eventType === 'fromGmail' && actor === 'client') throw badRequest('invalid', 'Invalid value for: eventType');
  return eventType;
}

function chosenId(state: State, body: JsonObject): string {
  if (body.id === undefined || body.id === null || body.id === '') {
    return typeof body.iCalUID === 'string' && body.iCalUID !== ''
      ? idOfUid(body.iCalUID)
      : encodeBase32Hex(Buffer.from(state.nextHex('event').slice(0, 32), 'hex'));
  }
  if (typeof body.id !== 'string' || !clientId.test(body.id)) throw apiError('invalidId');
  const { iCalUID } = body;
  if (typeof iCalUID === 'string' && iCalUID !== '' && iCalUID !== `${body.id}@google.com`) {
    throw badRequest('invalid', 'Either an id or an iCalUID can be given, not both.');
  }
  return body.id;
}

/** Google's own events give their id back; other UIDs become `_` and base32hex (recorded by libkgapi, §2.2). */
function idOfUid(uid: string): string {
  const own = /^([a-v0-9]{5,1024})@google\.com$/.exec(uid)?.[1];
  return own ?? `_${encodeBase32Hex(Buffer.from(uid))}`;
}

function organizerOf({ row }: StoredCalendar, state: State): Actor {
  return row.primary ? actorOf(row.id, state) : { email: row.id, displayName: row.summary };
}

function actorOf(email: string, state: State): Actor {
  const displayName = state.accounts.get(email)?.displayName;
  return displayName === undefined ? { email } : { email, displayName };
}

function namedOrganizer(body: JsonObject): Actor | undefined {
  const { email, displayName } = isObject(body.organizer) ? body.organizer : {};
  if (typeof email !== 'string') return undefined;
  return { email: email.toLowerCase(), ...(typeof displayName === 'string' ? { displayName } : {}) };
}

function conferenceOf(act: Act, id: string, body: JsonObject, parsed: ParsedBody, version: 0 | 1): Conference {
  const { state } = act;
  const asked = conferenceAfter(body, {}, version, () => state.nextHex('conference'));
  const wanted = state.switches.meetLink;
  const unasked = wanted === 'always' || (wanted === 'with_guests' && parsed.content.attendees !== undefined);
  return asked.conferenceData === undefined && unasked ? newConference(id, state.nextHex('conference')) : asked;
}
