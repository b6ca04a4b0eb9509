/** The database of a simulated installation: the production schema, whose one clock function is replaced by the simulation's. */
import pg from 'pg';
import { superuser } from '../../src/sandbox/cluster.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { Dice } from './dice.ts';

const clockOfTheSimulation = `
  create or replace function calsync.now() returns timestamptz language sql stable parallel safe
    as $$ select current_setting('simulation.now')::timestamptz $$`;

/** Makes a database on a server, known by its socket directory. Installation `number` gets the same name in every run. */
export async function createSimulationDatabase(host: string, name: string, number: number): Promise<void> {
  const admin = new pg.Client({ host, user: superuser, database: 'postgres' });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name} template template0`);
  await admin.query(`alter database ${name} set simulation.now = '2027-01-01T00:00:00Z'`);
  await admin.end();
  const pool = openPool({ connection: { host, user: superuser, database: name }, maxConnections: 1 });
  await migrateToLatest(openDatabase(pool), new Dice(`installation ${number}`));
  await pool.query(clockOfTheSimulation);
  for (const table of await tablesOf(pool))
    await pool.query(`alter table calsync.${table} set (autovacuum_enabled = off)`);
  await pool.end();
}

interface Asked {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
}

/** Tables that a run fills; the installation's own facts and the zones stay. */
async function tablesOf(database: Asked): Promise<readonly string[]> {
  const { rows } = await database.query(
    `select relname from pg_class where relnamespace = 'calsync'::regnamespace and relkind = 'r'
       and relname not in ('setting', 'time_zone') and relname not like 'kysely%' order by relname`,
  );
  return rows.map(({ relname }) => String(relname));
}

/** Statements that empty every table and let every sequence begin anew; triggers and foreign keys look away meanwhile. */
export async function clearingOf(database: Asked): Promise<string> {
  const tables = await tablesOf(database);
  const { rows } = await database.query(
    `select relname from pg_class where relnamespace = 'calsync'::regnamespace and relkind = 'S' order by relname`,
  );
  const sequences = rows.map(({ relname }) => `select setval('calsync.${String(relname)}', 1, false);`);
  const deletes = tables.map((table) => `delete from calsync.${table};`);
  return [
    'set session_replication_role = replica;',
    ...deletes,
    "delete from calsync.setting where name = 'google';",
    "update calsync.setting set value = calsync.this_database(), set_at = '2000-01-01' where name = 'database';",
    ...sequences,
    'set session_replication_role = origin;',
  ].join('\n');
}
