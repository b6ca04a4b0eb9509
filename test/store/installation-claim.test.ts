import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Db, openDatabase, openPool } from '../../src/store/database.ts';
import { claimDatabase, claimedDatabase, isClaimed, requireClaimed } from '../../src/store/installation-claim.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { systemRandom } from '../support/migrated.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** Installed under this name; every test database is a copy of it. */
const installed = {
  name: 'installed',
  async prepare(connection: TestDatabase['connection']) {
    const db = openDatabase(openPool({ connection }));
    await migrateToLatest(db, systemRandom);
    if (!(await isClaimed(db))) throw new Error('an installed database is the installation');
    await db.destroy();
  },
};

let copy: TestDatabase;
let db: Db;
beforeAll(async () => {
  copy = await createTestDatabase(installed);
  db = openDatabase(openPool({ connection: copy.connection }));
});
afterAll(async () => {
  await db.destroy();
  await copy.drop();
});

describe('[P35] a database that was copied under another name', () => {
  test('knows that it is none of its own, also after migrating again, until it is claimed', async () => {
    expect(await isClaimed(db)).toBe(false);
    await expect(requireClaimed(db)).rejects.toMatchObject({ kind: 'refused', reason: 'database_copied' });
    await migrateToLatest(db, systemRandom);
    expect(await isClaimed(db)).toBe(false);

    const before = await claimDatabase(db);
    expect(before?.name).not.toBe(copy.connection.database);
    expect(await isClaimed(db)).toBe(true);
    expect((await claimedDatabase(db))?.name).toBe(copy.connection.database);
    await requireClaimed(db);
  });

  test('another server with the same name is another database', async () => {
    await claimDatabase(db);
    await sql`update calsync.setting set value = jsonb_set(value, '{system}', '"1"') where name = 'database'`.execute(
      db,
    );
    expect(await isClaimed(db)).toBe(false);
    await claimDatabase(db);
    expect(await isClaimed(db)).toBe(true);
  });

  test('a role without rights of its own can ask, too', async () => {
    await db.transaction().execute(async (tx) => {
      await sql`create role plain_asker`.execute(tx);
      await sql`grant usage on schema calsync to plain_asker`.execute(tx);
      await sql`grant select on all tables in schema calsync to plain_asker`.execute(tx);
      await sql`set local role plain_asker`.execute(tx);
      expect(await isClaimed(tx)).toBe(true);
      await sql`reset role`.execute(tx);
      await sql`drop owned by plain_asker`.execute(tx);
      await sql`drop role plain_asker`.execute(tx);
    });
  });
});
