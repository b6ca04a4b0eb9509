/** Which database is the installation: a copy of it has its name, its keys and its tokens, and must not write to its calendars. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { Db } from './database.ts';
import { findSetting, settleSetting } from './setting.ts';

/** What tells a database from its copies. A copy of the server's files has the same two, and cannot be told. */
export interface DatabaseIdentity {
  /** The identifier that the server was initialised with. */
  readonly system: string;
  readonly name: string;
}

/** Reason of the refusal to write from a copy. */
export const databaseCopied = 'database_copied';

export async function thisDatabase(db: Db): Promise<DatabaseIdentity> {
  const { rows } = await sql<{ identity: DatabaseIdentity }>`select calsync.this_database() as identity`.execute(db);
  const identity = rows[0]?.identity;
  if (identity === undefined) throw new CalsyncError('invariant', 'the database did not say which one it is');
  return identity;
}

/** The database that was installed or claimed last; null before the first migration. */
export async function claimedDatabase(db: Db): Promise<DatabaseIdentity | null> {
  return (await findSetting(db, 'database')) as DatabaseIdentity | null; // written here and nowhere else
}

/** Records this database as the installation, if none is recorded yet. Part of every migration. */
export async function settleDatabase(db: Db): Promise<void> {
  await settleSetting(db, 'database', await thisDatabase(db));
}

/** This database is the installation from now on. Answers which one was before. */
export async function claimDatabase(db: Db): Promise<DatabaseIdentity | null> {
  const before = await claimedDatabase(db);
  await sql`
    insert into calsync.setting (name, value) values ('database', calsync.this_database())
      on conflict (name) do update set value = excluded.value, set_at = calsync.now(), set_by = session_user
        where calsync.setting.value <> excluded.value`.execute(db);
  return before;
}

export async function isClaimed(db: Db): Promise<boolean> {
  const { rows } = await sql<{ claimed: boolean }>`select calsync.is_claimed() as claimed`.execute(db);
  return rows[0]?.claimed === true;
}

/** For whatever writes to Google. Throws `refused`, reason `database_copied`, in a copy. */
export async function requireClaimed(db: Db): Promise<void> {
  if (!(await isClaimed(db))) throw copied();
}

export function copied(): CalsyncError {
  return new CalsyncError(
    'refused',
    'this database is a copy of the one that was installed, or was moved to another server or name: nothing is written to Google. ' +
      'If it is the installation now, and the other one is not used any more, say so: calsync doctor --claim',
    { reason: databaseCopied },
  );
}
