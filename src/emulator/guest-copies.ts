import { isDeepStrictEqual } from 'node:util';
import { type Act, putRow } from './act.ts';
import { sameWhen } from './event-times.ts';
import { instanceAt, parseInstanceId } from './instances.ts';
import type { SendUpdates } from './mailings.ts';
import type { Attendee, EventContent, EventDraft, EventRow } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

/**
 * Guests whose address is a calendar here get a copy of the event under the same id (API facts §13, §4). What all
 * copies share goes from the organizer's event to every copy; what is a copy's own stays with it.
 */
const ownNames: ReadonlySet<string> = new Set(['reminders', 'colorId', 'eventLabelId', 'transparency', 'visibility']);

/** The part of an event's fields that all copies share. */
export function sharedContent({ extendedProperties, ...content }: EventContent): Partial<EventContent> {
  const fields = Object.entries(content).filter(([name]) => !ownNames.has(name));
  const shared = extendedProperties?.shared;
  return { ...Object.fromEntries(fields), ...(shared === undefined ? {} : { extendedProperties: { shared } }) };
}

/** True when nothing that copies share differs. */
export function sameShared(left: EventRow, right: EventDraft): boolean {
  return (
    left.status === right.status &&
    sameWhen(left.start, right.start) &&
    sameWhen(left.end, right.end) &&
    isDeepStrictEqual(sharedContent(left.content), sharedContent(right.content))
  );
}

/** True when nothing but answers differs. */
export function sameButAnswers(left: EventRow, right: EventDraft): boolean {
  const silent = (row: EventDraft): EventDraft => {
    const attendees = row.content.attendees?.map(({ email, optional, resource }) => ({ email, optional, resource }));
    return {
      ...row,
      content: { ...row.content, ...(attendees === undefined ? {} : { attendees: attendees as never }) },
    };
  };
  return sameShared(silent(left) as EventRow, silent(right));
}

/** Brings the guests' copies in line with the organizer's event. A guest's own copy changes nothing here. */
export function spreadToGuests(
  act: Act,
  calendar: StoredCalendar,
  before: EventRow | undefined,
  after: EventRow,
  sendUpdates: SendUpdates,
): void {
  const { switches, limits } = act.state;
  if (switches.guestCopies === 'none' || after.copyOf !== undefined || after.privateCopy === true) return;
  const was = guestCalendars(act.state, calendar, before);
  const invited = guestCalendars(act.state, calendar, after);
  if (was.size + invited.size === 0) return;
  if (after.status === 'cancelled') {
    // Measured (§2.3): deleting silently left the meeting on the guests' calendars. A person's deletion does not.
    const stays = sendUpdates === 'none' && switches.silentDelete === 'leaves_copies' && act.actor === 'client';
    if (!stays) for (const guest of new Set([...was, ...invited])) cancelCopy(act, guest, calendar, after);
    return;
  }
  const manyGuests = (after.content.attendees?.length ?? 0) > limits.guestsSharingAnswers;
  const silent = manyGuests && before !== undefined && sameButAnswers(before, after);
  if (!silent) for (const guest of invited) putCopy(act, guest, calendar, after);
  for (const guest of was) if (!invited.has(guest)) cancelCopy(act, guest, calendar, after);
}

/** A guest's change of their copy reaches the organizer's event, and from there the other copies. */
export function spreadToOrganizer(act: Act, copy: EventRow, answersOnly: boolean): void {
  const organizer = organizersEvent(act.state, copy);
  if (organizer === undefined || sameShared(organizer.row, copy)) return;
  const { row, calendar } = organizer;
  const content = { ...ownContent(row.content), ...withPrivate(sharedContent(copy.content), row.content) };
  const draft = {
    ...row,
    start: copy.start,
    end: copy.end,
    content,
    sequence: copy.sequence,
    updatedMs: act.state.now(),
  };
  const after = putRow(act, calendar, draft, answersOnly && !act.state.switches.answerMovesEtag, true);
  spreadToGuests(act, calendar, row, after, 'none');
}

/** A guest who takes the event off their calendar declines it (switch `guestDelete`). */
export function declineByDeleting(act: Act, calendar: StoredCalendar, copy: EventRow): void {
  if (act.state.switches.guestDelete === 'nothing') return;
  const attendees = copy.content.attendees?.map(
    (guest): Attendee => (guest.email === calendar.row.id ? { ...guest, responseStatus: 'declined' } : guest),
  );
  if (attendees === undefined) return;
  spreadToOrganizer(act, { ...copy, content: { ...copy.content, attendees } }, true);
}

/** The live event of which a row is a copy. */
function organizersEvent(
  state: State,
  copy: EventRow,
): { readonly calendar: StoredCalendar; readonly row: EventRow } | undefined {
  const calendar = copy.copyOf === undefined ? undefined : state.calendars.get(copy.copyOf);
  if (calendar === undefined || calendar.row.deleted) return undefined;
  const row = rowOrInstance(state, calendar, copy.id);
  return row === undefined || row.status === 'cancelled' ? undefined : { calendar, row };
}

function guestCalendars(state: State, calendar: StoredCalendar, row: EventRow | undefined): Set<StoredCalendar> {
  const found = new Set<StoredCalendar>();
  for (const { email } of row?.content.attendees ?? []) {
    const guest = email === calendar.row.id ? undefined : state.calendars.get(email);
    if (guest !== undefined && !guest.row.deleted) found.add(guest);
  }
  return found;
}

function putCopy(act: Act, guest: StoredCalendar, organizer: StoredCalendar, event: EventRow): void {
  const there = guest.events.get(event.id);
  if (there !== undefined && !mayBecomeCopy(act.state, there, event, guest, organizer.row.id)) return;
  const { stub: _, locked: __, ...rest } = event;
  const own = there?.copyOf === undefined ? { reminders: { useDefault: true } } : ownContent(there.content);
  const content = {
    ...own,
    ...withPrivate(sharedContent(event.content), there?.copyOf === undefined ? undefined : there.content),
  };
  const locked = there?.locked === true ? { locked: true as const } : {};
  const copy: EventDraft = { ...rest, ...locked, content, copyOf: organizer.row.id, updatedMs: act.state.now() };
  if (there?.copyOf === copy.copyOf && there !== undefined && sameShared(there, copy)) return;
  putRow(act, guest, copy, false, true);
}

/**
 * A tombstone may be taken over, but not that of a guest who declined by deleting. A live row stays when it is the
 * guest's own event, or the copy of another live event of the same id.
 */
function mayBecomeCopy(
  state: State,
  there: EventRow,
  event: EventRow,
  guest: StoredCalendar,
  organizerId: string,
): boolean {
  if (there.copyOf === undefined) return there.status === 'cancelled';
  if (there.copyOf !== organizerId) return there.status === 'cancelled' || organizersEvent(state, there) === undefined;
  const answer = event.content.attendees?.find(({ email }) => email === guest.row.id)?.responseStatus;
  return there.status !== 'cancelled' || answer !== 'declined';
}

function cancelCopy(act: Act, guest: StoredCalendar, organizer: StoredCalendar, event: EventRow): void {
  const copy = rowOrInstance(act.state, guest, event.id);
  if (copy?.copyOf !== organizer.row.id || copy.status === 'cancelled') return;
  const updatedMs = act.state.now();
  putRow(act, guest, { ...copy, status: 'cancelled', updatedMs }, false, true);
  for (const id of guest.events.exceptionsOf(event.id)) {
    const exception = guest.events.get(id);
    if (exception === undefined || exception.status === 'cancelled') continue;
    putRow(act, guest, { ...exception, status: 'cancelled', updatedMs }, false, true);
  }
}

function rowOrInstance(state: State, { events }: StoredCalendar, id: string): EventRow | undefined {
  const row = events.get(id);
  if (row !== undefined) return row;
  const named = parseInstanceId(id);
  const master = named === undefined ? undefined : events.get(named.masterId);
  return named === undefined || master === undefined ? undefined : instanceAt(master, named.stamp, state.zones);
}

function ownContent(content: EventContent): EventContent {
  const own = Object.entries(content).filter(([name]) => ownNames.has(name));
  return { ...Object.fromEntries(own), reminders: content.reminders };
}

/** Shared fields with the private properties of the copy that takes them. */
function withPrivate(shared: Partial<EventContent>, own: EventContent | undefined): Partial<EventContent> {
  const kept = own?.extendedProperties?.private;
  if (kept === undefined) return shared;
  return { ...shared, extendedProperties: { ...shared.extendedProperties, private: kept } };
}
