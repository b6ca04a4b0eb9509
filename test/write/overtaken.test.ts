/** What becomes of a write whose key somebody else changes between its reading and its writing: it is decided anew, from what is there then. */
import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { patchEvent } from '../../src/write/patch-event.ts';
import { putEvents } from '../../src/write/put.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent, storyOf } from '../support/rows.ts';
import { ada, aGuest, aSpec } from '../support/specs.ts';

let database: MigratedDatabase;
let other: PoolClient;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());
let key = '';
let count = 0;
beforeEach(async () => {
  count += 1;
  key = `class-${count}`;
  other = await database.pool.connect();
});
afterEach(async () => {
  await other.query('rollback');
  other.release();
});

/**
 * Begins a write that waits for the row, which another transaction has changed by `change`; lets that commit. The write has read by then:
 * of one key it waits where it locks it to decide anew, of several where it would write what it decided.
 */
async function overtakenBy<Result>(
  change: string,
  values: readonly unknown[],
  write: () => Promise<Result>,
  waitsIn: 'lock_desired' | 'write_decided' = 'lock_desired',
): Promise<Result> {
  await other.query('begin');
  await other.query(change, [...values]);
  const begun = write();
  begun.catch(() => undefined); // it may fail while nobody listens yet
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select query from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.map(({ query }) => String(query).includes(waitsIn));
    })
    .toEqual([true]);
  await other.query('commit');
  return begun;
}

const rowOf = async () =>
  (await database.pool.query('select * from calsync.desired_event where key = $1', [key])).rows[0] as unknown;

async function guestsOf(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ address: string }>(
    'select address from calsync.desired_attendee where key = $1 order by address',
    [key],
  );
  return rows.map(({ address }) => address);
}

test('[S13A] a patch is merged with what the other writer left', async () => {
  await insertEvent(database.pool, key);
  const result = await overtakenBy(
    `update calsync.desired_event set labels = '{"payment": "paid"}', location = 'Room 5' where key = $1`,
    [key],
    () => patchEvent(database.db, key, { labels: { seats: '12' }, description: 'Bring a pen' }, ada),
  );
  expect(result).toMatchObject({ kind: 'written', keys: [{ kind: 'changed', generation: 3, revision: 3 }] });
  expect(await rowOf()).toMatchObject({
    labels: { payment: 'paid', seats: '12' },
    location: 'Room 5',
    description: 'Bring a pen',
  });
});

test('[S13A] a put that would take off nobody whom it saw takes off nobody who came meanwhile', async () => {
  await insertEvent(database.pool, key);
  const result = await overtakenBy(
    `insert into calsync.desired_attendee (key, address) values ($1, 'grace@example.com')`,
    [key],
    () => putEvents(database.db, [aSpec({ key, location: 'Room 5', attendees: [aGuest('bob@example.com')] })], ada),
  );
  expect(result).toMatchObject({ kind: 'refused', problems: [{ kind: 'revision_needed' }] });
  expect(await guestsOf()).toEqual(['grace@example.com']);
  expect(await rowOf()).toMatchObject({ location: null });
});

test('[S13A] of two who put a new key at once, the second changes what the first created', async () => {
  const result = await overtakenBy(
    `insert into calsync.desired_event (key, calendar, summary, start_date, end_date) values ($1, 'classes', 'first', '2026-11-30', '2026-12-01')`,
    [key],
    () => putEvents(database.db, [aSpec({ key, summary: 'second' })], ada),
    'write_decided',
  );
  expect(result).toMatchObject({ kind: 'written', keys: [{ kind: 'changed', generation: 2, revision: 2 }] });
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2']);
});

test('[S08B] nobody is enrolled on an event that was cancelled meanwhile', async () => {
  await insertEvent(database.pool, key);
  const result = await overtakenBy('update calsync.desired_event set cancelled_at = now() where key = $1', [key], () =>
    addAttendees(database.db, key, [{ email: 'bob@example.com' }], ada),
  );
  expect(result).toMatchObject({ kind: 'refused', problems: [{ kind: 'cancelled' }] });
  expect(await guestsOf()).toEqual([]);
});

test('a guest who leaves and one who comes at the same moment are both heard', async () => {
  await insertEvent(database.pool, key);
  await insertAttendee(database.pool, key, 'bob@example.com');
  await overtakenBy(`insert into calsync.desired_attendee (key, address) values ($1, 'grace@example.com')`, [key], () =>
    removeAttendeesOf(database.db, key, ['bob@example.com'], ada),
  );
  expect(await guestsOf()).toEqual(['grace@example.com']);
  expect(await storyOf(database.pool, key)).toEqual([
    'inserted 1.1',
    'attendee_added 1.2',
    'attendee_added 1.3',
    'attendee_removed 1.4',
  ]);
});

test('a cancellation of a row that was withdrawn meanwhile says that there is none', async () => {
  await insertEvent(database.pool, key);
  const result = await overtakenBy('delete from calsync.desired_event where key = $1', [key], () =>
    cancelEvents(database.db, [key], ada),
  );
  expect(result).toMatchObject({ kind: 'refused', problems: [{ kind: 'unknown_key' }] });
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'withdrawn 1.2']);
});

test('of several keys none is written from what was read, when one of them moved', async () => {
  await insertEvent(database.pool, key);
  await insertEvent(database.pool, `${key}/next`, { summary: 'next' });
  const result = await overtakenBy(
    `update calsync.desired_event set location = 'Room 5' where key = $1`,
    [key],
    () => cancelEvents(database.db, [key, `${key}/next`], ada, { generation: 1 }),
    'write_decided',
  );
  expect(result).toMatchObject({ kind: 'refused', problems: [{ key, kind: 'generation_moved' }] });
  expect(await storyOf(database.pool, `${key}/next`)).toEqual(['inserted 1.1']);
});

test('of two new keys none is created, when somebody creates one of them first and none may be there', async () => {
  const next = `${key}/next`;
  const result = await overtakenBy(
    `insert into calsync.desired_event (key, calendar, summary, start_date, end_date) values ($1, 'classes', 'first', '2026-11-30', '2026-12-01')`,
    [next],
    () => putEvents(database.db, [aSpec({ key }), aSpec({ key: next })], ada, { exists: false }),
    'write_decided',
  );
  expect(result).toMatchObject({ kind: 'refused', problems: [{ key: next, kind: 'key_exists' }] });
  expect(await storyOf(database.pool, key)).toEqual([]);
});

test('[S04B] a write of one statement is in its writer’s name, and what follows on the connection is not', async () => {
  await putEvents(database.db, [aSpec({ key, attendees: [aGuest('bob@example.com')] })], ada);
  await database.pool.query(`update calsync.desired_event set location = 'Room 5' where key = $1`, [key]);
  const { rows } = await database.pool.query(
    'select kind, actor, door from calsync.history where key = $1 order by id',
    [key],
  );
  expect(rows).toEqual([
    { kind: 'inserted', actor: 'ada', door: 'typescript' },
    { kind: 'attendee_added', actor: 'ada', door: 'typescript' },
    { kind: 'updated', actor: expect.not.stringMatching('ada'), door: 'sql' },
  ]);
});

test('a write in two statements, and none for what is so already', async () => {
  const statements: string[] = [];
  const query = other.query.bind(other) as (...args: readonly unknown[]) => unknown;
  const { openDatabase } = await import('../../src/store/database.ts');
  const listening = Object.assign(Object.create(other) as PoolClient, {
    query(text: string, values: readonly unknown[] = []) {
      statements.push(/calsync\.(\w+)/.exec(text)?.[1] ?? text);
      return query(text, values);
    },
    release: () => undefined,
  });
  const db = openDatabase({ connect: async () => listening, end: async () => undefined } as never);
  const spec = aSpec({ key, attendees: [aGuest('bob@example.com')] });
  await putEvents(db, [spec], ada);
  await putEvents(db, [spec], ada);
  await cancelEvents(db, [key], ada);
  expect(statements).toEqual(['read_desired', 'write_apart', 'read_desired', 'read_desired', 'write_apart']);
});

test('more than a hundred keys are locked before anything is decided about them', async () => {
  await insertEvent(database.pool, key);
  const others = Array.from({ length: 100 }, (_, index) => aSpec({ key: `${key}/${index}` }));
  const result = await overtakenBy(
    `update calsync.desired_event set location = 'Room 5' where key = $1`,
    [key],
    () => putEvents(database.db, [aSpec({ key }), ...others], ada),
    'lock_desired',
  );
  expect(result).toMatchObject({ kind: 'written' });
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2', 'updated 3.3']);
});
