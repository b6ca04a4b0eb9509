import { createVerify } from 'node:crypto';
import { isObject } from './event-times.ts';
import type { Json, JsonObject, ServiceAccountRow } from './model.ts';
import type { State } from './state.ts';

/** A signed assertion of a service account that held (RFC 7523): who it acts as, with which scopes. */
export interface Assertion {
  readonly serviceAccount: string;
  readonly email: string;
  readonly scopes: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
}

const longestSeconds = 3600;

/** Checks issuer, signature (when the account has a key), lifetime, audience and, with `sub`, the delegation. */
export function readAssertion(state: State, assertion: string): Assertion | Refusal {
  const [head = '', body = '', signature = ''] = assertion.split('.');
  const claims = parsePart(body);
  if (claims === undefined || parsePart(head)?.alg !== 'RS256')
    return invalid('Invalid JWT: failed audience check or malformed.');
  const account = state.serviceAccounts.get(String(claims.iss).toLowerCase());
  if (account === undefined) return invalid('Invalid grant: account not found');
  if (!isSigned(account, `${head}.${body}`, signature)) return invalid('Invalid JWT Signature.');
  const { iat, exp, aud } = claims;
  if (typeof aud !== 'string' || !aud.endsWith('/token')) return invalid('Invalid JWT: Failed audience check.');
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > longestSeconds || exp * 1000 <= state.now()) {
    return invalid('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.');
  }
  return actingAs(state, account, claims);
}

function actingAs(state: State, account: ServiceAccountRow, claims: JsonObject): Assertion | Refusal {
  const scopes = String(claims.scope ?? '')
    .split(' ')
    .filter((scope) => scope !== '');
  if (scopes.length === 0)
    return { status: 400, error: 'invalid_scope', description: 'Empty or missing scope not allowed.' };
  const sub = typeof claims.sub === 'string' ? claims.sub.toLowerCase() : account.email;
  if (sub === account.email) return { serviceAccount: account.email, email: sub, scopes };
  if (!state.accounts.has(sub)) return invalid('Invalid email or User ID');
  if (scopes.every((scope) => account.delegatedScopes.includes(scope))) {
    return { serviceAccount: account.email, email: sub, scopes };
  }
  const description =
    'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.';
  return { status: 401, error: 'unauthorized_client', description };
}

function isSigned({ publicKey }: ServiceAccountRow, signed: string, signature: string): boolean {
  if (publicKey === undefined) return true;
  return createVerify('RSA-SHA256').update(signed).verify(publicKey, signature, 'base64url');
}

function parsePart(part: string): JsonObject | undefined {
  try {
    const parsed = JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function invalid(description: string): Refusal {
  return { status: 400, error: 'invalid_grant', description };
}
