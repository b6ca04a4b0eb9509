import { gaxios } from 'google-auth-library';
import { CalsyncError } from '../core/error.ts';
import type { Clock, GoogleReader } from '../core/ports.ts';
import { withDeadline } from './deadline.ts';
import { malformedAnswer, readFailure } from './failure.ts';
import { tokenError } from './token-error.ts';
import { type FetchImplementation, transportTo } from './transport.ts';

/** Google's token endpoint, as one OAuth client. */
export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly oauthClient: OAuthClient;
  readonly clock: Clock;
  readonly callTimeoutMs: number;
  readonly fetchImplementation?: FetchImplementation;
}

export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
}

export interface Grant {
  readonly accessToken: string;
  /** On the clock port, counted from before the request was sent. */
  readonly expiresAtMs: number;
  readonly lifetimeMs: number;
  readonly scopes: readonly string[];
  /** On a refresh only if Google replaces the one that was sent. */
  readonly refreshToken?: string;
}

export interface CodeExchange {
  readonly code: string;
  /** The same as in the consent request. */
  readonly redirectUri: string;
  /** The PKCE verifier (RFC 7636), if the consent request carried its challenge. */
  readonly codeVerifier?: string;
}

/**
 * Exchanges an authorization code. A consent that brings no refresh token (it was given before and not asked for
 * again) is `usage`: without one the connection would end within the hour.
 */
export async function exchangeCode(
  endpoint: TokenEndpoint,
  exchange: CodeExchange,
): Promise<Grant & { readonly refreshToken: string }> {
  const { code, redirectUri, codeVerifier } = exchange;
  const grant = await requestGrant(endpoint, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
  });
  const { refreshToken } = grant;
  if (refreshToken === undefined) {
    const message = 'Google gave no refresh token: ask for consent again with access_type=offline and prompt=consent';
    throw new CalsyncError('usage', message, { reason: 'no_refresh_token' });
  }
  return { ...grant, refreshToken };
}

/** A new access token. Throws `unauthorized` when the grant is dead, `transient` when it may work later. */
export function refreshGrant(endpoint: TokenEndpoint, refreshToken: string): Promise<Grant> {
  return requestGrant(endpoint, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** The address of the account behind a connection: the id of its primary calendar. */
export async function whoAmI(google: GoogleReader): Promise<string> {
  const primary = await google.getCalendar('primary');
  if (primary !== null) return primary.id;
  throw new CalsyncError('unavailable', 'the account has no primary calendar', { reason: 'no_primary_calendar' });
}

async function requestGrant(endpoint: TokenEndpoint, form: Readonly<Record<string, string>>): Promise<Grant> {
  const { tokenUrl, oauthClient, clock, callTimeoutMs, fetchImplementation } = endpoint;
  const sentAtMs = clock.now();
  const data = new URLSearchParams({ ...form, client_id: oauthClient.id, client_secret: oauthClient.secret });
  try {
    const response = await withDeadline(clock, callTimeoutMs, (signal) =>
      new gaxios.Gaxios().request<unknown>({
        ...transportTo(tokenUrl, fetchImplementation),
        method: 'POST',
        url: tokenUrl,
        data,
        signal,
      }),
    );
    return readGrant(response.data, sentAtMs);
  } catch (thrown) {
    throw tokenError(readFailure(thrown, clock.now()));
  }
}

function readGrant(data: unknown, sentAtMs: number): Grant {
  if (typeof data !== 'object' || data === null) throw malformedAnswer('a grant');
  const { access_token, expires_in, refresh_token, scope } = data as Readonly<Record<string, unknown>>;
  if (typeof access_token !== 'string' || access_token === '') throw malformedAnswer('a grant');
  if (typeof expires_in !== 'number' || !(expires_in > 0)) throw malformedAnswer('a grant with its lifetime');
  const lifetimeMs = expires_in * 1000;
  return {
    accessToken: access_token,
    expiresAtMs: sentAtMs + lifetimeMs,
    lifetimeMs,
    scopes: typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : [],
    ...(typeof refresh_token === 'string' && refresh_token !== '' ? { refreshToken: refresh_token } : {}),
  };
}
