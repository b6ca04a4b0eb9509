/** What a turn knows and notes of a calendar as a whole. */
import { sql } from 'kysely';
import { silenceText } from '../core/breaker.ts';
import type { CalendarFacts } from '../core/state.ts';
import { openBreakers, scopeOf } from './breaker.ts';
import type { Db } from './database.ts';
import { type Lease, leaseLost } from './lease.ts';

export interface ListingState {
  readonly account: string;
  readonly timeZone: string;
  readonly syncToken: string | null;
  readonly fullListing: number;
  readonly state: 'active' | 'unavailable' | 'unknown' | 'held';
}

export async function listingState(db: Db, calendar: string): Promise<ListingState | null> {
  const row = await db.selectFrom('calendar').selectAll().where('id', '=', calendar).executeTakeFirst();
  if (row === undefined) return null;
  return {
    account: row.account,
    timeZone: row.time_zone,
    syncToken: row.sync_token,
    fullListing: row.full_listing,
    state: row.state,
  };
}

/** Every managed calendar as the plan sees it: fresh if it was listed within `freshForMs` and can be believed. Times in milliseconds. */
export async function calendarFacts(db: Db, freshForMs: number): Promise<ReadonlyMap<string, CalendarFacts>> {
  const { rows } = await sql<{
    id: string;
    account: string;
    time_zone: string;
    namespace: 'live' | 'test';
    policy: CalendarFacts['policy'];
    drift: CalendarFacts['drift'];
    drift_fields: CalendarFacts['driftFields'];
    on_delete: CalendarFacts['onDelete'];
    on_move: CalendarFacts['onMove'];
    orphans: CalendarFacts['orphans'];
    duplicates: CalendarFacts['duplicates'];
    state: string;
    fresh_since: Date | null;
    before_claim: boolean;
    account_state: string;
  }>`
    select c.id, c.account, c.time_zone, c.namespace, c.policy, c.drift, c.drift_fields, c.on_delete, c.on_move, c.orphans, c.duplicates,
        c.state, a.state as account_state,
        case when c.state in ('active', 'held') and c.observed_at > calsync.now() - make_interval(secs => ${freshForMs / 1000})
          then c.observed_at end as fresh_since,
        c.observed_at < (select set_at from calsync.setting where name = 'database') is true as before_claim
      from calsync.calendar c join calsync.account a on a.id = c.account
      order by c.id`.execute(db);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        account: row.account,
        timeZone: row.time_zone,
        namespace: row.namespace,
        policy: row.policy,
        drift: row.drift,
        driftFields: row.drift_fields,
        onDelete: row.on_delete,
        onMove: row.on_move,
        orphans: row.orphans,
        duplicates: row.duplicates,
        freshSince: row.fresh_since?.getTime() ?? null,
        beforeClaim: row.before_claim,
        readable: row.state !== 'unavailable' && row.account_state === 'active',
        deleted: false,
      },
    ]),
  );
}

/** Notes a listing that was read to its end and is believed; the token goes with the last page that it covers. */
export async function noteListed(
  tx: Db,
  lease: Lease,
  listed: {
    readonly syncToken: string;
    readonly fullListing: number;
    readonly timeZone: string;
    readonly nextPullMs: number;
  },
): Promise<void> {
  await sql`
    update calsync.calendar set sync_token = ${listed.syncToken}, full_listing = ${listed.fullListing}, time_zone = ${listed.timeZone},
        observed_at = calsync.now(), next_pull_at = calsync.now() + make_interval(secs => ${listed.nextPullMs / 1000}),
        state_since = case when state in ('unavailable', 'unknown') then calsync.now() else state_since end,
        state_reason = case when state in ('unavailable', 'unknown') then null else state_reason end,
        state = case when state in ('unavailable', 'unknown') then 'active' else state end
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch}`.execute(tx);
}

/** Numbers a full listing. One that is not believed keeps its number, so that what it showed is not taken for shown by the next. */
export async function beginFullListing(tx: Db, lease: Lease): Promise<number> {
  const { rows } = await sql<{ listing: number }>`
    update calsync.calendar set full_listing = full_listing + 1
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch} returning full_listing as listing`.execute(tx);
  const listing = rows[0]?.listing;
  if (listing === undefined) throw leaseLost();
  return listing;
}

/** Drops the token: the next listing is a full one. */
export async function dropSyncToken(tx: Db, lease: Lease): Promise<void> {
  await sql`update calsync.calendar set sync_token = null where id = ${lease.calendar} and lease_epoch = ${lease.epoch}`.execute(
    tx,
  );
}

/** Notes that the calendar cannot be read or believed, or waits for a person; rows stay pending. */
export async function noteState(
  tx: Db,
  lease: Lease,
  state: 'active' | 'unavailable' | 'unknown' | 'held',
  reason: string | null,
): Promise<void> {
  await sql`
    update calsync.calendar set state_since = case when state = ${state} then state_since else calsync.now() end,
        state = ${state}, state_reason = ${reason}
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch}
        and (state <> ${state} or state_reason is distinct from ${reason})`.execute(tx);
}

/** Makes calendars due at once. */
export async function pullSoon(db: Db, calendars: readonly string[]): Promise<void> {
  if (calendars.length === 0) return;
  await sql`update calsync.calendar set next_pull_at = least(next_pull_at, calsync.now()) where id = any(${calendars}::text[])`.execute(
    db,
  );
}

/** Pauses an account: until its owner connects again, or until a quota allows calls again. */
export async function pauseAccount(
  db: Db,
  account: string,
  state: 'reauth_required' | 'quota_paused',
  reason: string,
  pauseMs: number | null,
): Promise<void> {
  await sql`
    update calsync.account set state = ${state}, state_reason = ${reason},
        state_since = case when state = ${state} then state_since else calsync.now() end,
        paused_until = case when ${pauseMs}::float8 is null then null else calsync.now() + make_interval(secs => ${pauseMs}::float8 / 1000) end
      where id = ${account}`.execute(db);
}

/** Ends a quota pause that is over; answers why the account may not be used now, or null. */
export async function accountPause(
  db: Db,
  account: string,
): Promise<{ readonly state: string; readonly reason: string } | null> {
  await sql`
    update calsync.account set state = 'active', state_reason = null, paused_until = null, state_since = calsync.now()
      where id = ${account} and state = 'quota_paused' and paused_until <= calsync.now()`.execute(db);
  const row = await db
    .selectFrom('account')
    .select(['state', 'state_reason'])
    .where('id', '=', account)
    .executeTakeFirst();
  return row === undefined || row.state === 'active'
    ? null
    : { state: row.state, reason: row.state_reason ?? row.state };
}

/** Why accounts may not be used now, by address; accounts that may are absent. */
export async function accountPauses(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; state: string; reason: string | null }>`
    select id, state, state_reason as reason from calsync.account
      where state = 'reauth_required' or (state = 'quota_paused' and paused_until > calsync.now()) order by id`.execute(
    db,
  );
  const words: Readonly<Record<string, string>> = {
    reauth_required: 'its account has to be connected again',
    quota_paused: 'Google asked its account for a long pause',
  };
  const paused = new Map(
    rows.map(({ id, state, reason }) => [id, `${words[state] ?? state}${reason === null ? '' : ` (${reason})`}`]),
  );
  return new Map([...(await silentAccounts(db)), ...paused]);
}

/** Why accounts are not called because Google is silent, by address. */
async function silentAccounts(db: Db): Promise<ReadonlyMap<string, string>> {
  const breakers = await openBreakers(db);
  if (breakers.size === 0) return new Map();
  const { rows } = await sql<{ id: string }>`select id from calsync.account order by id`.execute(db);
  return new Map(
    rows.flatMap(({ id }) => {
      const breaker = breakers.get('google') ?? breakers.get(scopeOf(id));
      return breaker === undefined ? [] : [[id, silenceText(breaker)] as const];
    }),
  );
}
