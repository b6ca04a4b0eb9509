import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { everyChange, feedEnds, readChanges } from '../../src/store/feed.ts';
import { Sequencer } from '../../src/store/sequencer.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';

let database: MigratedDatabase;
beforeEach(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterEach(() => database.close());

const number = () => new Sequencer(database.db).numberAll(100);

interface Row {
  readonly id: number;
  readonly key: string;
  readonly position: number | null;
  readonly revision: number;
}

async function rows(): Promise<readonly Row[]> {
  return (
    await sql<Row>`select id, key, position, revision from calsync.history order by position nulls last, id`.execute(
      database.db,
    )
  ).rows;
}

const positions = async () => (await rows()).map(({ position }) => position);

async function connected(): Promise<pg.Client> {
  const client = new pg.Client(database.connection);
  await client.connect();
  return client;
}

test('positions begin at 1 and have no gap, also where a transaction was rolled back', async () => {
  await insertEvent(database.pool, 'a');
  const client = await connected();
  await client.query('begin');
  await insertEvent(client, 'lost');
  await client.query('rollback');
  await client.end();
  await insertEvent(database.pool, 'b');
  await number();
  await insertEvent(database.pool, 'c');
  await number();
  expect(await positions()).toEqual([1, 2, 3]);
  expect((await rows()).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
});

test('a writer that commits late appears behind what was handed out, and holds nothing up', async () => {
  const late = await connected();
  await late.query('begin');
  await insertEvent(late, 'late');
  await insertEvent(database.pool, 'early');
  await number();
  const handedOut = await readChanges(database.db, 0, everyChange, 100);
  expect(handedOut.changes.map(({ key, position }) => [key, position])).toEqual([['early', 1]]);
  await late.query('commit');
  await late.end();
  await number();
  const [{ id: earlyId } = { id: 0 }, { id: lateId } = { id: 0 }] = await rows();
  expect(lateId).toBeLessThan(earlyId); // the point: by id it would stand before
  const next = await readChanges(database.db, handedOut.through, everyChange, 100);
  expect(next.changes.map(({ key, position }) => [key, position])).toEqual([['late', 2]]);
});

test('old transactions that stay open, in this and in another database, reading and writing, stall nothing', async () => {
  const { rows: others } = await database.pool.query(
    `select datname from pg_database where datname like 'template_%' = false and datname = 'postgres'`,
  );
  expect(others).toHaveLength(1);
  const elsewhere = new pg.Client({ ...database.connection, database: 'postgres' });
  await elsewhere.connect();
  await elsewhere.query('begin isolation level repeatable read');
  await elsewhere.query('create temporary table held (n int)');
  const here = await connected();
  await here.query('begin isolation level repeatable read');
  await here.query('select count(*) from calsync.history');
  const writing = await connected();
  await writing.query('begin');
  await writing.query('create temporary table held (n int)');
  const sequencer = new Sequencer(database.db);
  for (const key of ['a', 'b', 'c']) {
    await insertEvent(database.pool, key);
    await sequencer.numberAll(10);
    expect((await feedEnds(database.db)).newest).toBe((await rows()).length);
  }
  for (const client of [elsewhere, here, writing]) {
    await client.query('rollback');
    await client.end();
  }
});

test('[S19B] per key the positions are in the order of the commits, whoever writes and numbers at once', async () => {
  const keys = ['k1', 'k2', 'k3'];
  for (const key of keys) await insertEvent(database.pool, key);
  let isWriting = true;
  const numbering = [1, 2, 3].map(async () => {
    const sequencer = new Sequencer(database.db);
    while (isWriting) await sequencer.number();
  });
  const writers = Array.from({ length: 12 }, async (_, writer) => {
    const client = await connected();
    for (let round = 0; round < 25; round += 1) {
      const key = keys[(writer + round) % keys.length] ?? 'k1';
      await client.query('begin');
      await client.query('update calsync.desired_event set summary = $1 where key = $2', [`${writer}.${round}`, key]);
      if (round % 3 === 0) await insertAttendee(client, key, `guest-${writer}-${round}@example.com`);
      if (writer % 2 === 0) await client.query('select pg_sleep(0.002)');
      await client.query(round % 7 === 6 ? 'rollback' : 'commit');
    }
    await client.end();
  });
  const seen: number[] = [];
  let after = 0;
  const reading = (async () => {
    while (isWriting || after < (await feedEnds(database.db)).newest) {
      const read = await readChanges(database.db, after, everyChange, 50);
      seen.push(...read.changes.map(({ position }) => position));
      after = read.through;
    }
  })();
  await Promise.all(writers);
  isWriting = false;
  await Promise.all(numbering);
  await number();
  await reading;
  const all = await rows();
  expect(all.map(({ position }) => position)).toEqual(all.map((_, index) => index + 1));
  for (const key of keys) {
    const revisions = all.filter((row) => row.key === key).map(({ revision }) => revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(new Set(revisions).size).toBe(Math.max(...revisions));
  }
  expect(seen.slice(0, all.length)).toEqual(all.map(({ position }) => position).slice(0, seen.length));
});

test('what the same sequencer leaves behind is never skipped: ids that appear below its mark', async () => {
  const sequencer = new Sequencer(database.db);
  const late = await connected();
  await late.query('begin');
  await insertEvent(late, 'late');
  for (let n = 0; n < 20; n += 1) {
    await insertEvent(database.pool, `early-${n}`);
    await sequencer.number();
  }
  await late.query('commit');
  await late.end();
  await sequencer.number();
  expect(await positions()).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  await insertEvent(database.pool, 'after');
  await sequencer.number();
  await sequencer.number();
  await insertEvent(database.pool, 'after that');
  await sequencer.number();
  expect((await positions()).includes(null)).toBe(false);
});

test('more than one round takes, with a writer that commits in between: nothing is skipped, whatever the mark', async () => {
  const sequencer = new Sequencer(database.db);
  const many = (name: string) =>
    database.pool.query(
      `insert into calsync.desired_event (key, calendar, start_date, end_date)
         select '${name}-' || n, 'classes', '2027-01-01', '2027-01-02' from generate_series(1, 2500) n`,
    );
  const late = await connected();
  await late.query('begin');
  await late.query(
    `insert into calsync.desired_event (key, calendar, start_date, end_date)
       select 'late-' || n, 'classes', '2027-01-01', '2027-01-02' from generate_series(1, 4500) n`,
  );
  await many('first');
  expect(await sequencer.numberAll(1)).toBe('some');
  await late.query('commit');
  await late.end();
  await many('second');
  expect(await sequencer.numberAll(100)).toBe('all');
  expect(await sequencer.number()).toBe('all');
  expect(await positions()).toEqual(Array.from({ length: 9_500 }, (_, index) => index + 1));
});

describe('a filter', () => {
  beforeEach(async () => {
    await insertCalendar(database.pool, 'other');
    await database.pool.query(`insert into calsync.person (id) values ('p-1'), ('p-2')`);
    await database.pool.query(
      `insert into calsync.person_address (person, kind, address) values ('p-1', 'calendar', 'one@example.com'), ('p-2', 'calendar', 'two@example.com')`,
    );
  });

  const told = async (filter: Partial<typeof everyChange>) => {
    await number();
    const { changes } = await readChanges(database.db, 0, { ...everyChange, ...filter }, 100);
    return changes.map(({ kind, key }) => `${kind} ${key}`);
  };

  test('by calendar: an event that comes or goes is told to both, its guests to the one where it is', async () => {
    await insertEvent(database.pool, 'a');
    await database.pool.query(`update calsync.desired_event set calendar = 'other' where key = 'a'`);
    await insertAttendee(database.pool, 'a', 'x@example.com');
    expect(await told({ calendars: ['classes'] })).toEqual(['inserted a', 'updated a']);
    expect(await told({ calendars: ['other'] })).toEqual(['updated a', 'attendee_added a']);
    expect(await told({ calendars: ['other', 'classes'] })).toHaveLength(3);
  });

  test('by schedule', async () => {
    await insertEvent(database.pool, 'a', { schedule: 's' });
    await insertEvent(database.pool, 'b', { schedule: 't' });
    await database.pool.query(`update calsync.desired_event set schedule = null where key = 'a'`);
    expect(await told({ schedules: ['s'] })).toEqual(['inserted a', 'updated a']);
    expect(await told({ schedules: ['s'], calendars: ['other'] })).toEqual([]);
  });

  test('by person: what happens to events that they are on, their coming and going, and the withdrawal', async () => {
    await insertEvent(database.pool, 'a');
    await database.pool.query(`insert into calsync.desired_attendee (key, person) values ('a', 'p-1'), ('a', 'p-2')`);
    await database.pool.query(`update calsync.desired_event set summary = 'New' where key = 'a'`);
    await database.pool.query(`delete from calsync.desired_attendee where key = 'a' and person = 'p-2'`);
    await database.pool.query(`delete from calsync.desired_event where key = 'a'`);
    const both = ['attendee_added a', 'attendee_added a', 'updated a', 'attendee_removed a'];
    expect(await told({ people: ['p-1'] })).toEqual([...both, 'withdrawn a']);
    expect(await told({ people: ['p-2'] })).toEqual(both);
    expect(await told({ people: ['p-3'] })).toEqual([]);
  });
});

test('a reading goes no further than its stretch, and says how far it looked', async () => {
  await database.pool.query(
    `insert into calsync.desired_event (key, calendar, schedule, start_date, end_date)
       select 'key-' || n, 'classes', case when n = 5900 then 'rare' end, '2027-01-01', '2027-01-02' from generate_series(1, 6000) n`,
  );
  await number();
  const first = await readChanges(database.db, 0, { ...everyChange, schedules: ['rare'] }, 10);
  expect(first).toMatchObject({ changes: [], through: 5_000, newest: 6_000 });
  const second = await readChanges(database.db, first.through, { ...everyChange, schedules: ['rare'] }, 10);
  expect(second.changes).toHaveLength(1);
  expect(second.through).toBe(6_000);
});
