import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/ports.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { createWaits, type Waits } from '../../src/server/wait-for-google.ts';
import type { Db } from '../../src/store/database.ts';
import { anEvent, World } from '../support/world.ts';

let world: World;
let waits: Waits;
let statements = 0;
const never = new AbortController().signal;

beforeEach(async () => {
  world = await World.open();
  statements = 0;
  waits = createWaits({ db: counting(world.store.db), clock: systemClock });
});
afterEach(() => world.close());

/** The same database, counting what is asked of it. */
function counting(db: Db): Db {
  return db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
}

const waiting = (key = 'class-1', waitMs = 10_000, signal = never) => waits.forGoogle(key, waitMs, signal);

describe('waiting until Google shows a write', () => {
  test('answers in_sync as soon as a turn has written it, long before the time is over', async () => {
    await world.put([anEvent()]);
    const answer = waiting();
    const startedAt = systemClock.now();
    await world.reconcile();
    const writtenAt = systemClock.now();
    expect(await answer).toMatchObject({ status: 'in_sync', revision: 1 });
    expect(systemClock.now() - writtenAt).toBeLessThan(2_000);
    expect(systemClock.now() - startedAt).toBeLessThan(10_000);
  });

  test('answers how it stands when the time is over', async () => {
    await world.put([anEvent()]);
    const startedAt = systemClock.now();
    expect(await waiting('class-1', 300)).toMatchObject({ status: 'pending', fault: 'calsync' });
    const tookMs = systemClock.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(300);
    expect(tookMs).toBeLessThan(3_000);
  });

  test('does not wait for what waiting will not change: parked, settled, unknown to us', async () => {
    await world.put([anEvent()]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'error', error: 'timeRangeEmpty' },
    });
    await world.reconcile();
    const startedAt = systemClock.now();
    expect(await waiting('class-1', 60_000)).toMatchObject({ status: 'parked' });
    expect(await waiting('nothing/such', 60_000)).toBeNull();
    expect(systemClock.now() - startedAt).toBeLessThan(5_000);
  });

  test('a write that comes while one waits is waited for too', async () => {
    await world.put([anEvent()]);
    const answer = waiting();
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    expect(await answer).toMatchObject({ status: 'in_sync', revision: 2 });
  });

  test('1,000 who wait ask the table together: a handful of statements, and all are answered', async () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => `class-${index}`);
    await world.put(keys.map((key) => anEvent({ key, summary: key })));
    const answers = Promise.all(keys.map((key) => waiting(key, 2_500)));
    await sql`update calsync.desired_event set cancelled_at = calsync.now()`.execute(world.store.db);
    await sql`delete from calsync.dirty`.execute(world.store.db);
    expect(new Set((await answers).map((standing) => standing?.status))).toEqual(new Set(['cancelled']));
    expect(statements).toBeGreaterThan(0);
    expect(statements).toBeLessThan(30);
    const before = statements;
    await systemClock.sleep(300);
    expect(statements).toBe(before); // nobody waits, nobody asks
  });

  test('one who goes away is let go of at once, and the others are not disturbed', async () => {
    await world.put([anEvent()]);
    const gone = new AbortController();
    const left = waiting('class-1', 60_000, gone.signal);
    const stays = waiting('class-1', 700);
    gone.abort(new Error('the client is gone'));
    await expect(left).rejects.toThrow('the client is gone');
    expect(await stays).toMatchObject({ status: 'pending' });
  });

  test('a database that does not answer is told to all who wait, and the next ones are asked for anew', async () => {
    await world.put([anEvent()]);
    let down = true;
    const failing: Clock = { now: systemClock.now, sleep: systemClock.sleep };
    const broken = createWaits({
      db: world.store.db.withPlugin({
        transformQuery: ({ node }) => {
          if (down) throw new Error('no connection');
          return node;
        },
        transformResult: async ({ result }) => result,
      }),
      clock: failing,
    });
    const both = await Promise.allSettled([
      broken.forGoogle('class-1', 5_000, never),
      broken.forGoogle('other', 5_000, never),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    down = false;
    expect(await broken.forGoogle('class-1', 100, never)).toMatchObject({ status: 'pending' });
  });
});
