/** What the tables say, for tests that look at the state that a turn leaves behind. */
import { sql } from 'kysely';
import type { Db } from '../../src/store/database.ts';

export async function rowsOf<Row>(db: Db, statement: string): Promise<readonly Row[]> {
  return (await sql.raw<Row>(statement).execute(db)).rows;
}

/** Keys that need work, in order. */
export async function dirtyKeys(db: Db): Promise<readonly string[]> {
  return (await rowsOf<{ key: string }>(db, 'select key from calsync.dirty order by key')).map(({ key }) => key);
}

/** Open findings as `kind key`, in order. */
export async function openFindings(db: Db): Promise<readonly string[]> {
  const rows = await rowsOf<{ line: string }>(
    db,
    `select kind || ' ' || coalesce(key, event_id) as line from calsync.finding where closed_at is null order by 1`,
  );
  return rows.map(({ line }) => line);
}

/** Every finding there ever was, as `kind key closed_as`, in order of opening. */
export async function allFindings(db: Db): Promise<readonly string[]> {
  const rows = await rowsOf<{ line: string }>(
    db,
    `select kind || ' ' || coalesce(key, event_id) || ' ' || coalesce(closed_as, 'open') as line from calsync.finding order by id`,
  );
  return rows.map(({ line }) => line);
}

export async function openHoldIds(db: Db): Promise<readonly { id: number; kind: string; keys: readonly string[] }[]> {
  return rowsOf(
    db,
    `select hold.id, hold.kind, array(select key from calsync.hold_item where hold = hold.id order by key) as keys
       from calsync.hold where closed_at is null order by hold.id`,
  );
}

/** What waits for a person, where it is one set. */
export async function theHold(db: Db): Promise<{ id: number; kind: string; keys: readonly string[] }> {
  const holds = await openHoldIds(db);
  const [hold] = holds;
  if (hold === undefined || holds.length > 1) throw new Error(`${holds.length} sets are held`);
  return hold;
}

export async function unsettledCount(db: Db): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    db,
    'select count(*)::int as count from calsync.intent where outcome is null',
  );
  return row?.count ?? 0;
}

/** What the plan rests on, whole: for comparing before and after. */
export async function snapshot(db: Db): Promise<string> {
  const tables = [
    'desired_event',
    'desired_attendee',
    'binding',
    'observed_event',
    'dirty',
    'finding',
    'hold',
    'hold_item',
  ].concat(['approval', 'intent', 'history', 'run', 'calendar', 'account', 'setting', 'key_counter']);
  const parts = [];
  for (const table of tables) {
    parts.push(table, JSON.stringify(await rowsOf(db, `select t::text from calsync.${table} t order by 1`)));
  }
  return parts.join('\n');
}

/** The bound events, as `key incarnation calendar state`. */
export async function bindings(db: Db): Promise<readonly string[]> {
  const rows = await rowsOf<{ line: string }>(
    db,
    `select key || ' ' || incarnation || ' ' || split_part(calendar, '@', 1) || ' ' || state as line
       from calsync.binding order by key, incarnation`,
  );
  return rows.map(({ line }) => line);
}
