/** Rows written as any other program would write them: plain SQL. */
import type { ClientBase, Pool } from 'pg';

type Connection = Pool | ClientBase;

export async function insertCalendar(connection: Connection, id = 'classes'): Promise<string> {
  await connection.query(
    `insert into calsync.account (id, refresh_token) values ('owner@example.com', 'sealed') on conflict do nothing`,
  );
  await connection.query(
    `insert into calsync.calendar (id, account, policy) values ($1, 'owner@example.com', 'sync')`,
    [id],
  );
  return id;
}

export async function insertEvent(
  connection: Connection,
  key: string,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const row: Record<string, unknown> = {
    key,
    calendar: 'classes',
    summary: key,
    start_local: '2026-11-30T10:00:00',
    start_zone: 'Europe/Copenhagen',
    end_local: '2026-11-30T11:00:00',
    end_zone: 'Europe/Copenhagen',
    ...columns,
  };
  const names = Object.keys(row);
  const places = names.map((_, index) => `$${index + 1}`);
  await connection.query(
    `insert into calsync.desired_event (${names.join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
}

export async function insertAttendee(connection: Connection, key: string, address: string): Promise<void> {
  await connection.query('insert into calsync.desired_attendee (key, address) values ($1, $2)', [key, address]);
}

export interface Numbers {
  readonly generation: number;
  readonly revision: number;
}

export async function numbersOf(connection: Connection, key: string): Promise<Numbers> {
  const { rows } = await connection.query<Numbers>(
    'select generation, revision from calsync.desired_event where key = $1',
    [key],
  );
  const [numbers] = rows;
  if (numbers === undefined) throw new Error(`no row ${key}`);
  return numbers;
}

/** Kind, generation and revision of each history row of a key, in order: `updated 2.3`. */
export async function storyOf(connection: Connection, key: string): Promise<readonly string[]> {
  const { rows } = await connection.query<{ line: string }>(
    `select kind || ' ' || generation || '.' || revision as line from calsync.history where key = $1 order by id`,
    [key],
  );
  return rows.map((row) => row.line);
}

/** The revision that is marked as needing work, and where; null when nothing is. */
export async function markOf(
  connection: Connection,
  key: string,
): Promise<{ calendar: string; revision: number } | null> {
  const { rows } = await connection.query('select calendar, revision from calsync.dirty where key = $1', [key]);
  return rows[0] ?? null;
}
