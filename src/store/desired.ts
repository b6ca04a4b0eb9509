/** The desired rows: read back as events, and written in bulk. Generation, revision, history and dirty marks are the triggers' work. */
import { type RawBuilder, sql } from 'kysely';
import type { EventSpec } from '../core/event-spec.ts';
import type { RowPolicies } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import { type AttendeeRow, columnsOf, type EventColumns, type EventRow, specOf } from './desired-row.ts';

const rowsPerStatement = 1_000;

export interface StoredEvent {
  /** `attendees` is the whole list, those of a cancelled event included. */
  readonly spec: EventSpec;
  readonly generation: number;
  readonly revision: number;
  readonly policies: RowPolicies;
  /** Milliseconds since 1970; null while it should take place. */
  readonly cancelledAt: number | null;
}

export interface KeyNumbers {
  readonly key: string;
  readonly generation: number;
  readonly revision: number;
}

/** The rows of these keys; a key without a row is absent. */
export async function readDesired(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, StoredEvent>> {
  return readRows(db, sql`event.key = any(${keys}::text[])`);
}

/** The rows of a schedule, cancelled ones included. */
export async function readSchedule(db: Db, schedule: string): Promise<ReadonlyMap<string, StoredEvent>> {
  return readRows(db, sql`event.schedule = ${schedule}`);
}

/**
 * The same as `readDesired`, locked in key order until the transaction ends, so that what is decided from them stays true. A row that
 * somebody changed while its lock was awaited is newer than the guests that were read with it: then all is read once more, under the locks.
 */
export async function lockDesired(tx: Tx, keys: readonly string[]): Promise<ReadonlyMap<string, StoredEvent>> {
  const { rows } = await sql<{ row: EventRow; attendees: readonly AttendeeRow[]; whole: boolean }>`
    select to_jsonb(event) as row, coalesce(guests.list, '[]') as attendees,
           event.revision = (select seen.revision from calsync.desired_event seen where seen.key = event.key offset 0) as whole
      from calsync.desired_event event
      left join lateral (${guestsOfEvent}) guests on true
      where event.key = any(${keys}::text[]) order by event.key for no key update of event`.execute(tx);
  if (rows.some(({ whole }) => !whole)) return readDesired(tx, keys);
  return new Map(rows.map(({ row, attendees }) => [row.key, storedEvent(row, attendees)]));
}

/** Generation and revision of rows as they are now, in key order. */
export async function readNumbers(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, KeyNumbers>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    select ${numbers} from calsync.desired_event event where event.key = any(${keys}::text[]) order by event.key`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.numbers.key, row.numbers]));
}

/** Where the numbers of a key stand that has no row, and what its last row said of mails to guests. */
export interface KeyCounter extends KeyNumbers {
  readonly sendUpdates: EventSpec['sendUpdates'];
}

/** Where the numbers of keys without a row stand: those that were withdrawn. */
export async function readKeyCounters(db: Db, keys: readonly string[]): Promise<readonly KeyCounter[]> {
  const { rows } = await sql<KeyCounter>`
    select counter.key, counter.generation, counter.revision, withdrawn.send_updates as "sendUpdates"
      from calsync.key_counter counter
      left join lateral (
        select past.before ->> 'send_updates' as send_updates from calsync.history past
          where past.key = counter.key and past.kind = 'withdrawn' order by past.id desc limit 1
      ) withdrawn on true
      where counter.key = any(${keys}::text[])
        and not exists (select from calsync.desired_event event where event.key = counter.key)`.execute(db);
  return rows.map((row) => ({ ...row, generation: Number(row.generation), revision: Number(row.revision) }));
}

/** Inserts events that have no row. Answers those that were inserted: a key that someone else inserted meanwhile is not among them. */
export async function insertDesired(tx: Tx, specs: readonly EventSpec[]): Promise<readonly KeyNumbers[]> {
  return inChunks(specs.map(columnsOf), async (rows) =>
    sql<{ numbers: KeyNumbers }>`
    insert into calsync.desired_event as event (${columnNames})
      select ${columnNames} from ${recordsetOf(rows)} order by stated.key
      on conflict (key) do nothing
      returning ${numbers}`.execute(tx),
  );
}

/** Replaces the stated fields of rows, and revives those that are cancelled. */
export async function updateDesired(tx: Tx, specs: readonly EventSpec[]): Promise<readonly KeyNumbers[]> {
  const assignments = sql.join(fieldNames.map((name) => sql`${sql.ref(name)} = ${sql.ref(`stated.${name}`)}`));
  return inChunks(specs.map(columnsOf), async (rows) =>
    sql<{ numbers: KeyNumbers }>`
    update calsync.desired_event as event set ${assignments}, cancelled_at = null
      from ${recordsetOf(rows)} where event.key = stated.key
      returning ${numbers}`.execute(tx),
  );
}

/** Cancels rows; those that are cancelled already keep their time. */
export async function cancelDesired(tx: Tx, keys: readonly string[]): Promise<readonly KeyNumbers[]> {
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    update calsync.desired_event as event set cancelled_at = calsync.now()
      where event.key = any(${keys}::text[]) and event.cancelled_at is null returning ${numbers}`.execute(tx);
  return rows.map((row) => row.numbers);
}

/** Takes the cancellation of rows back. */
export async function reviveDesired(tx: Tx, keys: readonly string[]): Promise<readonly KeyNumbers[]> {
  const { rows } = await sql<{ numbers: KeyNumbers }>`
    update calsync.desired_event as event set cancelled_at = null
      where event.key = any(${keys}::text[]) and event.cancelled_at is not null returning ${numbers}`.execute(tx);
  return rows.map((row) => row.numbers);
}

/** Removes those of the rows that are live and in the schedule at this moment: each is withdrawn. Answers their keys. */
export async function withdrawFromSchedule(
  tx: Tx,
  schedule: string,
  keys: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx
    .deleteFrom('desired_event')
    .where('key', '=', sql<string>`any(${keys}::text[])`)
    .where('schedule', '=', schedule)
    .where('cancelled_at', 'is', null)
    .returning('key')
    .execute();
  return rows.map(({ key }) => key).sort();
}

/** Sets policies of a row's own, as they were before it was withdrawn. */
export async function setRowPolicies(tx: Tx, key: string, policies: RowPolicies): Promise<void> {
  await tx
    .updateTable('desired_event')
    .set({ drift: policies.drift, on_delete: policies.onDelete, on_move: policies.onMove })
    .where('key', '=', key)
    .execute();
}

/** Live keys with the same calendar, start, end and summary as one of the events, which stands first in each pair. */
export async function findTwins(
  db: Db,
  specs: readonly EventSpec[],
): Promise<readonly { readonly key: string; readonly twin: string }[]> {
  const { rows } = await sql<{ key: string; twin: string }>`
    select stated.key, event.key as twin
      from ${recordsetOf(specs.map(columnsOf))}
      join calsync.desired_event event on event.calendar = stated.calendar and event.cancelled_at is null
        and coalesce(event.start_local, event.start_date) = coalesce(stated.start_local, stated.start_date)
        and md5(event.summary) = md5(stated.summary) and event.summary = stated.summary and event.key <> stated.key
        and event.start_zone is not distinct from stated.start_zone and event.end_zone is not distinct from stated.end_zone
        and coalesce(event.end_local, event.end_date) = coalesce(stated.end_local, stated.end_date)
      order by stated.key, event.key`.execute(db);
  return rows;
}

const columnTypes: Readonly<Record<keyof EventColumns, string>> = {
  key: 'text',
  calendar: 'text',
  schedule: 'text',
  summary: 'text',
  description: 'text',
  location: 'text',
  start_date: 'date',
  start_local: 'timestamp',
  start_zone: 'text',
  start_offset: 'text',
  end_date: 'date',
  end_local: 'timestamp',
  end_zone: 'text',
  end_offset: 'text',
  recurrence: 'text[]',
  reminders: 'jsonb',
  labels: 'jsonb',
  send_updates: 'text',
  allow_twin: 'boolean',
};
const fieldNames = Object.keys(columnTypes).filter((name) => name !== 'key');
const columnNames = sql.join(Object.keys(columnTypes).map((name) => sql.ref(name)));
const columnDefinitions = sql.raw(
  Object.entries(columnTypes)
    .map(([name, type]) => `${name} ${type}`)
    .join(', '),
);
const numbers = sql`jsonb_build_object('key', event.key, 'generation', event.generation, 'revision', event.revision) as numbers`;

function recordsetOf(rows: readonly EventColumns[]): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as stated (${columnDefinitions})`;
}

async function inChunks(
  rows: readonly EventColumns[],
  write: (chunk: readonly EventColumns[]) => Promise<{ readonly rows: readonly { readonly numbers: KeyNumbers }[] }>,
): Promise<readonly KeyNumbers[]> {
  const written: KeyNumbers[] = [];
  for (let first = 0; first < rows.length; first += rowsPerStatement) {
    const answer = await write(rows.slice(first, first + rowsPerStatement));
    written.push(...answer.rows.map((row) => row.numbers));
  }
  return written;
}

const guestsOfEvent = sql`
        select jsonb_agg(to_jsonb(attendee) order by attendee.added_at, attendee.normal_address) as list
          from calsync.desired_attendee attendee where attendee.key = event.key`;

async function readRows(db: Db, condition: RawBuilder<unknown>): Promise<ReadonlyMap<string, StoredEvent>> {
  const { rows } = await sql<{ row: EventRow; attendees: readonly AttendeeRow[] }>`
    select to_jsonb(event) as row, coalesce(guests.list, '[]') as attendees
      from calsync.desired_event event
      left join lateral (${guestsOfEvent}) guests on true
      where ${condition} order by event.key`.execute(db);
  return new Map(rows.map(({ row, attendees }) => [row.key, storedEvent(row, attendees)]));
}

function storedEvent(row: EventRow, attendees: readonly AttendeeRow[]): StoredEvent {
  return {
    spec: specOf(row, attendees),
    generation: row.generation,
    revision: row.revision,
    policies: { drift: row.drift, onDelete: row.on_delete, onMove: row.on_move },
    cancelledAt: row.cancelled_at === null ? null : Date.parse(row.cancelled_at),
  };
}
