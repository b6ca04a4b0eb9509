/** The desired rows, read back as events. Generation, revision, history and dirty marks are the triggers' work. */
import { type RawBuilder, sql } from 'kysely';
import type { EventSpec } from '../core/event-spec.ts';
import type { RowPolicies } from '../core/policy.ts';
import type { Db, Tx } from './database.ts';
import { type AttendeeRow, columnsOf, type EventRow, specOf } from './desired-row.ts';
import type { Writer } from './transaction.ts';

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

/** What has to be known before events are written anew: which of the calendars are managed, and the twins that are there. */
export interface Places {
  readonly calendars: ReadonlySet<string>;
  readonly twins: readonly TwinPair[];
}

/** Whose places are asked. */
export interface AskedPlaces {
  readonly calendars: readonly string[];
  /** Of which twins are wanted. */
  readonly events: readonly Omit<EventSpec, 'attendees'>[];
}

/**
 * The same in one statement with what has to be known of events that would be new: `places` is null unless places were asked for and one of
 * the keys has no row.
 */
export async function readForWrite(
  db: Db,
  keys: readonly string[],
  asked: AskedPlaces | null,
): Promise<{ readonly rows: ReadonlyMap<string, StoredEvent>; readonly places: Places | null }> {
  const { rows } = await sql<ReadRow>`
    select rows_read as found, calendars_known as calendars, twins from calsync.read_desired(${keys}, ${asked?.calendars ?? null},
      ${asked === null ? null : JSON.stringify(asked.events.map(columnsOf))})`.execute(db);
  const [{ found, calendars, twins }] = rows as [ReadRow]; // a function that answers one row
  return {
    rows: new Map(found.map(({ event, attendees }) => [event.key, storedEvent(event, attendees)])),
    places: calendars === null ? null : { calendars: new Set(calendars), twins: twins ?? [] },
  };
}

interface ReadRow {
  readonly found: readonly { readonly event: EventRow; readonly attendees: readonly AttendeeRow[] }[];
  readonly calendars: readonly string[] | null;
  readonly twins: readonly TwinPair[] | null;
}

/** The rows of a schedule, cancelled ones included. */
export async function readSchedule(db: Db, schedule: string): Promise<ReadonlyMap<string, StoredEvent>> {
  return readRows(db, sql`event.schedule = ${schedule}`);
}

/**
 * The same as `readDesired`, locked in key order until the transaction ends, so that what is decided from them stays true: all is read
 * once all locks are held. With a writer, the transaction writes in that name from here on (`writeAs`).
 */
export async function lockDesired(
  tx: Tx,
  keys: readonly string[],
  writer: Writer | null = null,
): Promise<ReadonlyMap<string, StoredEvent>> {
  const { rows } = await sql<{ event: EventRow; attendees: readonly AttendeeRow[] }>`
    select event, attendees from calsync.lock_desired(${keys}, ${writer?.actor ?? null}, ${writer?.door ?? null}, ${writer?.source ?? null})`.execute(
    tx,
  );
  return new Map(rows.map(({ event, attendees }) => [event.key, storedEvent(event, attendees)]));
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

/** An event and a live row of another key with the same calendar, start, end and summary. */
export interface TwinPair {
  readonly key: string;
  readonly twin: string;
}

/** What has to be known before events are written anew. */
export async function findPlaces(db: Db, { calendars, events }: AskedPlaces): Promise<Places> {
  const { rows } = await sql<{ calendars: readonly string[]; twins: readonly TwinPair[] }>`
    select calendars_known as calendars, twins from calsync.find_places(${calendars}, ${JSON.stringify(events.map(columnsOf))})`.execute(
    db,
  );
  return { calendars: new Set(rows[0]?.calendars), twins: rows[0]?.twins ?? [] };
}

const numbers = sql`jsonb_build_object('key', event.key, 'generation', event.generation, 'revision', event.revision) as numbers`;

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
