/** Two connections with open transactions on one event: whoever comes second waits, and nothing is lost in silence. */
import { DatabaseError, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAttendees } from '../../src/write/attendees.ts';
import { patchFields } from '../../src/write/patch.ts';
import { putEvents } from '../../src/write/put.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent, numbersOf, storyOf } from '../support/rows.ts';
import { ada, aGuest, aSpec } from '../support/specs.ts';

let database: MigratedDatabase;
let one: PoolClient;
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
  [one, other] = await Promise.all([database.pool.connect(), database.pool.connect()]);
});
afterEach(async () => {
  for (const client of [one, other]) {
    await client.query('rollback');
    client.release();
  }
});

/** Begun, and waiting for a lock: what it asks for is held by the other connection. */
async function waiting<Result>(begun: Promise<Result>): Promise<{ readonly done: Promise<Result> }> {
  begun.catch(() => undefined); // it may fail while nobody listens yet
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.length;
    })
    .toBe(1);
  return { done: begun };
}

async function constraintOf(done: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof DatabaseError ? error.constraint : undefined;
}

async function guestsOf(): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ guest: string }>(
    `select address || ' ' || state as guest from calsync.desired_attendee where key = $1 order by address`,
    [key],
  );
  return rows.map(({ guest }) => guest);
}

async function rowOf(): Promise<Readonly<Record<string, unknown>>> {
  const { rows } = await database.pool.query('select * from calsync.desired_event where key = $1', [key]);
  return rows[0];
}

const put = (client: PoolClient, fields: object, generation: number | null = null) =>
  client.query('select * from calsync.put_event($1, generation => $2)', [
    JSON.stringify({
      key,
      calendar: 'classes',
      summary: key,
      start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
      ...fields,
    }),
    generation,
  ]);

describe('two writers of one event', () => {
  beforeEach(() => insertEvent(database.pool, key));

  test('[S13A] who names the generation that was there before the other wrote is told, and writes nothing', async () => {
    await one.query('begin');
    await put(one, { location: 'Room 5' }, 1);
    await other.query('begin');
    const late = await waiting(put(other, { location: 'Room 6' }, 1));
    await one.query('commit');
    expect(await constraintOf(late.done)).toBe('generation_moved');
    expect(await rowOf()).toMatchObject({ location: 'Room 5', generation: 2 });
  });

  test('[S13A] through two doors: the second is told of the conflict all the same', async () => {
    await one.query('begin');
    await put(one, { location: 'Room 5' }, 1);
    const late = await waiting(putEvents(database.db, [aSpec({ key, location: 'Room 6' })], ada, { generation: 1 }));
    await one.query('commit');
    expect(await late.done).toMatchObject({ kind: 'refused', problems: [{ kind: 'generation_moved' }] });
    expect(await rowOf()).toMatchObject({ location: 'Room 5' });
  });

  test('[S13C] payment and time change together, and both changes survive', async () => {
    await one.query('begin');
    await one.query(`update calsync.desired_event set labels = labels || '{"payment": "confirmed"}' where key = $1`, [
      key,
    ]);
    const late = await waiting(
      patchFields(
        database.db,
        key,
        {
          start: { kind: 'time', local: '2026-12-01T10:00:00', zone: 'Europe/Copenhagen', offset: null },
          end: { kind: 'time', local: '2026-12-01T11:00:00', zone: 'Europe/Copenhagen', offset: null },
        },
        ada,
      ),
    );
    await one.query('commit');
    await late.done;
    const { rows } = await database.pool.query(
      `select labels, to_char(start_local, 'YYYY-MM-DD HH24:MI') as start from calsync.desired_event where key = $1`,
      [key],
    );
    expect(rows).toEqual([{ labels: { payment: 'confirmed' }, start: '2026-12-01 10:00' }]);
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2', 'updated 3.3']);
  });

  test('[S13A] enrolling someone does not disturb an editor who named the generation', async () => {
    await one.query('begin');
    await one.query(`select calsync.add_attendee($1, 'ada@example.com')`, [key]);
    const editor = await waiting(put(other, { location: 'Room 6' }, 1));
    await one.query('commit');
    expect((await editor.done).rows).toMatchObject([{ kind: 'changed', generation: 2, revision: 3 }]);
    expect(await guestsOf()).toEqual(['ada@example.com active']);
  });
});

describe('a person enrols while the class is cancelled', () => {
  beforeEach(async () => {
    await insertEvent(database.pool, key);
    await one.query('begin');
  });
  const enrol = (client: PoolClient) => client.query(`select calsync.add_attendee($1, 'ada@example.com')`, [key]);
  const enrolPlainly = (client: PoolClient) =>
    client.query(`insert into calsync.desired_attendee (key, address) values ($1, 'ada@example.com')`, [key]);
  const cancel = (client: PoolClient) => client.query('select calsync.cancel_event($1)', [key]);

  test.each([
    ['add_attendee', enrol],
    ['a plain insert', enrolPlainly],
  ])('[S13B] cancelled first: %s is refused, and nobody is on it', async (_, doEnrol) => {
    await cancel(one);
    const late = await waiting(doEnrol(other));
    await one.query('commit');
    expect(await constraintOf(late.done)).toBe('event_is_cancelled');
    expect(await guestsOf()).toEqual([]);
  });

  test.each([
    ['add_attendee', enrol],
    ['a plain insert', enrolPlainly],
  ])('[S13B] enrolled first by %s: the cancellation closes the enrolment', async (_, doEnrol) => {
    await doEnrol(one);
    const late = await waiting(cancel(other));
    await one.query('commit');
    await late.done;
    expect(await guestsOf()).toEqual(['ada@example.com closed']);
  });

  test('[S13B] a cancellation that is taken back lets the enrolment through', async () => {
    await cancel(one);
    const late = await waiting(enrol(other));
    await one.query('rollback');
    await late.done;
    expect(await guestsOf()).toEqual(['ada@example.com active']);
  });
});

describe('one key, written again', () => {
  test('[S08A] two clicks at the same moment are one event, created once', async () => {
    await one.query('begin');
    await put(one, {});
    const late = await waiting(put(other, {}));
    await one.query('commit');
    expect((await late.done).rows).toMatchObject([{ kind: 'unchanged', generation: 1 }]);
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1']);
  });

  test('[S08A] so are two clicks through two doors', async () => {
    await one.query('begin');
    await put(one, {});
    const late = await waiting(putEvents(database.db, [aSpec({ key })], ada));
    await one.query('commit');
    expect(await late.done).toMatchObject({ kind: 'written', keys: [{ kind: 'unchanged', generation: 1 }] });
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1']);
  });

  test('[S08B] the key that comes back with a new time, days later, is the same event', async () => {
    await put(one, {});
    await put(other, {
      start: { dateTime: '2026-12-07T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2026-12-07T11:00:00', timeZone: 'Europe/Copenhagen' },
    });
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2']);
  });

  test('[S08C] a client that dies in the middle leaves nothing, and its repetition makes one event', async () => {
    await one.query('begin');
    await put(one, { attendees: [{ email: 'ada@example.com' }] });
    const { rows } = await one.query<{ pid: number }>('select pg_backend_pid() as pid');
    const cut = new Promise((resolve) => one.once('error', resolve));
    const late = await waiting(put(other, { attendees: [{ email: 'ada@example.com' }] }));
    await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await cut;
    one.release(true);
    one = await database.pool.connect();
    expect((await late.done).rows).toMatchObject([{ kind: 'created', generation: 1 }]);
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'attendee_added 1.2']);
  });
});

test('[S04A] fifty people who enrol at the same moment, by every door, are all on it', async () => {
  await insertEvent(database.pool, key);
  const enrolments = Array.from({ length: 50 }, async (_, index) => {
    const address = `guest${index}@example.com`;
    if (index % 3 === 0) return database.pool.query('select calsync.add_attendee($1, $2)', [key, address]);
    if (index % 3 === 1)
      return database.pool.query('insert into calsync.desired_attendee (key, address) values ($1, $2)', [key, address]);
    return addAttendees(database.db, key, [aGuest(address)], ada);
  });
  await Promise.all(enrolments);
  expect(await guestsOf()).toHaveLength(50);
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 1, revision: 51 });
});
