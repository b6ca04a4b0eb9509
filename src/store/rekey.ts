/** Gives events another key: the binding goes from the old key to the new one, and the event stays what it is. */
import { sql } from 'kysely';
import type { Tx } from './database.ts';

export interface KeyPair {
  readonly from: string;
  readonly to: string;
}

/** What stands in the way of a pair, or nothing. */
export interface RekeyFacts extends KeyPair {
  /** The old key: whether it has a row still, and its one event. */
  readonly fromHasRow: boolean;
  readonly fromState: 'live' | 'gone' | null;
  readonly fromCalendar: string | null;
  readonly appliedHash: string | null;
  /** The new key: whether it has a row, and whether that takes place. */
  readonly toHasRow: boolean;
  readonly toCancelled: boolean;
  readonly toCalendar: string | null;
  readonly toIsBound: boolean;
  /** A call about one of them was begun and its end is not known. */
  readonly unsettled: boolean;
}

/** Locks the rows and bindings of the pairs and says how they stand, in the order of the pairs. */
export async function rekeyFacts(tx: Tx, pairs: readonly KeyPair[]): Promise<readonly RekeyFacts[]> {
  const keys = [...new Set(pairs.flatMap(({ from, to }) => [from, to]))];
  await sql`select from calsync.desired_event where key = any(${keys}::text[]) order by key for update`.execute(tx);
  await sql`select from calsync.binding where key = any(${keys}::text[]) order by key, incarnation for update`.execute(
    tx,
  );
  const { rows } = await sql<RekeyFacts>`
    select asked."from", asked."to", old.key is not null as "fromHasRow", bound.state as "fromState", bound.calendar as "fromCalendar",
        bound.applied_hash as "appliedHash", event.key is not null as "toHasRow", event.cancelled_at is not null as "toCancelled",
        event.calendar as "toCalendar", taken.key is not null as "toIsBound",
        exists (select from calsync.intent where outcome is null and key in (asked."from", asked."to")) as unsettled
      from jsonb_to_recordset(${JSON.stringify(pairs.map((pair, position) => ({ ...pair, position })))}::jsonb)
          as asked ("from" text, "to" text, position int)
        left join calsync.desired_event old on old.key = asked."from"
        left join calsync.binding bound on bound.key = asked."from" and bound.state in ('live', 'gone')
        left join calsync.desired_event event on event.key = asked."to"
        left join calsync.binding taken on taken.key = asked."to" and taken.state in ('live', 'gone')
      order by asked.position`.execute(tx);
  return rows;
}

/**
 * Moves the bindings and tells the history of both keys. The old key keeps a retired binding, so that it never takes the event for its own
 * again. The new one has no etag: its next turn compares anew and puts its mark on the event.
 */
export async function moveBindings(tx: Tx, pairs: readonly KeyPair[]): Promise<void> {
  const asked = sql`jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as asked ("from" text, "to" text)`;
  await sql`
    with retired as (
      update calsync.binding bound set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
        from ${asked}
        where bound.key = asked."from" and bound.state = 'live'
        returning bound.*, asked."to" as new_key
    )
    insert into calsync.binding (key, incarnation, calendar, event_id, state, applied, applied_hash, applied_revision, answered_start,
        answered_end, hash_version, written_at)
      select new_key, coalesce((select max(own.incarnation) + 1 from calsync.binding own where own.key = new_key), 0), calendar, event_id,
          'live', applied, applied_hash, 0, answered_start, answered_end, hash_version, written_at
        from retired order by new_key`.execute(tx);
  await sql`
    insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after)
      select told.key, 'rekeyed', coalesce(event.generation, counter.generation, 0), coalesce(event.revision, counter.revision, 0),
          w.actor, w.source, w.door, jsonb_build_object('key', asked."from", 'calendar', bound.calendar, 'event_id', bound.event_id),
          jsonb_build_object('key', asked."to", 'calendar', bound.calendar, 'event_id', bound.event_id)
        from ${asked} join calsync.binding bound on bound.key = asked."to" and bound.state = 'live'
          cross join lateral (values (asked."from"), (asked."to")) as told (key)
          left join calsync.desired_event event on event.key = told.key
          left join calsync.key_counter counter on counter.key = told.key
          cross join calsync.writer() w
        order by told.key`.execute(tx);
}
