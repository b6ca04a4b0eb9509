/** What happened to a key, as the triggers wrote it down. */
import { sql } from 'kysely';
import type { EventSpec } from '../core/event-spec.ts';
import type { RowPolicies } from '../core/policy.ts';
import type { Db } from './database.ts';
import { type AttendeeRow, type EventRow, specOf } from './desired-row.ts';

/** What a history row tells. `rekeyed`: the event of another key came to stand for this one. */
export type HistoryKind =
  | 'inserted'
  | 'updated'
  | 'cancelled'
  | 'revived'
  | 'withdrawn'
  | 'rekeyed'
  | 'attendee_added'
  | 'attendee_changed'
  | 'attendee_removed'
  | 'google_changed'
  | 'google_deleted'
  | 'google_answered';

/** A change of the desired row, of one of its guests, or of the event in Google by somebody else. */
export interface HistoryChange {
  readonly kind: HistoryKind;
  readonly id: number;
  /** Its place in the change feed; null until it is numbered. */
  readonly position: number | null;
  readonly generation: number;
  readonly revision: number;
  readonly at: Date;
  readonly actor: string;
  readonly source: 'caller' | 'google' | 'calsync';
  /** sql, cli, http, typescript or engine. */
  readonly door: string;
  /** A row of the table it is about, or an event as Google showed it. */
  readonly before: unknown;
  readonly after: unknown;
}

/** A call of ours to Google about the event. */
export interface HistoryCall {
  readonly kind: 'call';
  readonly call: 'create' | 'patch' | 'move' | 'delete';
  readonly calendar: string;
  readonly eventId: string;
  readonly destination: string | null;
  /** The revision that it rests on. */
  readonly revision: number | null;
  readonly at: Date;
  readonly settledAt: Date | null;
  /** `open` while nobody knows how it ended. */
  readonly outcome: 'done' | 'not_done' | 'overtaken' | 'open';
  readonly error: { readonly kind: string; readonly reason: string | null } | null;
  /** The fields of a person's change that it put back. */
  readonly repairs: readonly string[];
}

export type HistoryEntry = HistoryChange | HistoryCall;

export interface KeyHistory {
  /** Oldest first: what the key's writers did, what Google showed, and our calls. */
  readonly entries: readonly HistoryEntry[];
  /** False where there are older entries than those asked for. */
  readonly isWhole: boolean;
}

const mostEntries = 1_000;

/** The newest entries of a key's history, `most` of changes and of calls each. A key that nothing is known of has none. */
export async function readHistory(db: Db, key: string, most: number = mostEntries): Promise<KeyHistory> {
  const changes = await db
    .selectFrom('history')
    .select(['id', 'position', 'kind', 'generation', 'revision', 'at', 'actor', 'source', 'door', 'before', 'after'])
    .where('key', '=', key)
    .orderBy('id', 'desc')
    .limit(most + 1)
    .execute();
  const calls = await db
    .selectFrom('intent')
    .select(['id', 'kind', 'calendar', 'event_id', 'destination', 'revision', 'made_at', 'settled_at', 'outcome'])
    .select(['error_kind', 'error_reason', 'repairs'])
    .where('key', '=', key)
    .orderBy('id', 'desc')
    .limit(most + 1)
    .execute();
  const told = calls.slice(0, most).map(
    (row): HistoryCall => ({
      kind: 'call',
      call: row.kind,
      calendar: row.calendar,
      eventId: row.event_id,
      destination: row.destination,
      revision: row.revision,
      at: row.made_at,
      settledAt: row.settled_at,
      outcome: row.outcome ?? 'open',
      error: row.error_kind === null ? null : { kind: row.error_kind, reason: row.error_reason },
      repairs: row.repairs,
    }),
  );
  return {
    entries: merged(changes.slice(0, most).reverse(), told.reverse()),
    isWhole: changes.length <= most && calls.length <= most,
  };
}

/** By time; the changes among themselves stay in the order in which they were committed. */
function merged(changes: readonly HistoryChange[], calls: readonly HistoryCall[]): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  let next = 0;
  for (const change of changes) {
    for (let call = calls[next]; call !== undefined && call.at < change.at; call = calls[next]) {
      entries.push(call);
      next += 1;
    }
    entries.push(change);
  }
  return [...entries, ...calls.slice(next)];
}

export interface WithdrawnEvent {
  readonly spec: EventSpec;
  readonly policies: RowPolicies;
  readonly wasCancelled: boolean;
}

/** The last state of keys that have no row any more, attendees included; a key that was never withdrawn is absent. */
export async function readWithdrawn(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, WithdrawnEvent>> {
  const { rows } = await sql<{ row: EventRow; attendees: readonly AttendeeRow[] }>`
    with withdrawn as (
      select distinct on (key) key, id, before from calsync.history
        where key = any(${keys}::text[]) and kind = 'withdrawn' order by key, id desc
    ), guests as (
      select distinct on (change.key, coalesce(change.after, change.before) ->> 'normal_address') change.key, change.after
        from withdrawn join calsync.history change on change.key = withdrawn.key
        where change.kind in ('attendee_added', 'attendee_changed', 'attendee_removed')
          and change.id > (select max(born.id) from calsync.history born
                             where born.key = withdrawn.key and born.kind = 'inserted')
        order by change.key, coalesce(change.after, change.before) ->> 'normal_address', change.id desc
    )
    select withdrawn.before as row,
           coalesce((select jsonb_agg(guests.after order by guests.after ->> 'added_at', guests.after ->> 'normal_address')
                       from guests where guests.key = withdrawn.key and guests.after is not null), '[]') as attendees
      from withdrawn`.execute(db);
  return new Map(rows.map(({ row, attendees }) => [row.key, withdrawnEvent(row, attendees)]));
}

function withdrawnEvent(row: EventRow, attendees: readonly AttendeeRow[]): WithdrawnEvent {
  return {
    spec: specOf(row, attendees),
    policies: { drift: row.drift, onDelete: row.on_delete, onMove: row.on_move },
    wasCancelled: row.cancelled_at !== null,
  };
}
