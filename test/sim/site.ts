/** One installation of calsync in the simulation: its database, and the processes that work on it. */
import type { Pool, PoolClient } from 'pg';
import { superuser } from '../../src/sandbox/cluster.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { readInstallation } from '../../src/store/setting.ts';
import { clearingOf, createSimulationDatabase } from './template.ts';

/** A simulation database that run after run uses, empty at the start of each. */
export interface SiteDatabase {
  readonly name: string;
  readonly installation: string;
  readonly fingerprintSecret: string;
  readonly client: PoolClient;
  /** Empties it; now and then gives the space of dead rows back. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

const runsPerVacuum = 25;

export async function openSiteDatabase(host: string, prefix: string, number: number): Promise<SiteDatabase> {
  const database = `${prefix}_${number}`;
  await createSimulationDatabase(host, database, number);
  const pool: Pool = openPool({ connection: { host, user: superuser, database }, maxConnections: 1 });
  const { name, fingerprintSecret } = await readInstallation(openDatabase(pool));
  const client = await pool.connect();
  const clearing = await clearingOf(client);
  let runs = 0;
  return {
    name: database,
    installation: name,
    fingerprintSecret,
    client,
    async clear() {
      await client.query('rollback');
      await client.query(clearing);
      runs += 1;
      if (runs % runsPerVacuum === 0) await client.query('vacuum analyze');
    },
    async close() {
      client.release();
      await pool.end();
    },
  };
}
