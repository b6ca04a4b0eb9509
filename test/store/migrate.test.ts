import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { timeZoneNames } from '../../src/core/time-zone.ts';
import { type Db, openDatabase, openPool } from '../../src/store/database.ts';
import { checkMigrations, migrateToLatest } from '../../src/store/migrate.ts';
import { migrationFiles } from '../../src/store/migration-files.ts';
import { readInstallation } from '../../src/store/setting.ts';
import { systemRandom } from '../support/migrated.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { insertCalendar } from '../support/rows.ts';

let database: TestDatabase;
let opened: Db[];
beforeEach(async () => {
  database = await createTestDatabase();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((db) => db.destroy()));
  await database.drop();
});

function open(): Db {
  const db = openDatabase(openPool({ connection: database.connection }));
  opened.push(db);
  return db;
}

/** The schema as it was up to this migration, for rows that a later one finds there. */
async function migrateUpTo(db: Db, name: string): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: migrationFiles,
    migrationTableSchema: 'calsync',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  const { error } = await migrator.migrateTo(name);
  if (error !== undefined) throw error;
}

test('an empty database is migrated once, and again without doing anything', async () => {
  const db = open();
  expect((await checkMigrations(db)).applied).toEqual([]);

  const first = await migrateToLatest(db, systemRandom);
  const installation = await readInstallation(db);
  const second = await migrateToLatest(db, systemRandom);

  expect(first.length).toBeGreaterThan(3);
  expect(second).toEqual([]);
  expect(await checkMigrations(db)).toEqual({ applied: first, pending: [] });
  expect(installation.name).toMatch(/^i[0-9a-f]{16}$/);
  expect(await readInstallation(db)).toEqual(installation);
});

test('five connections that migrate an empty database at once: one does, all end with the same schema and installation', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => migrateToLatest(open(), systemRandom)));
  expect(results.filter((ran) => ran.length > 0)).toHaveLength(1);
  expect((await checkMigrations(open())).pending).toEqual([]);
});

test('two processes that migrate an empty database at once both succeed and name one installation', async () => {
  const program = `
    import { openDatabase, openPool } from './src/store/database.ts';
    import { migrateToLatest } from './src/store/migrate.ts';
    import { readInstallation } from './src/store/setting.ts';
    const db = openDatabase(openPool({ connection: { url: process.argv[1] } }));
    const random = { fraction: () => 0, hex: (count) => String(process.pid % 10).repeat(count * 2) };
    await migrateToLatest(db, random);
    console.log((await readInstallation(db)).name);
    await db.destroy();`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, database.url]);
  const [one, other] = await Promise.all([run(), run()]);
  expect(one.stdout).toMatch(/^i\d{16}\n$/);
  expect(other.stdout).toBe(one.stdout);
});

test('a schema that is newer than the program is refused by name and left alone', async () => {
  const db = open();
  await migrateToLatest(db, systemRandom);
  await sql`insert into calsync.migration (name, timestamp) values ('9999_from_the_future', '2030-01-01')`.execute(db);

  const refusal = { kind: 'usage', reason: 'schema_newer', message: expect.stringContaining('9999_from_the_future') };
  await expect(migrateToLatest(db, systemRandom)).rejects.toMatchObject(refusal);
  await expect(checkMigrations(db)).rejects.toMatchObject(refusal);
});

test('a migration that fails leaves nothing behind, and the next run starts from there', async () => {
  const db = open();
  await sql`create schema calsync; create table calsync.dirty (stands_in_the_way int)`.execute(db);
  await expect(migrateToLatest(db, systemRandom)).rejects.toThrow(/already exists/);
  expect((await checkMigrations(db)).applied).toEqual([]);

  await sql`drop table calsync.dirty`.execute(db);
  expect((await migrateToLatest(db, systemRandom)).length).toBeGreaterThan(3);
});

test('the zones that a row may name are those of the program that this server knows', async () => {
  const db = open();
  await migrateToLatest(db, systemRandom);
  const { rows } = await sql<{ name: string }>`select name from calsync.time_zone`.execute(db);
  const names = rows.map((row) => row.name);
  expect(names.filter((name) => !timeZoneNames.includes(name))).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining(['Europe/Copenhagen', 'America/New_York', 'Asia/Calcutta', 'Asia/Kolkata', 'UTC']),
  );
  expect(timeZoneNames.length - names.length).toBeLessThan(5); // zones younger than the server's own data
});

test('[P17] what was kept of a series that a person broke off is known for its rest, and no occurrence is', async () => {
  const db = open();
  await migrateUpTo(db, '0006_retention');
  const pool = openPool({ connection: database.connection });
  await insertCalendar(pool);
  const seen: readonly (readonly [eventId: string, series: string | null])[] = [
    ['class', null],
    ['class_20270308T090000Z', 'class'],
    ['class_R20270315T090000', 'class'],
    ['class_R20270315T090000_20270322T090000Z', 'class_R20270315T090000'],
    ['class_R20270315T090000_R20270405T090000', 'class_R20270315T090000'],
    ['day_R20270315', 'day'],
    ['some_R2027', null],
  ];
  for (const [eventId, series] of seen)
    await pool.query(
      `insert into calsync.observed_event (calendar, event_id, etag, status, recurring_event_id, ours, hash_version, listing, source)
         values ('classes', $1, '"1"', 'confirmed', $2, false, 1, 1, 'list')`,
      [eventId, series],
    );
  await pool.end();

  await migrateToLatest(db, systemRandom);
  const { rows } = await sql<{ event_id: string; series: string | null; rest_of: string | null }>`
    select event_id, recurring_event_id as series, rest_of from calsync.observed_event order by event_id collate "C"`.execute(
    db,
  );
  expect(rows.map(({ event_id, series, rest_of }) => [event_id, series, rest_of])).toEqual([
    ['class', null, null],
    ['class_20270308T090000Z', 'class', null],
    ['class_R20270315T090000', null, 'class'],
    ['class_R20270315T090000_20270322T090000Z', 'class_R20270315T090000', null],
    ['class_R20270315T090000_R20270405T090000', null, 'class_R20270315T090000'],
    ['day_R20270315', null, 'day'],
    ['some_R2027', null, null],
  ]);
});
