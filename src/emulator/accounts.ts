import type { AccountRow, GrantRow } from './model.ts';
import type { State } from './state.ts';

export const calendarScope = 'https://www.googleapis.com/auth/calendar';

export interface NewAccount {
  readonly email: string;
  readonly timeZone?: string;
  readonly displayName?: string;
}

/** Makes an account with its primary calendar, or gives the one that is there. Addresses are lower case. */
export function createAccount(state: State, given: NewAccount): AccountRow {
  const email = given.email.toLowerCase();
  const known = state.accounts.get(email);
  if (known !== undefined) return known;
  const timeZone = given.timeZone ?? 'UTC';
  const named = given.displayName === undefined ? {} : { displayName: given.displayName };
  const account = { email, timeZone, calendarsCreated: 0, ...named };
  state.saveAccount(account);
  const etag = state.nextStamp();
  state.saveCalendar({
    id: email,
    summary: email,
    timeZone,
    dataOwner: email,
    primary: true,
    deleted: false,
    etag,
    syncEpoch: 1,
    roles: { [email]: 'owner' },
    listedBy: { [email]: etag },
  });
  return account;
}

/** A new consent of the account: a refresh token, the given one or a made one. */
export function grant(state: State, email: string, scopes: readonly string[], refreshToken?: string): GrantRow {
  const token = refreshToken ?? `1//${state.nextHex('refresh')}`;
  const row = { refreshToken: token, email, scopes, revoked: false };
  state.saveGrant(row);
  return row;
}

/** What a user does under "third-party access": access tokens stop too (API facts §9). */
export function revokeGrants(state: State, email: string): number {
  const live = [...state.grants.values()].filter((row) => row.email === email && !row.revoked);
  for (const row of live) state.saveGrant({ ...row, revoked: true });
  return live.length;
}

export function expireAccessTokens(state: State, email: string): number {
  const now = state.now();
  const live = [...state.accessTokens.values()].filter(
    (row) => row.expiresAtMs > now && state.grants.get(row.refreshToken)?.email === email,
  );
  for (const row of live) state.saveAccessToken({ ...row, expiresAtMs: now });
  return live.length;
}
