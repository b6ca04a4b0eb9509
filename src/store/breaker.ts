/** The breaker in Postgres: what every worker knows of Google's silence. Written on failure, and on the first answer after one. */
import { sql } from 'kysely';
import { afterSilence, type Breaker, breakerLimits, closedBreaker, type Silence } from '../core/breaker.ts';
import type { Db, Tx } from './database.ts';
import { databaseNow } from './setting.ts';
import { inTransaction } from './transaction.ts';

/** All of Google, or one account. */
export type BreakerScope = 'google' | `account:${string}`;

export function scopeOf(account: string): BreakerScope {
  return `account:${account}`;
}

interface BreakerRow {
  readonly scope: BreakerScope;
  readonly state: Breaker['state'];
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly last_failure_at: Date | null;
  readonly reason: string | null;
  readonly opened_at: Date | null;
  readonly probe_at: Date | null;
  readonly probes: number;
  readonly prober: string | null;
}

const columns = sql`scope, state, failures, failing_since, last_failure_at, reason, opened_at, probe_at, probes, prober`;

/** What is known of scopes, by scope; one that never failed is absent. */
export async function readBreakers(
  db: Db,
  scopes: readonly BreakerScope[],
): Promise<ReadonlyMap<BreakerScope, Breaker>> {
  const { rows } = await sql<BreakerRow>`
    select ${columns} from calsync.breaker where scope = any(${scopes}::text[]) order by scope`.execute(db);
  return new Map(rows.map((row) => [row.scope, breakerOf(row)]));
}

/** Every breaker that is not closed, by scope. */
export async function openBreakers(db: Db): Promise<ReadonlyMap<BreakerScope, Breaker>> {
  const { rows } = await sql<BreakerRow>`
    select ${columns} from calsync.breaker where state <> 'closed' order by scope`.execute(db);
  return new Map(rows.map((row) => [row.scope, breakerOf(row)]));
}

function breakerOf(row: BreakerRow): Breaker {
  return {
    state: row.state,
    failures: row.failures,
    silentSince: row.failing_since?.getTime() ?? null,
    lastFailureAt: row.last_failure_at?.getTime() ?? null,
    reason: row.reason,
    openedAt: row.opened_at?.getTime() ?? null,
    probeAt: row.probe_at?.getTime() ?? null,
    probes: row.probes,
    prober: row.prober,
  };
}

/** Counts a call without an answer. Answers how the breaker stands then, and before. */
export async function noteSilence(
  db: Db,
  scope: BreakerScope,
  silence: Omit<Silence, 'at'>,
): Promise<{ readonly before: Breaker; readonly now: Breaker }> {
  return inTransaction(db, async (tx) => {
    await sql`insert into calsync.breaker (scope) values (${scope}) on conflict do nothing`.execute(tx);
    const { rows } = await sql<BreakerRow>`
      select ${columns} from calsync.breaker where scope = ${scope} for update`.execute(tx);
    const before = rows[0] === undefined ? closedBreaker : breakerOf(rows[0]);
    const now = afterSilence(before, { ...silence, at: (await databaseNow(tx)).getTime() });
    await writeBreaker(tx, scope, now);
    return { before, now };
  });
}

async function writeBreaker(tx: Tx, scope: BreakerScope, breaker: Breaker): Promise<void> {
  await tx
    .updateTable('breaker')
    .set({
      state: breaker.state,
      failures: breaker.failures,
      failing_since: dateOf(breaker.silentSince),
      last_failure_at: dateOf(breaker.lastFailureAt),
      reason: breaker.reason,
      opened_at: dateOf(breaker.openedAt),
      probe_at: dateOf(breaker.probeAt),
      probes: breaker.probes,
      prober: breaker.prober,
    })
    .where('scope', '=', scope)
    .execute();
}

function dateOf(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}

/**
 * Opens the breaker for all of Google, if several accounts meet silence and no calendar of another one was observed since the first of them
 * did. Nothing happens where it is not closed.
 */
export async function openForAll(db: Db, waitMs: number): Promise<void> {
  await sql`
    insert into calsync.breaker as b (scope, state, failures, failing_since, last_failure_at, reason, opened_at, probe_at)
      select 'google', 'open', 0, min(failing_since), max(last_failure_at), max(reason), calsync.now(),
          calsync.now() + make_interval(secs => ${waitMs / 1000})
        from calsync.breaker silent
        where silent.scope like 'account:%' and silent.state <> 'closed'
        having count(*) >= ${breakerLimits.accountsToOpenAll} and not exists (
          select from calsync.calendar heard where heard.observed_at > min(silent.failing_since)
            and not exists (select from calsync.breaker own where own.scope = 'account:' || heard.account and own.state <> 'closed'))
      on conflict (scope) do update set state = 'open', failures = 0, failing_since = excluded.failing_since,
        last_failure_at = excluded.last_failure_at, reason = excluded.reason, opened_at = excluded.opened_at, probe_at = excluded.probe_at,
        probes = 0, prober = null
        where b.state = 'closed'`.execute(db);
}

/** Takes the probe of a breaker, if it is due and nobody has it. */
export async function claimProbe(db: Db, scope: BreakerScope, prober: string): Promise<boolean> {
  const { rows } = await sql`
    update calsync.breaker set state = 'half_open', prober = ${prober},
        probe_at = calsync.now() + make_interval(secs => ${breakerLimits.probeLimitMs / 1000})
      where scope = ${scope} and state <> 'closed' and probe_at <= calsync.now()
      returning scope`.execute(db);
  return rows.length > 0;
}

/** Gives back a probe in which nothing was asked of Google: the next one is due at once. */
export async function returnProbe(db: Db, scope: BreakerScope, prober: string): Promise<void> {
  await sql`
    update calsync.breaker set state = 'open', prober = null, probe_at = calsync.now()
      where scope = ${scope} and state = 'half_open' and prober = ${prober}`.execute(db);
}

/**
 * Google has answered this account: its breaker and that for all of Google close. Answers whether one of them was not closed. That for all
 * is locked first: who closes it writes the others too, and must not meet one that is held by somebody who waits for it.
 */
export async function noteAnswer(db: Db, account: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const { rows } = await sql<{ scope: BreakerScope; state: Breaker['state'] }>`
      select scope, state from calsync.breaker where scope in ('google', ${scopeOf(account)})
        order by scope = 'google' desc for update`.execute(tx);
    for (const { scope } of rows) await writeBreaker(tx, scope, closedBreaker);
    const wasOpen = rows.filter(({ state }) => state !== 'closed').map(({ scope }) => scope);
    // The others need not wait for their turn: each tries at once, one call.
    if (wasOpen.includes('google'))
      await sql`update calsync.breaker set probe_at = calsync.now() where state = 'open'`.execute(tx);
    return wasOpen.length > 0;
  });
}
