/** The quota as token buckets in Postgres, shared by every process: one for the project, one for each account. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { Clock, QuotaPacer } from '../core/ports.ts';
import type { Db } from './database.ts';

export interface QuotaLimits {
  readonly projectPerMinute: number;
  readonly userPerMinute: number;
  readonly perDay: number;
}

/**
 * Units that one process takes at once, so that it need not ask before each call. It begins with what the call needs and doubles, so that a
 * short run leaves nothing unused behind.
 */
const mostUnitsAtOnce = 50;
/** The bucket holds a sixth of a minute: a burst never takes the next window with it. */
const bucketShare = 1 / 6;
/** No process takes more of a full bucket at once. */
const mostShareAtOnce = 0.2;
/** What was taken longer ago belongs to a window that is over. */
const reserveLastsMs = 10_000;

/** Spends from the shared buckets, and waits on the clock port while they are empty. Throws `quota` when the day's units are spent. */
export function quotaPacer(db: Db, limits: QuotaLimits, clock: Clock): QuotaPacer {
  const reserves = new Map<string, { units: number; taken: number; takenAt: number }>();
  const queues = new Map<string, Promise<void>>();

  async function spend(account: string, units: number): Promise<void> {
    const reserve = reserves.get(account);
    if (reserve !== undefined && reserve.units >= units && clock.now() - reserve.takenAt < reserveLastsMs) {
      reserve.units -= units;
      return;
    }
    const most = Math.min(mostUnitsAtOnce, Math.floor(limits.userPerMinute * bucketShare * mostShareAtOnce));
    const wanted = Math.max(units, Math.min(most, 2 * (reserve?.taken ?? 0)));
    const waitMs = await take(db, account, wanted, limits);
    reserves.set(account, { units: wanted - units, taken: wanted, takenAt: clock.now() + waitMs });
    if (waitMs > 0) await clock.sleep(waitMs);
  }

  return {
    spend(account, units) {
      // One at a time per account: of several waiting calls one fills the reserve that the others use.
      const turn = (queues.get(account) ?? Promise.resolve()).then(() => spend(account, units));
      queues.set(
        account,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}

/** Takes units and answers for how many milliseconds to wait until they are there; the bucket may go below zero, which is the queue. */
async function take(db: Db, account: string, units: number, limits: QuotaLimits): Promise<number> {
  const scopes = [
    { scope: 'project', rate: limits.projectPerMinute / 60, capacity: limits.projectPerMinute * bucketShare },
    { scope: `account:${account}`, rate: limits.userPerMinute / 60, capacity: limits.userPerMinute * bucketShare },
  ];
  let waitMs = 0;
  for (const { scope, rate, capacity } of scopes) {
    const { rows } = await sql<{ units: number; day_spent: number }>`
      insert into calsync.quota_bucket as bucket (scope, units, refilled_at, day, day_spent)
        values (${scope}, ${capacity - units}::float8, calsync.now(), (calsync.now() at time zone 'UTC')::date, ${units})
        on conflict (scope) do update set
          units = least(${capacity}::float8, bucket.units + extract(epoch from calsync.now() - bucket.refilled_at)::float8 * ${rate}::float8) - ${units},
          refilled_at = calsync.now(),
          day = excluded.day,
          day_spent = case when bucket.day = excluded.day then bucket.day_spent else 0 end + ${units}
        returning units, day_spent`.execute(db);
    const row = rows[0];
    if (row === undefined) continue;
    if (scope === 'project' && row.day_spent > limits.perDay) {
      throw new CalsyncError('quota', `the ${limits.perDay} quota units of this day (UTC) are spent`, {
        reason: 'daily_units_spent',
      });
    }
    if (row.units < 0) waitMs = Math.max(waitMs, (-row.units / rate) * 1000);
  }
  return Math.ceil(waitMs);
}
