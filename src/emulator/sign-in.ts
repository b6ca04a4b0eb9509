import { createHash } from 'node:crypto';
import { apiError } from './api-error.ts';
import { grantOf } from './auth.ts';
import { type Answer, type Call, jsonAnswer } from './call.ts';
import { answerConsent, consentPaths } from './consent.ts';
import type { State } from './state.ts';
import type { TokenEndpoint } from './token-endpoint.ts';

/** The doors of Google's sign-in (API facts §9), each with its name in the log and for faults. */
const operations: Readonly<Record<string, string>> = {
  '/token': 'oauth2.token',
  '/revoke': 'oauth2.revoke',
  '/oauth2/v3/userinfo': 'oauth2.userinfo',
  '/v1/userinfo': 'oauth2.userinfo',
  ...Object.fromEntries(consentPaths.map((path) => [path, 'oauth2.consent'])),
};

export function signInOperation(path: string): string | undefined {
  return operations[path];
}

/** Undefined for a path or a method that is none of them. */
export function answerSignIn(state: State, tokens: TokenEndpoint, call: Call): Answer | undefined {
  const operation = operations[call.path];
  switch (operation) {
    case 'oauth2.token': {
      if (call.method !== 'POST') return undefined;
      const { status, body } = tokens.handle(call.body, call.header('authorization'));
      return jsonAnswer(status, body, { 'cache-control': 'no-store' });
    }
    case 'oauth2.revoke': {
      if (call.method !== 'POST') return undefined;
      const { status, body } = tokens.revoke(
        new URLSearchParams(call.body).get('token') ?? call.query.get('token') ?? '',
      );
      return jsonAnswer(status, body);
    }
    case 'oauth2.userinfo':
      return call.method === 'GET' || call.method === 'POST' ? userInfo(state, call) : undefined;
    case 'oauth2.consent':
      return call.method === 'GET' || call.method === 'POST' ? answerConsent(state, tokens, call) : undefined;
    default:
      return undefined;
  }
}

/** Who the token's account is, for a client that signs people in; its `sub` follows from the address. */
function userInfo(state: State, call: Call): Answer {
  const grant = grantOf(state, call.header('authorization'), call.query);
  if (grant === undefined) throw apiError('authError');
  const { email, scopes } = grant;
  const seesAddress = scopes.some((scope) => scope === 'email' || scope.endsWith('/auth/userinfo.email'));
  const name = state.accounts.get(email)?.displayName;
  return jsonAnswer(200, {
    sub: BigInt(`0x${createHash('sha256').update(email).digest('hex').slice(0, 16)}`).toString(),
    ...(seesAddress ? { email, email_verified: true } : {}),
    ...(name === undefined ? {} : { name }),
  });
}
