import { createHash } from 'node:crypto';
import { calendarScope, grant } from './accounts.ts';
import type { GrantRow, JsonObject } from './model.ts';
import type { State } from './state.ts';

/** The OAuth token endpoint (API facts §9): refresh_token and authorization_code grants, form bodies. */
export interface AuthorizationCode {
  readonly email: string;
  readonly scopes: readonly string[];
  readonly redirectUri?: string;
  /** PKCE, method S256 (RFC 7636). */
  readonly codeChallenge?: string;
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
      case null:
        return refusal(400, 'invalid_request', 'Required parameter is missing: grant_type');
      default:
        return refusal(400, 'unsupported_grant_type', 'Invalid grant_type');
    }
  }

  private knowsClient(form: URLSearchParams, authorization: string | undefined): boolean {
    if (this.clientSecret === undefined) return true;
    const basic = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
    const fromHeader = basic === undefined ? undefined : Buffer.from(basic, 'base64').toString().split(':')[1];
    return (form.get('client_secret') ?? fromHeader) === this.clientSecret;
  }

  private refresh(form: URLSearchParams): TokenAnswer {
    const row = this.state.grants.get(form.get('refresh_token') ?? '');
    if (row === undefined || row.revoked) return refusal(400, 'invalid_grant', 'Token has been expired or revoked.');
    return { status: 200, body: this.accessToken(row) };
  }

  private redeem(form: URLSearchParams): TokenAnswer {
    const code = this.codes.get(form.get('code') ?? '');
    if (code === undefined || code.expiresAtMs <= this.state.now())
      return refusal(400, 'invalid_grant', 'Malformed auth code.');
    if (code.redeemed) return refusal(400, 'invalid_grant', 'Code was already redeemed.');
    if (code.redirectUri !== undefined && code.redirectUri !== form.get('redirect_uri')) {
      return refusal(400, 'redirect_uri_mismatch', 'Bad Request');
    }
    if (code.codeChallenge !== undefined && code.codeChallenge !== challengeOf(form.get('code_verifier') ?? '')) {
      return refusal(400, 'invalid_grant', 'Invalid code verifier.');
    }
    code.redeemed = true;
    const row = grant(this.state, code.email, code.scopes);
    return { status: 200, body: { ...this.accessToken(row), refresh_token: row.refreshToken } };
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

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
