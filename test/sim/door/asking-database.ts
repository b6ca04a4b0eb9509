/** The database as the harness itself asks it through production code: no step is taken, nobody waits. */
import type { Pool } from 'pg';
import { type Db, openDatabase } from '../../../src/store/database.ts';
import type { Site } from '../world.ts';

const known = new WeakMap<Site, Db>();

/** Only for when everything is at rest: between two steps, or at the end. */
export function askingDatabase(site: Site): Db {
  const client = {
    query: async (text: string, values?: readonly unknown[]) => ({
      rows: await site.connection.ask(text, values ?? []),
    }),
    release: () => undefined,
  };
  const pool = { connect: async () => client, end: async () => undefined };
  const db = known.get(site) ?? openDatabase(pool as unknown as Pool); // all that Kysely asks of one for plain statements
  known.set(site, db);
  return db;
}
