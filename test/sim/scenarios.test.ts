/** Scenarios that are told best by what happens on the way to Google: each under every invariant of the simulation. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { leaseLostReason } from '../../src/store/lease.ts';
import { withServer } from '../support/postgres-server.ts';
import { openDatabases } from './databases.ts';
import type { Fault, NetworkFault } from './faults.ts';
import { type Played, play, type Scenario } from './play.ts';
import type { SiteDatabase } from './site.ts';

const timeout = 120_000;
const minuteMs = 60_000;

let databases: readonly SiteDatabase[] = [];
let close: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  const host = await withServer(inject('postgresDirectory'), (directory) => Promise.resolve(directory));
  ({ databases, close } = await openDatabases(host));
});
afterAll(() => close());

const atChange = (fault: NetworkFault, ...numbers: readonly number[]): readonly Fault[] =>
  numbers.map((number) => ({ at: 'change', number, fault }));
const error = (name: 'backendError' | 'userRateLimitExceeded' | 'serviceUnavailable'): NetworkFault => ({
  kind: 'answer',
  action: { kind: 'error', error: name },
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function played(scenario: Scenario): Promise<Played> {
  const seen = await play(databases, scenario);
  expect(seen.wrong).toBeNull();
  return seen;
}

/** How many live events each key has in the end. */
function eventsPerKey({ events }: Played): readonly number[] {
  return [...events.values()].map(({ length }) => length);
}

function creates({ log }: Played): number {
  return log.filter(({ operation, changes }) => operation === 'calendar.events.insert' && changes.length > 0).length;
}

function count({ log }: Played, operation: string): number {
  return log.filter((entry) => entry.operation === operation).length;
}

const put = { who: 'writer', kind: 'put', key: 0, calendar: 0, guests: 0 } as const;

test('[S01A] the access token ends in the middle of a batch: one refresh for all, and every event once', {
  timeout,
}, async () => {
  const seen = await played({ shape: { keys: 10, concurrency: 8 }, faults: atChange({ kind: 'expire_access' }, 4) });
  expect(eventsPerKey(seen)).toEqual(Array(10).fill(1));
  expect(creates(seen)).toBe(10);
  expect(seen.turns[0]?.report).toMatchObject({ state: 'in_sync', counts: { created: 10, failed: 0 } });
  // The first turn signs in, and once more; each later process signs in for itself.
  const tokens = seen.log.findIndex(({ operation }) => operation === 'calendar.events.list');
  expect(tokens).toBeGreaterThanOrEqual(0);
});

test('[S01C] a refresh fails for a passing reason during an update: the row waits, is never told as applied, and gets there', {
  timeout,
}, async () => {
  const seen = await played({
    deeds: [{ ...put, version: 4, afterMs: 4 * minuteMs }],
    // The update is answered 401, and so is every try to sign in again within this turn.
    faults: [
      ...atChange({ kind: 'expire_access' }, 2),
      ...range(6, 12).map((number): Fault => ({ at: 'call', number, fault: error('serviceUnavailable') })),
    ],
  });
  const failed = seen.turns.find(({ waiting }) => waiting.some(({ fault }) => fault === 'google'));
  expect(failed?.report?.state).not.toBe('in_sync');
  expect(seen.events.get('class-0')?.[0]?.summary).toBe('Class 0 of 0 v4');
});

test('[S02B] a rate limit in the middle of eight: five are there, three wait for Google, and go through by themselves', {
  timeout,
}, async () => {
  const seen = await played({ shape: { keys: 8 }, faults: atChange(error('userRateLimitExceeded'), ...range(6, 14)) });
  expect(seen.turns[0]?.report).toMatchObject({ state: 'out_of_sync', counts: { created: 5, failed: 3 } });
  expect(seen.turns[0]?.waiting.map(({ fault }) => fault)).toEqual(['google', 'google', 'google']);
  expect(eventsPerKey(seen)).toEqual(Array(8).fill(1));
  expect(creates(seen)).toBe(8);
});

test('[S03A] a list that does not show new events yet leads to no second create and to no finding', {
  timeout,
}, async () => {
  const stale: NetworkFault = { kind: 'answer', action: { kind: 'stale_list', versions: 4 } };
  const seen = await played({
    shape: { keys: 4, turns: 5 },
    faults: range(7, 12).map((number): Fault => ({ at: 'call', number, fault: stale })),
  });
  expect(creates(seen)).toBe(4);
  expect(seen.findings).toEqual([]);
});

test('[S03B] Google says that it is done, and it is not: found at the next look, told, and made', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { keys: 3, turns: 6 },
    deeds: [{ who: 'google', kind: 'refuse_tokens', calendar: 0, afterMs: 3 * minuteMs }],
    faults: atChange({ kind: 'swallowed' }, 2),
  });
  expect(eventsPerKey(seen)).toEqual([1, 1, 1]);
  expect(seen.findings).toContain('missing');
});

test("[S10C][S12A] Google is away for half an hour and four workers have work: calls stay within the breaker's budget, and all is made afterwards", {
  timeout,
}, async () => {
  const seen = await played({
    shape: { keys: 12, workers: 4, turns: 8, calendars: 2 },
    deeds: [{ who: 'google', kind: 'outage', lastsMs: 30 * minuteMs, how: 'serviceUnavailable', afterMs: 1 }],
  });
  // Held to its budget call by call (world.ts); here, that it was needed.
  expect(seen.turns.filter(({ report }) => report?.error?.reason === 'breaker_open').length).toBeGreaterThan(0);
  expect(eventsPerKey(seen)).toEqual(Array(12).fill(1));
});

test('[S12B] a create takes 25 s and is tried again meanwhile: one event', { timeout }, async () => {
  const seen = await played({
    shape: { workers: 2, turns: 4 },
    faults: atChange({ kind: 'late', delayMs: 25_000 }, 1),
  });
  expect(eventsPerKey(seen)).toEqual([1]);
  expect(creates(seen)).toBe(1);
});

test('[S12C] a create arrives, and its answer does not: one event, found by its id', { timeout }, async () => {
  const seen = await played({ faults: atChange({ kind: 'answer', action: { kind: 'lose_answer' } }, 1) });
  expect(seen.turns[0]?.report?.state).toBe('in_sync');
  expect(creates(seen)).toBe(1);
  expect(count(seen, 'calendar.events.insert')).toBe(1);
});

test('[S22A] 20 of 50 creates fail: the others are made at once, and these until they are done', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { keys: 50, turns: 6 },
    faults: atChange({ kind: 'lost' }, ...range(1, 20).map((number) => 2 * number)),
  });
  expect(eventsPerKey(seen)).toEqual(Array(50).fill(1));
  expect(creates(seen)).toBe(50);
});

test('[P02] the table is truncated: nothing is deleted before a person says so', { timeout }, async () => {
  const seen = await played({
    shape: { keys: 12, turns: 6 },
    deeds: [{ who: 'import', kind: 'truncate', afterMs: 3 * minuteMs }],
  });
  expect(seen.turns.some(({ holds }) => holds.includes('withdrawals'))).toBe(true);
  const firstHold = seen.turns.findIndex(({ holds }) => holds.length > 0);
  expect(seen.turns.slice(0, firstHold + 1).every(({ report }) => report?.counts.deleted === 0)).toBe(true);
});

test('[P03] every key changes its spelling: deletes and creates are held together as a re-key', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { keys: 12, turns: 6 },
    deeds: [{ who: 'import', kind: 'rekey', afterMs: 3 * minuteMs }],
  });
  const held = seen.turns.findIndex(({ holds }) => holds.includes('rekey'));
  expect(held).toBeGreaterThan(0);
  expect(seen.turns[held]?.report?.counts).toMatchObject({ created: 0, deleted: 0 });
});

test('[P05] a create is on its way when its worker dies, and another worker creates too: one event', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { workers: 2, turns: 4 },
    faults: atChange({ kind: 'crash_unserved', delayMs: 150_000 }, 1),
  });
  expect(eventsPerKey(seen)).toEqual([1]);
  expect(creates(seen)).toBe(1);
});

test('[P07] the sync token is refused: one full listing, then increments again, with no duplicate and nothing missing', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { keys: 5, pageSize: 2, turns: 5 },
    deeds: [{ who: 'google', kind: 'refuse_tokens', calendar: 0, afterMs: 3 * minuteMs }],
  });
  expect(seen.log.some(({ operation, status }) => operation === 'calendar.events.list' && status === 410)).toBe(true);
  expect(creates(seen)).toBe(5);
  expect(seen.findings).toEqual([]);
});

test('[P27] answers of guests move the etag under an update: it goes through in the same turn and is no contest', {
  timeout,
}, async () => {
  const seen = await played({
    deeds: [{ ...put, version: 4, afterMs: 4 * minuteMs }],
    faults: atChange({ kind: 'answer', action: { kind: 'touch_event' } }, 2, 3, 4),
  });
  const patched = seen.turns.find(({ report }) => report?.counts.patched === 1);
  expect(patched?.report?.state).toBe('in_sync');
  expect(seen.findings).toEqual([]);
  expect(seen.events.get('class-0')?.[0]?.summary).toBe('Class 0 of 0 v4');
});

test.each([true, false])(
  '[P30] a worker is put to sleep past its lease (its clock stops: %s): what it does afterwards is refused',
  { timeout },
  async (clockStops) => {
    const seen = await played({
      shape: { workers: 3, turns: 16, keys: 3 },
      faults: atChange({ kind: 'pause', pauseMs: 5 * minuteMs, clockStops }, 2),
    });
    // Where even the record of the turn is refused, it says nothing at all.
    expect(seen.turns.some(({ report }) => report === null || report.error?.reason === leaseLostReason)).toBe(true);
    expect(eventsPerKey(seen)).toEqual([1, 1, 1]);
  },
);

test('[P34] an older database is put back: the calendar is held as newer than the table, and nothing is written before a person says so', {
  timeout,
}, async () => {
  const seen = await played({
    shape: { turns: 6 },
    deeds: [
      { who: 'database', kind: 'back_up', afterMs: 3 * minuteMs },
      { ...put, version: 4, afterMs: 4 * minuteMs },
      { who: 'database', kind: 'put_backup_back', afterMs: 6 * minuteMs },
    ],
  });
  expect(seen.turns.some(({ holds }) => holds.includes('table_older'))).toBe(true);
});

test('[P35] a copied database calls nobody until it is claimed, and then goes on', { timeout }, async () => {
  const seen = await played({
    shape: { turns: 6 },
    deeds: [
      { who: 'copyist', kind: 'become_copy', afterMs: 3 * minuteMs },
      { ...put, version: 4, afterMs: 4 * minuteMs },
      { who: 'copyist', kind: 'claim', afterMs: 6 * minuteMs },
    ],
  });
  const refused = seen.turns.filter(({ report }) => report?.error?.reason === 'database_copied');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every(({ calls }) => calls === 0)).toBe(true);
  expect(seen.events.get('class-0')?.[0]?.summary).toBe('Class 0 of 0 v4');
});

test('[L5] a row that Google always refuses, and a calendar that never answers, delay no other row', {
  timeout,
}, async () => {
  const never = range(1, 200).map((number): Fault => ({ at: 'call', number: 3 * number, fault: { kind: 'silence' } }));
  const seen = await played({ shape: { keys: 6, turns: 6, workers: 2, calendars: 2 }, faults: never });
  expect(eventsPerKey(seen)).toEqual(Array(6).fill(1));
});
