import { apiError } from './api-error.ts';
import { type Role, roles } from './model.ts';
import { insufficientScopes } from './newer-errors.ts';
import type { State, StoredCalendar } from './state.ts';

/** The caller's role on a calendar; `none` for one that is deleted or was never shared with them. */
export function roleOn(calendar: StoredCalendar | undefined, email: string): Role {
  if (calendar === undefined || calendar.row.deleted) return 'none';
  const { roles: granted } = calendar.row;
  const own = granted[email] ?? 'none';
  const domain = granted[`domain:${email.slice(email.lastIndexOf('@') + 1)}`] ?? 'none';
  return highest(highest(own, domain), granted.default ?? 'none');
}

function highest(left: Role, right: Role): Role {
  return atLeast(left, right) ? left : right;
}

export function atLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Who asks, and their role as far as the token reaches. */
export interface Caller {
  readonly email: string;
  readonly role: Role;
}

/** Limits a role by what the caller's token reaches. */
export type Reach = (role: Role, calendar: StoredCalendar) => Role;

/**
 * The calendar that a path names, `primary` being the caller's own. 404 `notFound` when it is unknown,
 * deleted or unshared, 403 `requiredAccessLevel` when the role is too low (API facts §10).
 */
export function openCalendar(
  state: State,
  email: string,
  calendarId: string,
  needed: Role,
  reach?: Reach,
): StoredCalendar {
  const calendar = state.calendars.get(calendarId === 'primary' ? email : calendarId);
  const role = roleOn(calendar, email);
  if (calendar === undefined || role === 'none') throw apiError('notFound');
  if (!atLeast(role, needed)) throw apiError('requiredAccessLevel');
  if (reach !== undefined && !atLeast(reach(role, calendar), needed)) throw insufficientScopes('calendar.v3.Events');
  return calendar;
}
