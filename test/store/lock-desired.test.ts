import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../../src/store/database.ts';
import { lockDesired } from '../../src/store/desired.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());

/** What a second writer finds that asked for the lock while a first one held it and then committed. */
async function foundAfter(
  keys: readonly string[],
  first: (query: (text: string) => Promise<unknown>) => Promise<void>,
) {
  const holder = await database.pool.connect();
  try {
    await holder.query('begin');
    await first((text) => holder.query(text));
    const second = database.db.transaction().execute((tx) => lockDesired(tx as Tx, keys));
    await untilSomeoneWaits();
    await holder.query('commit');
    return await second;
  } finally {
    holder.release();
  }
}

async function untilSomeoneWaits(): Promise<void> {
  for (;;) {
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const guestsOf = (found: Awaited<ReturnType<typeof lockDesired>>, key: string) =>
  found.get(key)?.spec.attendees?.map(({ email }) => email);

test('[S13B] a row whose lock was awaited comes with the guests that its last writer left, not with those of before', async () => {
  await insertEvent(database.pool, 'a');
  await insertEvent(database.pool, 'b', { summary: 'other', start_local: '2026-11-30T10:10:00' });
  await insertAttendee(database.pool, 'a', 'ada@example.com');
  await insertAttendee(database.pool, 'b', 'bob@example.com');
  const found = await foundAfter(['a', 'b'], async (query) => {
    await query(`insert into calsync.desired_attendee (key, address) values ('a', 'grace@example.com')`);
    await query(`update calsync.desired_event set location = 'Room 9' where key = 'a'`);
  });
  expect(guestsOf(found, 'a')).toEqual(['ada@example.com', 'grace@example.com']);
  expect(guestsOf(found, 'b')).toEqual(['bob@example.com']);
  expect(found.get('a')).toMatchObject({ spec: { location: 'Room 9' }, generation: 2, revision: 4 });
});

test('a row that its last writer withdrew is not there', async () => {
  await insertEvent(database.pool, 'c', { summary: 'third' });
  const found = await foundAfter(['c'], async (query) => {
    await query(`delete from calsync.desired_event where key = 'c'`);
  });
  expect(found.size).toBe(0);
});
