import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent } from '../support/rows.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());

test("values arrive as the database file says, whatever a role's own settings are", async () => {
  await database.pool.query(`alter database ${database.connection.database} set datestyle = 'German, DMY'`);
  await database.pool.query(`alter database ${database.connection.database} set timezone = 'Asia/Tokyo'`);
  const later = openDatabase(openPool({ connection: database.connection }));
  const { rows } = await sql`
    select timestamptz '2026-11-30T10:00:00Z' as instant, timestamp '2026-11-30 10:00' as local, date '2026-11-30' as day,
           9007199254740991::bigint as big, '{"a": [1]}'::jsonb as json, null::timestamp as nothing`.execute(later);
  expect(rows).toEqual([
    {
      instant: new Date('2026-11-30T10:00:00Z'),
      local: '2026-11-30T10:00:00',
      day: '2026-11-30',
      big: 9007199254740991,
      json: { a: [1] },
      nothing: null,
    },
  ]);
  await later.destroy();
});

test('a number that JavaScript would round is refused', async () => {
  await expect(sql`select 9007199254740993::bigint as big`.execute(database.db)).rejects.toMatchObject({
    kind: 'invariant',
  });
});

test('two transactions that lock each other out are both done in the end', async () => {
  await insertEvent(database.pool, 'a');
  await insertEvent(database.pool, 'b');
  const met = Promise.withResolvers<void>();
  let waiting = 0;
  let attempts = 0;
  const write = (first: string, second: string) =>
    inTransaction(database.db, async (tx) => {
      attempts += 1;
      const room = (key: string) =>
        tx
          .updateTable('desired_event')
          .set({ location: `${first}${second}` })
          .where('key', '=', key)
          .execute();
      await room(first);
      waiting += 1;
      if (waiting >= 2) met.resolve();
      await met.promise;
      await room(second);
    });
  await Promise.all([write('a', 'b'), write('b', 'a')]);
  // One of the two was the victim at least once; on a busy machine it may be again.
  expect(attempts).toBeGreaterThanOrEqual(3);
  const { rows } = await database.pool.query(
    `select count(distinct location)::int as rooms, max(generation) as generation from calsync.desired_event`,
  );
  expect(rows).toEqual([{ rooms: 1, generation: 3 }]);
});
