import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EventSpec } from '../../src/core/event-spec.ts';
import { readDesired, readSchedule } from '../../src/store/desired.ts';
import { type ApplyOptions, type ApplyResult, applySchedule } from '../../src/write/apply.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { putEvents } from '../../src/write/put.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';
import { ada, aGuest, aSpec } from '../support/specs.ts';

let database: MigratedDatabase;
beforeEach(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'other');
});
afterEach(() => database.close());

const spring: ApplyOptions = { schedule: 'spring', prune: false, dryRun: false };
const apply = (specs: readonly EventSpec[], options: Partial<ApplyOptions> = {}) =>
  applySchedule(database.db, specs, ada, { ...spring, ...options });
const changesOf = (result: ApplyResult) => (result.kind === 'refused' ? result.problems : result.changes);
const a = aSpec({ key: 'a' });
const b = aSpec({ key: 'b' });
const nothing = { added: [], changed: [], removed: [], leftCancelled: [], unchangedCount: 0 };

test('a schedule is added, then changed where it differs, and nothing that is missing from it is removed', async () => {
  expect(await apply([a, b])).toEqual({
    kind: 'applied',
    changes: { ...nothing, added: ['a', 'b'] },
    held: [],
    skipped: [],
  });
  const later = [{ ...a, location: 'Room 5' }, aSpec({ key: 'c' })];
  expect(changesOf(await apply(later))).toEqual({
    ...nothing,
    added: ['c'],
    changed: [{ key: 'a', fields: ['location'] }],
  });
  expect([...(await readSchedule(database.db, 'spring')).keys()]).toEqual(['a', 'b', 'c']);
  expect(changesOf(await apply(later))).toEqual({ ...nothing, unchangedCount: 2 });
});

test('--prune removes what the file no longer has, inside that schedule alone', async () => {
  await apply([a, b]);
  await apply([aSpec({ key: 'autumn-1' })], { schedule: 'autumn' });
  await putEvents(database.db, [aSpec({ key: 'alone' })], ada);
  expect(changesOf(await apply([a], { prune: true }))).toEqual({ ...nothing, removed: ['b'], unchangedCount: 1 });
  expect([...(await readDesired(database.db, ['a', 'b', 'autumn-1', 'alone'])).keys()]).toEqual([
    'a',
    'alone',
    'autumn-1',
  ]);
});

test('--prune without a schedule, or over a row of another schedule, is refused', async () => {
  await expect(apply([a], { prune: true, schedule: null })).rejects.toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('--schedule'),
  });
  expect(changesOf(await apply([{ ...a, schedule: 'autumn' }], { prune: true }))).toMatchObject([
    { kind: 'other_schedule', key: 'a' },
  ]);
});

test('a dry run gives the lists and writes nothing, not even a history row', async () => {
  await apply([a, b]);
  const before = await database.pool.query('select count(*) from calsync.history');
  const result = await apply([{ ...a, summary: 'Algebra' }, aSpec({ key: 'c' })], { prune: true, dryRun: true });
  expect(result).toEqual({
    kind: 'planned',
    changes: { ...nothing, added: ['c'], changed: [{ key: 'a', fields: ['summary'] }], removed: ['b'] },
    held: [],
    skipped: [],
  });
  expect((await database.pool.query('select count(*) from calsync.history')).rows).toEqual(before.rows);
});

test('a cancelled key stays cancelled, whatever the file says, and is named', async () => {
  await apply([a, b]);
  await cancelEvents(database.db, ['a'], ada);
  expect(changesOf(await apply([{ ...a, summary: 'Algebra' }, b], { prune: true }))).toEqual({
    ...nothing,
    leftCancelled: ['a'],
    unchangedCount: 1,
  });
  expect((await readDesired(database.db, ['a'])).get('a')).toMatchObject({ spec: { summary: 'a' }, generation: 2 });
});

test('attendees of a list are added; one whom it leaves out is taken off only by --prune', async () => {
  await apply([{ ...a, attendees: [aGuest('ada@example.com'), aGuest('bob@example.com')] }]);
  const later = { ...a, attendees: [aGuest('bob@example.com'), aGuest('eve@example.com')] };
  const guests = async () =>
    (await readDesired(database.db, ['a'])).get('a')?.spec.attendees?.map(({ email }) => email);
  expect(changesOf(await apply([later]))).toEqual({ ...nothing, changed: [{ key: 'a', fields: ['attendees'] }] });
  expect(await guests()).toEqual(['ada@example.com', 'bob@example.com', 'eve@example.com']);
  await apply([later], { prune: true });
  expect(await guests()).toEqual(['bob@example.com', 'eve@example.com']);
});

test('any problem stops the whole file, and all problems are named', async () => {
  await putEvents(database.db, [aSpec({ key: 'b', calendar: 'other' })], ada);
  const twin = aSpec({ key: 'twin', summary: 'a' });
  const result = await apply([a, b, aSpec({ key: 'c', calendar: 'nowhere' }), twin]);
  expect(result.kind).toBe('refused');
  expect(changesOf(result)).toMatchObject([
    { kind: 'unknown_calendar', key: 'c' },
    { kind: 'other_calendar', key: 'b' },
    { kind: 'twin', key: 'twin' },
  ]);
  expect((await readDesired(database.db, ['a', 'c', 'twin'])).size).toBe(0);
  expect(changesOf(await apply([a, a]))).toMatchObject([{ kind: 'duplicate_key', key: 'a' }]);
});

test('with skipInvalid the events that are refused are named and left out, and all others are there', async () => {
  await putEvents(database.db, [aSpec({ key: 'b', calendar: 'other' })], ada);
  const unknown = aSpec({ key: 'c', calendar: 'nowhere' });
  const specs = [a, b, unknown, aSpec({ key: 'twin', summary: 'a' }), aSpec({ key: 'd' }), aSpec({ key: 'd' })];
  const result = await apply(specs, { skipInvalid: true });
  expect(result).toMatchObject({
    kind: 'applied',
    changes: { added: ['a'] },
    skipped: [
      { kind: 'duplicate_key', key: 'd' },
      { kind: 'unknown_calendar', key: 'c' },
      { kind: 'other_calendar', key: 'b' },
      { kind: 'twin', key: 'twin' },
    ],
  });
  const refused = apply([a], { skipInvalid: true, prune: true });
  await expect(refused).rejects.toMatchObject({ kind: 'usage', message: expect.stringContaining('--skip-invalid') });
});

test('without --schedule rows carry none, unless a row names one', async () => {
  await apply([a, { ...b, schedule: 'autumn' }], { schedule: null });
  const rows = await readDesired(database.db, ['a', 'b']);
  expect([...rows.values()].map(({ spec }) => spec.schedule)).toEqual([null, 'autumn']);
});

test('the same file applied twice at the same moment is there once', async () => {
  const specs = Array.from({ length: 200 }, (_, index) => aSpec({ key: `k${index}`, allowTwin: true }));
  const results = await Promise.all([apply(specs), apply(specs), apply(specs)]);
  expect(
    results.map((result) => (result.kind === 'applied' ? result.changes.added.length : -1)).sort((x, y) => x - y),
  ).toEqual([0, 0, 200]);
});

test('5,000 rows are applied in seconds', async () => {
  const specs = Array.from({ length: 5_000 }, (_, index) =>
    aSpec({ key: `k${index}`, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'] }),
  );
  const started = performance.now();
  expect(await apply(specs)).toMatchObject({ kind: 'applied' });
  const addedMs = performance.now() - started;
  await apply(specs.map((spec) => ({ ...spec, location: 'Room 5' })));
  const changedMs = performance.now() - started - addedMs;
  console.log(`5,000 rows: added in ${addedMs.toFixed(0)} ms, changed in ${changedMs.toFixed(0)} ms`);
  expect(addedMs).toBeLessThan(15_000);
});

test('a row that goes to another schedule while a file is pruned is not removed with it', async () => {
  await apply([a, b]);
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query(`update calsync.desired_event set schedule = 'autumn' where key = 'b'`);
  const pruned = apply([a], { prune: true });
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.length;
    })
    .toBeGreaterThan(0);
  await client.query('commit');
  client.release();
  expect(changesOf(await pruned)).toEqual({ ...nothing, unchangedCount: 1 });
  expect((await readDesired(database.db, ['b'])).get('b')?.spec.schedule).toBe('autumn');
});
