import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { normaliseAddress } from '../../src/core/address.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent, markOf, numbersOf, storyOf } from '../support/rows.ts';

let database: MigratedDatabase;
let key: string;
let count = 0;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());
beforeEach(async () => {
  count += 1;
  key = `class-${count}`;
  await insertEvent(database.pool, key);
});

const guests = async () => {
  const { rows } = await database.pool.query(
    'select address, state from calsync.desired_attendee where key = $1 order by address',
    [key],
  );
  return rows;
};
const cancel = (client: PoolClient) =>
  client.query('update calsync.desired_event set cancelled_at = now() where key = $1', [key]);

/** Two open transactions; `later` waits for `earlier` until that commits. */
async function overlap(
  earlier: (client: PoolClient) => Promise<unknown>,
  later: (client: PoolClient) => Promise<unknown>,
): Promise<unknown> {
  const [first, second] = [await database.pool.connect(), await database.pool.connect()];
  await first.query('begin');
  await second.query('begin');
  await earlier(first);
  const { rows } = await second.query<{ pid: number }>('select pg_backend_pid() as pid');
  const outcome = later(second).then(
    () => second.query('commit').then(() => 'committed'),
    (error: unknown) => second.query('rollback').then(() => error),
  );
  await untilWaiting(rows[0]?.pid);
  await first.query('commit');
  const result = await outcome;
  first.release();
  second.release();
  return result;
}

async function untilWaiting(pid: number | undefined): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await database.pool.query('select wait_event_type from pg_stat_activity where pid = $1', [
          pid,
        ]);
        return rows[0]?.wait_event_type;
      },
      { timeout: 10_000 },
    )
    .toBe('Lock');
}

test('[S13B] a cancellation that comes while an enrolment is open waits for it, then closes it too', async () => {
  const result = await overlap((client) => insertAttendee(client, key, 'ada@example.com'), cancel);
  expect(result).toBe('committed');
  expect(await guests()).toEqual([{ address: 'ada@example.com', state: 'closed' }]);
});

test('of two enrolments that would both be the five hundredth, the later one is refused', async () => {
  await database.pool.query(
    `insert into calsync.desired_attendee (key, address) select $1, 'guest-' || n || '@example.com' from generate_series(1, 499) n`,
    [key],
  );
  const result = await overlap(
    (client) => insertAttendee(client, key, 'ada@example.com'),
    (client) => insertAttendee(client, key, 'bob@example.com'),
  );
  expect(result).toMatchObject({ code: '23514', constraint: 'attendees_limit' });
  expect(await guests()).toHaveLength(500);
});

test('[S13B] an enrolment that comes while a cancellation is open waits for it, then is refused', async () => {
  const result = await overlap(cancel, (client) => insertAttendee(client, key, 'ada@example.com'));
  expect(result).toMatchObject({
    code: '23514',
    constraint: 'event_is_cancelled',
    hint: expect.stringContaining('cancelled_at'),
  });
  expect(await guests()).toEqual([]);
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'cancelled 2.2']);
});

test('[S13B] an enrolment that comes while the row is being deleted is refused whole', async () => {
  const result = await overlap(
    (client) => client.query('delete from calsync.desired_event where key = $1', [key]),
    (client) => insertAttendee(client, key, 'ada@example.com'),
  );
  expect(result).toMatchObject({ code: '23503' });
  expect(await guests()).toEqual([]);
});

test('[S04A] fifty people who enrol at the same moment are all on the event, each with a revision of its own', async () => {
  await Promise.all(
    Array.from({ length: 50 }, (_, index) => insertAttendee(database.pool, key, `student-${index}@example.com`)),
  );
  expect(await guests()).toHaveLength(50);
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 1, revision: 51 });
  expect(await markOf(database.pool, key)).toMatchObject({ revision: 51 });
  const { rows } = await database.pool.query(
    `select count(distinct revision)::int as revisions from calsync.history where key = $1 and kind = 'attendee_added'`,
    [key],
  );
  expect(rows).toEqual([{ revisions: 50 }]);
});

test('many attendees in one statement are one revision and a history row each', async () => {
  await database.pool.query(
    `insert into calsync.desired_attendee (key, address) select $1, 'student-' || n || '@example.com' from generate_series(1, 3) n`,
    [key],
  );
  await database.pool.query(
    `update calsync.desired_attendee set optional = true where key = $1 and address like 'student-1%'`,
    [key],
  );
  await database.pool.query('delete from calsync.desired_attendee where key = $1', [key]);
  expect(await storyOf(database.pool, key)).toEqual([
    'inserted 1.1',
    ...Array(3).fill('attendee_added 1.2'),
    'attendee_changed 1.3',
    ...Array(3).fill('attendee_removed 1.4'),
  ]);
});

test('an update of attendees that changes nothing is no revision', async () => {
  await insertAttendee(database.pool, key, 'ada@example.com');
  await database.pool.query('update calsync.desired_attendee set optional = false where key = $1', [key]);
  expect(await numbersOf(database.pool, key)).toEqual({ generation: 1, revision: 2 });
});

test("a cancelled event takes no attendee, and the state of an attendee is not the writer's to set", async () => {
  await insertAttendee(database.pool, key, 'ada@example.com');
  const close = database.pool.query(`update calsync.desired_attendee set state = 'closed' where key = $1`, [key]);
  await expect(close).rejects.toMatchObject({ code: '23514', constraint: 'state_follows_event' });
  await database.pool.query('update calsync.desired_event set cancelled_at = now() where key = $1', [key]);
  await expect(insertAttendee(database.pool, key, 'bob@example.com')).rejects.toMatchObject({
    constraint: 'event_is_cancelled',
  });
});

test('one mailbox is one attendee, however it is spelt, and a row stays about it', async () => {
  await insertAttendee(database.pool, key, 'Ada.Lovelace+maths@gmail.com');
  await expect(insertAttendee(database.pool, key, 'adalovelace@googlemail.com')).rejects.toMatchObject({
    code: '23505',
  });
  const replace = database.pool.query(
    `update calsync.desired_attendee set address = 'bob@example.com' where key = $1`,
    [key],
  );
  await expect(replace).rejects.toMatchObject({ constraint: 'attendee_is_permanent' });
});

test('the database and the program compare addresses alike', async () => {
  const addresses = [
    'Ada@Example.com',
    'a.d.a@gmail.com',
    'ADA+x+y@GoogleMail.com',
    '+@gmail.com',
    '...@gmail.com',
    'a.b+c@example.org',
    'a+b@gmail.com.example',
    'x@GMAIL.COM',
    "o'neil@example.com",
    'ada+@gmail.com',
  ];
  const { rows } = await database.pool.query(
    'select calsync.normal_address(address) as normal from unnest($1::text[]) with ordinality as t (address, place) order by place',
    [addresses],
  );
  expect(rows.map((row) => row.normal)).toEqual(addresses.map(normaliseAddress));
});

test('enrolments in several events at once, in opposite orders, all succeed or are told to try again', async () => {
  const other = `${key}-other`;
  await insertEvent(database.pool, other);
  const enrol = (keys: readonly string[], address: string) =>
    database.pool.query('insert into calsync.desired_attendee (key, address) select unnest($1::text[]), $2', [
      keys,
      address,
    ]);
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      enrol(index % 2 === 0 ? [key, other] : [other, key], `student-${index}@example.com`),
    ),
  );
  expect(await numbersOf(database.pool, key)).toMatchObject({ revision: 21 });
  expect(await numbersOf(database.pool, other)).toMatchObject({ revision: 21 });
});
