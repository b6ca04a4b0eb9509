import { apiError } from './api-error.ts';
import { type Role, roles } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

/** The caller's role on a calendar; `none` for one that is deleted or was never shared with them. */
export function roleOn(calendar: StoredCalendar | undefined, email: string): Role {
  if (calendar === undefined || calendar.row.deleted) return 'none';
  return calendar.row.roles[email] ?? 'none';
}

export function atLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/**
 * The calendar that a path names, `primary` being the caller's own. 404 `notFound` when it is unknown,
 * deleted or unshared, 403 `requiredAccessLevel` when the role is too low (API facts §10).
 */
export function openCalendar(state: State, email: string, calendarId: string, needed: Role): StoredCalendar {
  const calendar = state.calendars.get(calendarId === 'primary' ? email : calendarId);
  const role = roleOn(calendar, email);
  if (calendar === undefined || role === 'none') throw apiError('notFound');
  if (!atLeast(role, needed)) throw apiError('requiredAccessLevel');
  return calendar;
}
