import type { Act, Mailing } from './act.ts';
import { badParameter } from './api-error.ts';
import type { EventRow } from './model.ts';
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
  ...rows: (EventRow | undefined)[]
): void {
  if (sendUpdates === 'none') return;
  const domain = domainOf(calendar.row.dataOwner);
  const all = rows.flatMap((row) => row?.content.attendees ?? []).map(({ email }) => email);
  const others = all.filter((email) => email !== calendar.row.id && email !== act.email);
  const mailed = sendUpdates === 'all' ? others : others.filter((email) => domainOf(email) !== domain);
  const eventId = rows.find((row) => row !== undefined)?.id ?? '';
  const guests = [...new Set(mailed)];
  if (guests.length === 0) return;
  act.mailings.push({ atMs: act.state.now(), calendarId: calendar.row.id, eventId, method, sendUpdates, guests });
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1);
}
