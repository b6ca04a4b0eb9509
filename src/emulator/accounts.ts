import type { AccountRow, GrantRow } from './model.ts';
import type { State } from './state.ts';

const dayMs = 86_400_000;
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
export function grant(
  state: State,
  email: string,
  scopes: readonly string[],
  refreshToken?: string,
  of: Pick<GrantRow, 'clientId' | 'serviceAccount' | 'offline'> = {},
): GrantRow {
  const token = refreshToken ?? `1//${state.nextHex('refresh')}`;
  const row = { refreshToken: token, email, scopes, revoked: false, createdAtMs: state.now(), ...of };
  state.saveGrant(row);
  return row;
}

/** Revoked, past its days, or unused for too long (API facts §9). */
export function isDead(state: State, { revoked, createdAtMs, usedAtMs = createdAtMs }: GrantRow): boolean {
  const { refreshTokenDays, refreshTokenIdleDays } = state.limits;
  const now = state.now();
  if (revoked || createdAtMs === undefined || usedAtMs === undefined) return revoked;
  return createdAtMs + refreshTokenDays * dayMs <= now || usedAtMs + refreshTokenIdleDays * dayMs <= now;
}

/** Consents that the account gave to one client, oldest first. */
export function liveGrants(state: State, email: string, clientId: string | undefined): GrantRow[] {
  if (clientId === undefined) return [];
  return [...state.grants.values()].filter(
    (row) => row.email === email && row.clientId === clientId && !isDead(state, row),
  );
}

/** Above the limit of live tokens per client, the oldest go in silence (§9). */
export function dropOldest(state: State, email: string, clientId: string | undefined): void {
  const live = liveGrants(state, email, clientId);
  const over = live.length - state.limits.refreshTokensPerClient;
  for (const row of live.slice(0, Math.max(0, over))) state.saveGrant({ ...row, revoked: true });
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
