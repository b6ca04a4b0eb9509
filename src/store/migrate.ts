/**
 * Brings the schema `calsync` up to date. Safe to run again, and by several at once: one works, the others wait for it and then
 * find nothing to do. A schema that is newer than this program is left alone.
 */
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { CalsyncError } from '../core/error.ts';
import type { Random } from '../core/ports.ts';
import { canonicalTimeZone, timeZoneNames } from '../core/time-zone.ts';
import type { Db } from './database.ts';
import { settleDatabase } from './installation-claim.ts';
import { migrationFiles, migrationNames } from './migration-files.ts';
import { makeInstallation } from './setting.ts';

/** The advisory lock of migrations: 'calsync' in ASCII. */
const migrationLock = '27991449211137635';
const oldestServer = 14;

export interface MigrationState {
  /** Migrations that the database has and this program knows. */
  readonly applied: readonly string[];
  /** Migrations that the database lacks. */
  readonly pending: readonly string[];
}

/**
 * What the database has, without changing anything.
 * Throws `usage` with reason `schema_newer` where it has a migration that this program does not know.
 */
export async function checkMigrations(db: Db): Promise<MigrationState> {
  const known = await migrationNames();
  const applied = await appliedMigrations(db);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new CalsyncError(
      'usage',
      `the database schema is newer than this program: it has ${unknown.join(', ')}; install a newer calsync`,
      { reason: 'schema_newer' },
    );
  }
  return { applied, pending: known.filter((name) => !applied.includes(name)) };
}

/**
 * Runs what is pending, fills the table of time zones, and makes the installation's own settings once.
 * Answers the names of the migrations that ran.
 */
export async function migrateToLatest(db: Db, random: Random): Promise<readonly string[]> {
  return db.connection().execute(async (connection) => {
    await requireServer(connection);
    await sql`select pg_advisory_lock(${migrationLock}::bigint)`.execute(connection);
    try {
      const { pending } = await checkMigrations(connection);
      if (pending.length > 0) await runMigrations(connection);
      await fillTimeZones(connection);
      await makeInstallation(connection, random);
      await settleDatabase(connection);
      return pending;
    } finally {
      await sql`select pg_advisory_unlock(${migrationLock}::bigint)`.execute(connection);
    }
  });
}

async function appliedMigrations(db: Db): Promise<readonly string[]> {
  const table = await sql<{ there: boolean }>`select to_regclass('calsync.migration') is not null as there`.execute(db);
  if (table.rows[0]?.there !== true) return [];
  const names = await sql<{ name: string }>`select name from calsync.migration order by name`.execute(db);
  return names.rows.map((row) => row.name);
}

async function requireServer(db: Db): Promise<void> {
  const answer = await sql<{ version: string }>`select current_setting('server_version_num') as version`.execute(db);
  const major = Math.floor(Number(answer.rows[0]?.version) / 10_000);
  if (major >= oldestServer) return;
  throw new CalsyncError('usage', `the server runs PostgreSQL ${major}; calsync needs ${oldestServer} or later`, {
    reason: 'server_too_old',
  });
}

async function runMigrations(db: Db): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: migrationFiles,
    migrationTableSchema: 'calsync',
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  await sql
    .raw(`
      comment on table calsync.migration is 'The migrations that this schema has.';
      comment on column calsync.migration.name is 'The file, without its ending.';
      comment on column calsync.migration.timestamp is 'When it ran, by the clock of the program.';
      comment on table calsync.migration_lock is 'Kept by the migrator; its lock is an advisory one.';
      comment on column calsync.migration_lock.id is 'A constant.';
      comment on column calsync.migration_lock.is_locked is 'Unused on PostgreSQL.';
    `)
    .execute(db);
}

/** A zone that only one side knows cannot be computed with here, so the table holds what this server knows too. */
async function fillTimeZones(db: Db): Promise<void> {
  const canonicalNames = timeZoneNames.map(canonicalTimeZone);
  await sql`
    insert into calsync.time_zone as known (name, canonical)
      select wanted.name, wanted.canonical from unnest(${timeZoneNames}::text[], ${canonicalNames}::text[]) as wanted (name, canonical)
      where not exists (select from calsync.time_zone there where there.name = wanted.name and there.canonical = wanted.canonical)
        and exists (select from pg_timezone_names server where server.name = wanted.name)
    on conflict (name) do update set canonical = excluded.canonical`.execute(db);
}
