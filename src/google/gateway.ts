import { calendar } from '@googleapis/calendar';
import type { Clock, Google, QuotaPacer } from '../core/ports.ts';
import { keepAccessToken } from './access-token.ts';
import { createCalendarCalls } from './calendars.ts';
import { createCaller, type GoogleCall } from './call.ts';
import { createEventCalls } from './events.ts';
import { type Grant, type OAuthClient, refreshGrant } from './oauth.ts';
import { type FetchImplementation, transportTo } from './transport.ts';

/** How long one request may take, token refreshes included each by itself. */
const CALL_TIMEOUT_MS = 10_000;

export interface GoogleOptions {
  /** The account's address: whose quota is spent. */
  readonly account: string;
  readonly credentials: Credentials;
  /** `rootUrl` is an origin, `tokenUrl` a whole URL. */
  readonly endpoints: { readonly rootUrl: string; readonly tokenUrl: string };
  readonly oauthClient: OAuthClient;
  readonly clock: Clock;
  readonly quota: QuotaPacer;
  readonly fetchImplementation?: FetchImplementation;
  readonly callTimeoutMs?: number;
  /** Told of every refresh before its token is used; a grant with a `refreshToken` replaces the stored one. */
  readonly onTokenRefreshed?: (grant: Grant) => void | Promise<void>;
  /** Told of every request that was sent. */
  readonly onCall?: (call: GoogleCall) => void;
}

export type Credentials = { readonly kind: 'refresh_token'; readonly refreshToken: string };

/**
 * Google Calendar as one account, over Google's own client. The client gets a bearer token and an abort signal and
 * keeps no time, token or retry of its own. Errors are `CalsyncError` by `docs/errors.md`.
 */
export function createGoogle(options: GoogleOptions): Google {
  const { account, credentials, endpoints, oauthClient, clock, quota, fetchImplementation } = options;
  const { callTimeoutMs = CALL_TIMEOUT_MS, onTokenRefreshed, onCall } = options;
  const shared = { clock, callTimeoutMs, ...(fetchImplementation === undefined ? {} : { fetchImplementation }) };
  const token = keepAccessToken({
    clock,
    refreshToken: credentials.refreshToken,
    refresh: (refreshToken) => refreshGrant({ ...shared, tokenUrl: endpoints.tokenUrl, oauthClient }, refreshToken),
    onTokenRefreshed,
  });
  const call = createCaller({ account, clock, quota, token, callTimeoutMs, onCall });
  const client = calendar({
    version: 'v3',
    rootUrl: endpoints.rootUrl,
    // Else the client asks the environment for it.
    universeDomain: 'googleapis.com',
    ...transportTo(endpoints.rootUrl, fetchImplementation),
  });
  return { ...createEventCalls(client, call), ...createCalendarCalls(client, call) };
}
