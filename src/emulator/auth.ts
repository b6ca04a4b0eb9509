import { calendarScope } from './accounts.ts';
import { apiError } from './api-error.ts';
import type { GrantRow } from './model.ts';
import { insufficientScopes } from './newer-errors.ts';
import type { State } from './state.ts';

/** Whose access token a request carries; undefined for none, a bad, an expired or a revoked one. */
export function grantOf(state: State, authorization: string | undefined, query: URLSearchParams): GrantRow | undefined {
  const bearer = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  const token = bearer ?? query.get('access_token') ?? query.get('oauth_token') ?? '';
  const row = state.accessTokens.get(token);
  if (row === undefined || row.expiresAtMs <= state.now()) return undefined;
  const grant = state.grants.get(row.refreshToken);
  return grant === undefined || grant.revoked ? undefined : grant;
}

/** 401 `authError` without a grant, 403 `insufficientPermissions` when its scopes do not cover the method. */
export function authorise(grant: GrantRow | undefined, method: string, scopes: readonly string[]): GrantRow {
  if (grant === undefined) throw apiError('authError');
  const covered = grant.scopes.some((scope) => scope === calendarScope || scopes.includes(scope));
  if (covered) return grant;
  throw insufficientScopes(method);
}
