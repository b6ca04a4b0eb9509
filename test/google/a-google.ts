import nock from 'nock';
import { afterEach, beforeEach } from 'vitest';
import type { Google } from '../../src/core/ports.ts';
import type { GoogleCall } from '../../src/google/call.ts';
import { createGoogle, type GoogleOptions } from '../../src/google/gateway.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export const ROOT_URL = 'https://www.googleapis.com';
export const TOKEN_URL = 'https://oauth2.googleapis.com/token';
export const EVENTS_PATH = '/calendar/v3/calendars/c1%40group.calendar.google.com/events';
export const CALENDAR = 'c1@group.calendar.google.com';
export const REFRESH_TOKEN = '1//refresh-token-nobody-may-see';
export const CLIENT_SECRET = 'client-secret-nobody-may-see';

export interface AGoogle {
  readonly google: Google;
  readonly clock: ManualClock;
  readonly calls: GoogleCall[];
  readonly spent: { account: string; units: number }[];
}

/** The real gateway on a clock that stands still, with what it spent and what it reported. */
export function aGoogle(options: Partial<GoogleOptions> = {}): AGoogle {
  const clock = manualClock();
  const calls: GoogleCall[] = [];
  const spent: { account: string; units: number }[] = [];
  const google = createGoogle({
    account: 'owner@example.com',
    credentials: { kind: 'refresh_token', refreshToken: REFRESH_TOKEN },
    endpoints: { rootUrl: ROOT_URL, tokenUrl: TOKEN_URL },
    oauthClient: { id: 'client', secret: CLIENT_SECRET },
    clock,
    quota: { spend: async (account, units) => void spent.push({ account, units }) },
    onCall: (call) => calls.push(call),
    ...options,
  });
  return { google, clock, calls, spent };
}

/** The token endpoint gives these access tokens, one after another, each an hour long. */
export function givenTokens(...accessTokens: readonly string[]): void {
  const { origin, pathname } = new URL(TOKEN_URL);
  for (const access_token of accessTokens) {
    nock(origin).post(pathname).reply(200, { access_token, expires_in: 3600, token_type: 'Bearer', scope: 'a b' });
  }
}

/** Nothing reaches the network in this file, and every expected request has to have come. */
export function withoutNetwork(): void {
  beforeEach(() => {
    nock.disableNetConnect();
  });
  afterEach(() => {
    const waiting = nock.pendingMocks();
    nock.cleanAll();
    nock.enableNetConnect();
    if (waiting.length > 0) throw new Error(`requests that never came: ${waiting.join(', ')}`);
  });
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it was expected to fail');
}

/** Google's classic error body. */
export function errorBody(code: number, reason: string, message = reason, domain = 'global') {
  return { error: { errors: [{ domain, reason, message }], code, message } };
}
