import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';

const rowsPerStatement = 1_000;
/** 100,000 takes a while on a busy machine: CALSYNC_TEST_BULK_ROWS=100000. */
const rowCount = Number(process.env.CALSYNC_TEST_BULK_ROWS ?? 10_000);

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());

test('many rows inserted through unnest are all there, each with its stamps, history and dirty mark; then all withdrawn', async () => {
  const client = await database.pool.connect();
  const started = performance.now();
  await client.query('begin');
  for (let first = 0; first < rowCount; first += rowsPerStatement) {
    const keys = Array.from({ length: rowsPerStatement }, (_, index) => `key-${first + index}`);
    await client.query(
      `insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
         select key, 'classes', 'Class ' || key, '2026-11-30 10:00', 'Europe/Copenhagen', '2026-11-30 11:00', 'Europe/Copenhagen'
           from unnest($1::text[]) as stated (key)`,
      [keys],
    );
  }
  await client.query('commit');
  const insertedMs = performance.now() - started;
  const counts = () =>
    client.query(`
      select (select count(*)::int from calsync.desired_event) as rows, (select count(*)::int from calsync.dirty) as marks,
             (select count(*)::int from calsync.history where kind = 'inserted') as inserted,
             (select count(*)::int from calsync.history where kind = 'withdrawn') as withdrawn`);
  expect((await counts()).rows).toEqual([{ rows: rowCount, marks: rowCount, inserted: rowCount, withdrawn: 0 }]);

  const emptying = performance.now();
  await client.query('truncate calsync.desired_event, calsync.desired_attendee');
  const truncatedMs = performance.now() - emptying;
  expect((await counts()).rows).toEqual([{ rows: 0, marks: rowCount, inserted: rowCount, withdrawn: rowCount }]);
  client.release();
  console.log(`${rowCount} rows: inserted in ${insertedMs.toFixed(0)} ms, truncated in ${truncatedMs.toFixed(0)} ms`);
});
