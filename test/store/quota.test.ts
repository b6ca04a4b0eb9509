import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../src/core/ports.ts';
import { type QuotaLimits, quotaPacer } from '../../src/store/quota.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';

const limits: QuotaLimits = { projectPerMinute: 6_000, userPerMinute: 600, perDay: 1_000_000 };
/** What a bucket holds: ten seconds of its rate. */
const userBucket = 100;

let store: MigratedDatabase;
let nowMs: number;
beforeEach(async () => {
  store = await openMigratedDatabase();
  nowMs = Date.UTC(2027, 0, 1, 12);
  await showTime();
});
afterEach(async () => {
  await store.close();
});

/** The database and the clock port tell the same time, which only passes while someone sleeps. */
async function showTime(): Promise<void> {
  await sql
    .raw(
      `create or replace function calsync.now() returns timestamptz language sql stable parallel safe
         as $$ select timestamptz '${new Date(nowMs).toISOString()}' $$`,
    )
    .execute(store.db);
}

const clock: Clock = {
  now: () => nowMs,
  async sleep(delayMs) {
    nowMs += delayMs;
    await showTime();
  },
};

async function spendAll(
  units: number,
  pacers = [quotaPacer(store.db, limits, clock)],
  account = 'a@example.com',
): Promise<number> {
  const startedAt = nowMs;
  for (let spent = 0; spent < units; spent += 1) await pacers[spent % pacers.length]?.spend(account, 1);
  return (nowMs - startedAt) / 1_000;
}

test('what fits into the bucket goes at once', async () => {
  expect(await spendAll(userBucket / 2)).toBe(0);
});

test('a long run takes as long as the rate says, whether one process spends or three share', async () => {
  const alone = await spendAll(700);
  expect(alone).toBeGreaterThan(55);
  expect(alone).toBeLessThan(66);

  const three = Array.from({ length: 3 }, () => quotaPacer(store.db, limits, clock));
  const shared = await spendAll(700, three, 'b@example.com');
  expect(shared).toBeGreaterThan(55);
  expect(shared).toBeLessThan(70);
});

test('one account’s empty bucket delays no other account', async () => {
  await spendAll(300);
  expect(await spendAll(userBucket / 2, undefined, 'c@example.com')).toBe(0);
});

test('a short run leaves nothing unused behind: ten of them in a row need not wait', async () => {
  let waited = 0;
  for (let run = 0; run < 10; run += 1) waited += await spendAll(3);
  expect(waited).toBe(0);
});

test('a patch weighs what it says', async () => {
  const pacer = quotaPacer(store.db, limits, clock);
  const startedAt = nowMs;
  for (let patch = 0; patch < 100; patch += 1) await pacer.spend('a@example.com', 3);
  expect((nowMs - startedAt) / 1_000).toBeGreaterThan(15);
});

test('the day’s units end in a long pause, said as such', async () => {
  const pacer = quotaPacer(store.db, { ...limits, perDay: 5 }, clock);
  await expect(
    (async () => {
      for (let call = 0; call < 20; call += 1) await pacer.spend('a@example.com', 1);
    })(),
  ).rejects.toMatchObject({ kind: 'quota', reason: 'daily_units_spent' });
});
