/** Calendars of tests, and who may be invited to rows on them. */
import { sql } from 'kysely';
import type { Db } from './database.ts';

/** Ids of the managed calendars of the namespace `test`. */
export async function testCalendars(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom('calendar').select('id').where('namespace', '=', 'test').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

/** Lets addresses, or everyone at `@domain`, be invited to rows on test calendars. Answers those that were not on the list yet. */
export async function allowTestAddresses(db: Db, entries: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ entry: string }>`
    insert into calsync.test_address (entry)
      select entry from unnest(${entries}::text[]) as stated (entry) order by entry
      on conflict (normal_entry) do nothing returning entry`.execute(db);
  return rows.map(({ entry }) => entry);
}

/** Takes entries off the list; guests who are invited already stay. Answers those that were on it. */
export async function disallowTestAddresses(db: Db, entries: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ entry: string }>`
    delete from calsync.test_address known using unnest(${entries}::text[]) as stated (entry)
      where known.normal_entry = case when left(stated.entry, 1) = '@' then lower(stated.entry) else calsync.normal_address(stated.entry) end
      returning known.entry`.execute(db);
  return rows.map(({ entry }) => entry).sort();
}

/** The whole list. */
export async function listTestAddresses(db: Db): Promise<readonly string[]> {
  const rows = await db.selectFrom('test_address').select('entry').orderBy('normal_entry').execute();
  return rows.map(({ entry }) => entry);
}
