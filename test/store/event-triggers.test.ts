import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent, markOf, numbersOf, storyOf } from '../support/rows.ts';

let database: MigratedDatabase;
let key: string;
let count = 0;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'other');
});
afterAll(() => database.close());
beforeEach(() => {
  count += 1;
  key = `class-${count}`;
});

const update = (set: string, values: readonly unknown[] = []) =>
  database.pool.query(`update calsync.desired_event set ${set} where key = '${key}'`, [...values]);

test('an inserted row is generation 1, has a history and is marked as needing work', async () => {
  await insertEvent(database.pool, key);
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 1, revision: 1 });
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1']);
  expect(await markOf(database.pool, key)).toEqual({ calendar: 'classes', revision: 1 });
});

test('a changed field is a new generation; an update that changes nothing is none and marks nothing', async () => {
  await insertEvent(database.pool, key);
  await update(`summary = 'Algebra'`);
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 2, revision: 2 });
  await database.pool.query('delete from calsync.dirty where key = $1', [key]);
  await update(`summary = 'Algebra'`);
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2']);
  expect(await markOf(database.pool, key)).toBeNull();
});

test('a writer who sets the counters himself changes nothing', async () => {
  await insertEvent(database.pool, key, { generation: 70, revision: 80, attendees_version: 9 });
  await update(
    `generation = 50, revision = 60, attendees_version = 70, created_at = '2000-01-01', updated_at = '2000-01-01'`,
  );
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 1, revision: 1 });
  const { rows } = await database.pool.query(
    `select created_at > '2020-01-01' as fresh, updated_at > '2020-01-01' as stamped, attendees_version from calsync.desired_event where key = $1`,
    [key],
  );
  expect(rows).toEqual([{ fresh: true, stamped: true, attendees_version: 0 }]);
});

test('insert, update, delete and insert again: the numbers of a key go on counting', async () => {
  await insertEvent(database.pool, key);
  await update(`location = 'Room 5'`);
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);
  expect(await markOf(database.pool, key)).toEqual({ calendar: 'classes', revision: 3 });
  await insertEvent(database.pool, key);
  await update(`location = 'Room 6'`);
  expect(await storyOf(database.pool, key)).toEqual([
    'inserted 1.1',
    'updated 2.2',
    'withdrawn 2.3',
    'inserted 3.4',
    'updated 4.5',
  ]);
});

test('inserts that meet the key and become updates leave no gap in its numbers', async () => {
  for (const room of ['Room 1', 'Room 2', 'Room 3']) {
    await database.pool.query(
      `insert into calsync.desired_event (key, calendar, location, start_date, end_date) values ($1, 'classes', $2, '2026-11-30', '2026-12-01')
         on conflict (key) do update set location = excluded.location`,
      [key, room],
    );
  }
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);
  await insertEvent(database.pool, key);
  expect(await storyOf(database.pool, key)).toEqual([
    'inserted 1.1',
    'updated 2.2',
    'updated 3.3',
    'withdrawn 3.4',
    'inserted 4.5',
  ]);
});

test('a key cannot be renamed', async () => {
  await insertEvent(database.pool, key);
  await expect(update(`key = 'other name'`)).rejects.toMatchObject({ code: '23514', constraint: 'key_is_permanent' });
});

test('the history says who, by which door, and how the row was before and after', async () => {
  await insertEvent(database.pool, key);
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query(`set local calsync.actor = 'ada'; set local calsync.door = 'cli'`);
  await client.query('update calsync.desired_event set summary = $2 where key = $1', [key, 'Algebra']);
  await client.query('commit');
  await client.query('update calsync.desired_event set summary = $2 where key = $1', [key, 'Geometry']);
  client.release();
  const { rows } = await database.pool.query(
    `select actor, source, door, before ->> 'summary' as before, after ->> 'summary' as after from calsync.history where key = $1 and kind = 'updated' order by id`,
    [key],
  );
  const role = (await database.pool.query('select session_user as name')).rows[0].name;
  expect(rows).toEqual([
    { actor: 'ada', source: 'caller', door: 'cli', before: key, after: 'Algebra' },
    { actor: role, source: 'caller', door: 'sql', before: 'Algebra', after: 'Geometry' },
  ]);
});

test('[S16B] cancelling closes the attendees in the same statement, as one revision; reviving opens them', async () => {
  await insertEvent(database.pool, key);
  await insertAttendee(database.pool, key, 'ada@example.com');
  await update('cancelled_at = now()');
  const states = () =>
    database.pool.query('select state from calsync.desired_attendee where key = $1', [key]).then(({ rows }) => rows);
  expect(await states()).toEqual([{ state: 'closed' }]);
  await update('cancelled_at = null');
  expect(await states()).toEqual([{ state: 'active' }]);
  expect(await storyOf(database.pool, key)).toEqual([
    'inserted 1.1',
    'attendee_added 1.2',
    'cancelled 2.3',
    'revived 3.4',
  ]);
});

test('[P02] TRUNCATE withdraws every row, with its history, its numbers and a dirty mark', async () => {
  const own = await openMigratedDatabase();
  await insertCalendar(own.pool);
  for (const name of ['a', 'b']) await insertEvent(own.pool, name);
  await insertAttendee(own.pool, 'a', 'ada@example.com');
  await own.pool.query('truncate calsync.desired_event, calsync.desired_attendee');
  const left = await own.pool.query(
    'select key from calsync.desired_event union all select key from calsync.desired_attendee',
  );
  expect(left.rows).toEqual([]);
  expect((await storyOf(own.pool, 'a')).at(-1)).toBe('withdrawn 1.3');
  expect((await storyOf(own.pool, 'b')).at(-1)).toBe('withdrawn 1.2');
  expect(await markOf(own.pool, 'a')).toEqual({ calendar: 'classes', revision: 3 });
  await insertEvent(own.pool, 'a');
  expect(await numbersOf(own.pool, 'a')).toEqual({ generation: 2, revision: 4 });
  await own.close();
});

test('TRUNCATE of the attendees alone takes each off its event', async () => {
  const own = await openMigratedDatabase();
  await insertCalendar(own.pool);
  await insertEvent(own.pool, 'a');
  await insertAttendee(own.pool, 'a', 'ada@example.com');
  await own.pool.query('truncate calsync.desired_attendee');
  expect(await storyOf(own.pool, 'a')).toEqual(['inserted 1.1', 'attendee_added 1.2', 'attendee_removed 1.3']);
  expect(await markOf(own.pool, 'a')).toEqual({ calendar: 'classes', revision: 3 });
  await own.close();
});

test('a key whose event lives on another calendar is worked there; one with an open call, where that call goes', async () => {
  const bound = `${key}-bound`;
  const calling = `${key}-calling`;
  await database.pool.query(
    `insert into calsync.binding (key, incarnation, calendar, event_id, state, hash_version) values ($1, 0, 'other', $1, 'gone', 1)`,
    [bound],
  );
  await database.pool.query(
    `insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, revision) values ('other', 1, $1, 'create', $1, 0, 1)`,
    [calling],
  );
  for (const each of [bound, calling]) await insertEvent(database.pool, each);
  expect(await markOf(database.pool, bound)).toEqual({ calendar: 'other', revision: 1 });
  expect(await markOf(database.pool, calling)).toEqual({ calendar: 'other', revision: 1 });
});

test('a new change ends the waiting of a parked key', async () => {
  await insertEvent(database.pool, key);
  await database.pool.query(
    `update calsync.dirty set parked = true, attempts = 5, fault = 'row', error_kind = 'rejected', reason = 'refused', due_at = now() + interval '1 day' where key = $1`,
    [key],
  );
  await update(`summary = 'Algebra'`);
  const { rows } = await database.pool.query(
    'select parked, attempts, fault, error_kind, reason, revision, due_at <= now() as due from calsync.dirty where key = $1',
    [key],
  );
  expect(rows).toEqual([
    { parked: false, attempts: 0, fault: null, error_kind: null, reason: null, revision: 2, due: true },
  ]);
});

test('history rows are never rewritten, but for their number, once', async () => {
  await insertEvent(database.pool, key);
  await database.pool.query('update calsync.history set position = id where key = $1', [key]);
  const rewrite = database.pool.query(`update calsync.history set actor = 'nobody' where key = $1`, [key]);
  await expect(rewrite).rejects.toMatchObject({ constraint: 'history_is_append_only' });
  const renumber = database.pool.query('update calsync.history set position = id + 1 where key = $1', [key]);
  await expect(renumber).rejects.toMatchObject({ constraint: 'history_is_append_only' });
});

test('a role with rights on the two tables alone can write, and nothing else of ours is open to it', async () => {
  const role = 'writer_of_two_tables';
  await database.pool.query(`do $$ begin create role ${role}; exception when duplicate_object then null; end $$`);
  await database.pool.query(`grant usage on schema calsync to ${role}`);
  await database.pool.query(
    `grant select, insert, update, delete on calsync.desired_event, calsync.desired_attendee to ${role}`,
  );
  const client = await database.pool.connect();
  await client.query(`set role ${role}`);
  await insertEvent(client, key);
  await insertAttendee(client, key, 'ada@example.com');
  await client.query('update calsync.desired_event set cancelled_at = now() where key = $1', [key]);
  await client.query('delete from calsync.desired_event where key = $1', [key]);
  for (const table of ['history', 'dirty', 'account', 'setting', 'key_counter']) {
    await expect(client.query(`select from calsync.${table}`)).rejects.toMatchObject({ code: '42501' });
  }
  await client.query('reset role');
  client.release();
  expect((await storyOf(database.pool, key)).at(-1)).toBe('withdrawn 2.4');
});
