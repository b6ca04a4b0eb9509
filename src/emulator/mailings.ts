import type { Act, Mailing, MailReason } from './act.ts';
import { badParameter } from './api-error.ts';
import type { Attendee, EventRow } from './model.ts';
import type { StoredCalendar } from './state.ts';

export type SendUpdates = 'all' | 'externalOnly' | 'none';

/** `sendUpdates`, else the deprecated `sendNotifications`; none by default (API facts §2.3). */
export function parseSendUpdates(query: URLSearchParams): SendUpdates {
  const value = query.get('sendUpdates');
  if (value === 'all' || value === 'externalOnly' || value === 'none') return value;
  if (value !== null) throw badParameter('sendUpdates');
  return query.get('sendNotifications') === 'true' ? 'all' : 'none';
}

/** Notes whom Google would have mailed. `externalOnly` means outside the organizer's domain (§0.1, measured). */
export function mailGuests(
  act: Act,
  calendar: StoredCalendar,
  method: Mailing['method'],
  sendUpdates: SendUpdates,
  after: EventRow,
  before?: EventRow,
): void {
  // A guest's change of their own copy mails no other guest.
  if (sendUpdates === 'none' || after.copyOf !== undefined) return;
  const reasons = reasonsOf(after, before);
  const guests = [...reasons.keys()].filter((email) => isMailed(act, calendar, email, sendUpdates));
  if (guests.length === 0) return;
  const why = Object.fromEntries(guests.map((email) => [email, reasons.get(email) ?? 'changed']));
  const about = { atMs: act.state.now(), calendarId: calendar.row.id, eventId: after.id, actor: act.actor };
  act.mailings.push({ ...about, method, sendUpdates, guests, why });
}

function isMailed(act: Act, { row }: StoredCalendar, email: string, sendUpdates: SendUpdates): boolean {
  if (email === row.id || email === act.email) return false;
  return sendUpdates === 'all' || domainOf(email) !== domainOf(row.dataOwner);
}

function reasonsOf(after: EventRow, before: EventRow | undefined): Map<string, MailReason> {
  const old = new Map((before?.content.attendees ?? []).map((guest) => [guest.email, guest]));
  const now = new Map((after.content.attendees ?? []).map((guest) => [guest.email, guest]));
  const reasons = new Map<string, MailReason>();
  for (const guest of now.values())
    reasons.set(guest.email, reasonOf(guest, old.get(guest.email), before === undefined));
  for (const email of old.keys()) if (!now.has(email)) reasons.set(email, 'uninvited');
  if (after.status === 'cancelled') for (const email of reasons.keys()) reasons.set(email, 'cancelled');
  return reasons;
}

/** An answer that the write took back invites again (§4). */
function reasonOf(guest: Attendee, old: Attendee | undefined, isNew: boolean): MailReason {
  if (isNew || old === undefined) return 'invited';
  const wiped = guest.responseStatus === 'needsAction' && old.responseStatus !== 'needsAction';
  return wiped ? 'invited_again' : 'changed';
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
