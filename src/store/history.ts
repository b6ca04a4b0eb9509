/** What happened to a key, as the triggers wrote it down. */
import { sql } from 'kysely';
import type { EventSpec } from '../core/event-spec.ts';
import type { RowPolicies } from '../core/policy.ts';
import type { Db } from './database.ts';
import { type AttendeeRow, type EventRow, specOf } from './desired-row.ts';

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
