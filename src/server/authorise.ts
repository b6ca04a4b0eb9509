/** Who asks, and whether they may: a bearer token (RFC 6750), its rate, its scopes. */
import type { ApiScope } from '../core/api-scope.ts';
import { mayDo, type Principal } from './principal.ts';
import { Refusal } from './problem.ts';
import type { RateLimit } from './rate-limit.ts';
import type { TokenDirectory } from './token-directory.ts';

/** Throws a `Refusal`: 401, 429 or 403. */
export async function authorise(
  tokens: TokenDirectory,
  rates: RateLimit,
  scope: ApiScope,
  headers: Headers,
): Promise<Principal> {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? [];
  const principal = bearer === undefined ? null : await tokens.find(bearer);
  if (principal === null) throw unauthorized(bearer !== undefined);
  rates.spend(principal);
  if (mayDo(principal, scope)) return principal;
  throw new Refusal({
    name: 'forbidden',
    detail: `this needs a token with the scope ${scope}`,
    headers: { 'WWW-Authenticate': `Bearer realm="calsync", error="insufficient_scope", scope="${scope}"` },
  });
}

function unauthorized(hasToken: boolean): Refusal {
  return new Refusal({
    name: 'unauthorized',
    detail: hasToken ? 'this token opens nothing' : 'send a token: Authorization: Bearer TOKEN',
    headers: { 'WWW-Authenticate': `Bearer realm="calsync"${hasToken ? ', error="invalid_token"' : ''}` },
  });
}
