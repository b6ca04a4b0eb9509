import type { CalendarRow, GrantRow } from './model.ts';
import { type Role, roles } from './model.ts';

/**
 * The granular scopes do not reach every calendar (discovery document, API facts §9): `events.owned` only those the
 * user owns, `app.created` only those the client created, `events.public.readonly` only public ones, and
 * `events.freebusy` sees times alone. Of all granted scopes that cover the method, the best one counts.
 */
const prefix = 'https://www.googleapis.com/auth/calendar.';

/** The caller's role on a calendar as far as the grant's scopes for this method reach. */
export function roleWithin(role: Role, row: CalendarRow, grant: GrantRow, methodScopes: readonly string[]): Role {
  const covering = grant.scopes.filter((scope) => scope === prefix.slice(0, -1) || methodScopes.includes(scope));
  let best = 0;
  for (const scope of covering) best = Math.max(best, roles.indexOf(reached(scope, role, row, grant)));
  return roles[best] ?? 'none';
}

function reached(scope: string, role: Role, row: CalendarRow, { clientId }: GrantRow): Role {
  switch (scope.startsWith(prefix) ? scope.slice(prefix.length) : '') {
    case 'events.owned':
    case 'events.owned.readonly':
      return role === 'owner' ? role : 'none';
    case 'app.created':
      return row.createdByClient !== undefined && row.createdByClient === clientId ? role : 'none';
    case 'events.public.readonly':
      return (row.roles.default ?? 'none') === 'none' ? 'none' : role;
    case 'events.freebusy':
      return lower(role, 'freeBusyReader');
    default:
      return role;
  }
}

function lower(left: Role, right: Role): Role {
  return roles.indexOf(left) < roles.indexOf(right) ? left : right;
}
