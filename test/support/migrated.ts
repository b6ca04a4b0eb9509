import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { Random } from '../../src/core/ports.ts';
import { type Db, openDatabase, openPool } from '../../src/store/database.ts';
import { claimDatabase } from '../../src/store/installation-claim.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { createTestDatabase, type TestConnection } from './postgres.ts';
import type { Template } from './template.ts';

export const systemRandom: Random = {
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
  hex: (byteCount) => randomBytes(byteCount).toString('hex'),
};

/** A database with the whole schema in it and no row of ours but the installation's settings. */
const migratedTemplate: Template = {
  name: 'migrated',
  async prepare(connection) {
    const db = openDatabase(openPool({ connection }));
    await migrateToLatest(db, systemRandom);
    await db.destroy();
  },
};

export interface MigratedDatabase {
  readonly pool: Pool;
  readonly db: Db;
  readonly connection: TestConnection;
  readonly url: string;
  close(): Promise<void>;
}

/** Its own migrated database for a test or a test file. */
export async function openMigratedDatabase(): Promise<MigratedDatabase> {
  const database = await createTestDatabase(migratedTemplate);
  const pool = openPool({ connection: database.connection, maxConnections: 60 });
  const db = openDatabase(pool);
  // A copy of the template, as it is, would write nothing to Google.
  await claimDatabase(db);
  return {
    pool,
    db,
    connection: database.connection,
    url: database.url,
    async close() {
      await db.destroy();
      await database.drop();
    },
  };
}
