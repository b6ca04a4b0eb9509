import { createHash } from 'node:crypto';
import { calendarScope, dropOldest, grant, isDead, liveGrants } from './accounts.ts';
import { readAssertion } from './jwt-grant.ts';
import type { GrantRow, JsonObject } from './model.ts';
import type { State } from './state.ts';

/** The OAuth token endpoint (API facts §9): refresh_token and authorization_code grants, form bodies. */
export interface AuthorizationCode {
  readonly email: string;
  readonly scopes: readonly string[];
  readonly redirectUri?: string;
  /** PKCE (RFC 7636); the method is S256 when not given. */
  readonly codeChallenge?: string;
  readonly codeChallengeMethod?: 'S256' | 'plain';
  readonly clientId?: string;
  /** `access_type=offline`: the exchange gives a refresh token. True when not given. */
  readonly offline?: boolean;
  /** `prompt=consent`: gives one although the client has one already. True when not given. */
  readonly forced?: boolean;
}

interface KeptCode extends AuthorizationCode {
  readonly expiresAtMs: number;
  redeemed: boolean;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

const accessTokenSeconds = 3600;
const codeMs = 10 * 60_000;

export class TokenEndpoint {
  private readonly state: State;
  private readonly clientSecret: string | undefined;
  private readonly codes = new Map<string, KeptCode>();

  constructor(state: State, clientSecret: string | undefined) {
    this.state = state;
    this.clientSecret = clientSecret;
  }

  /** A code as a consent page would hand it out; good for ten minutes and once. */
  issueCode(code: AuthorizationCode): string {
    const text = `4/${this.state.nextHex('code')}`;
    this.codes.set(text, { ...code, expiresAtMs: this.state.now() + codeMs, redeemed: false });
    return text;
  }

  handle(body: string, authorization: string | undefined): TokenAnswer {
    const form = new URLSearchParams(body);
    if (!this.knowsClient(form, authorization))
      return refusal(401, 'invalid_client', 'The OAuth client was not found.');
    switch (form.get('grant_type')) {
      case 'refresh_token':
        return this.refresh(form);
      case 'authorization_code':
        return this.redeem(form);
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return this.assert(form);
      case null:
        return refusal(400, 'invalid_request', 'Required parameter is missing: grant_type');
      default:
        return refusal(400, 'unsupported_grant_type', 'Invalid grant_type');
    }
  }

  private knowsClient(form: URLSearchParams, authorization: string | undefined): boolean {
    // A service account signs instead.
    if (form.has('assertion')) return true;
    if (this.clientSecret === undefined) return true;
    const basic = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
    const fromHeader = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString().split(':')[1];
    return (form.get('client_secret') ?? fromHeader) === this.clientSecret;
  }

  private refresh(form: URLSearchParams): TokenAnswer {
    const row = this.state.grants.get(form.get('refresh_token') ?? '');
    if (row === undefined || row.serviceAccount !== undefined || isDead(this.state, row)) {
      return refusal(400, 'invalid_grant', 'Token has been expired or revoked.');
    }
    this.state.saveGrant({ ...row, usedAtMs: this.state.now() });
    return { status: 200, body: this.accessToken(row) };
  }

  private redeem(form: URLSearchParams): TokenAnswer {
    const code = this.codes.get(form.get('code') ?? '');
    if (code === undefined || code.expiresAtMs <= this.state.now())
      return refusal(400, 'invalid_grant', 'Malformed auth code.');
    if (code.redeemed) return refusal(400, 'invalid_grant', 'Code was already redeemed.');
    if (code.clientId !== undefined && form.has('client_id') && form.get('client_id') !== code.clientId) {
      return refusal(401, 'invalid_client', 'The OAuth client was not found.');
    }
    if (code.redirectUri !== undefined && code.redirectUri !== form.get('redirect_uri')) {
      return refusal(400, 'redirect_uri_mismatch', 'Bad Request');
    }
    const { codeChallenge, codeChallengeMethod = 'S256' } = code;
    if (
      codeChallenge !== undefined &&
      codeChallenge !== challengeOf(form.get('code_verifier') ?? '', codeChallengeMethod)
    ) {
      return refusal(400, 'invalid_grant', 'Invalid code verifier.');
    }
    code.redeemed = true;
    const { email, clientId, offline = true, forced = true } = code;
    // A refresh token comes with the first consent of a client, and again only when consent is asked for anew (§9).
    const gives = offline && (forced || !liveGrants(this.state, email, clientId).some((row) => row.offline === true));
    const row = grant(this.state, email, code.scopes, undefined, {
      ...(clientId === undefined ? {} : { clientId }),
      offline: gives,
    });
    dropOldest(this.state, email, clientId);
    return { status: 200, body: { ...this.accessToken(row), ...(gives ? { refresh_token: row.refreshToken } : {}) } };
  }

  /** A service account's signed assertion (RFC 7523); the answer has no refresh token. */
  private assert(form: URLSearchParams): TokenAnswer {
    const read = readAssertion(this.state, form.get('assertion') ?? '');
    if ('error' in read) return refusal(read.status, read.error, read.description);
    const { email, serviceAccount, scopes } = read;
    const row = grant(this.state, email, scopes, `service ${serviceAccount} ${email} ${scopes.join(' ')}`, {
      serviceAccount,
    });
    return { status: 200, body: this.accessToken(row) };
  }

  /** What a client does with a token that it no longer needs: the whole consent ends. 400 for an unknown one. */
  revoke(token: string): TokenAnswer {
    const refreshToken = this.state.accessTokens.get(token)?.refreshToken ?? token;
    const row = this.state.grants.get(refreshToken);
    if (row === undefined || isDead(this.state, row)) return refusal(400, 'invalid_token', 'Token expired or revoked');
    this.state.saveGrant({ ...row, revoked: true });
    return { status: 200, body: {} };
  }

  private accessToken({ refreshToken, scopes }: GrantRow): JsonObject {
    const token = `ya29.${this.state.nextHex('access')}`;
    const expiresAtMs = this.state.now() + accessTokenSeconds * 1000;
    this.state.saveAccessToken({ token, refreshToken, expiresAtMs });
    return {
      access_token: token,
      expires_in: accessTokenSeconds - 1,
      scope: (scopes.length === 0 ? [calendarScope] : scopes).join(' '),
      token_type: 'Bearer',
    };
  }
}

function refusal(status: number, error: string, description: string): TokenAnswer {
  return { status, body: { error, error_description: description } };
}

function challengeOf(verifier: string, method: 'S256' | 'plain'): string {
  return method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
}
