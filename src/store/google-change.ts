/**
 * What Google's side changed about events of ours, on its way into the history. A trigger notes it with the mirror; here it is judged
 * and written down, in the order of the key: under the lock that its writers take, and without ever waiting for one of them.
 */
import { sql } from 'kysely';
import type { CallSince, GoogleChange, ShownEvent } from '../core/google-change.ts';
import type { StatedEvent } from '../core/stated-event.ts';
import type { Tx } from './database.ts';

/** Nobody can say who: Google names no last modifier of an event. */
const somebodyInGoogle = 'somebody in Google Calendar';

export interface NotedChange extends GoogleChange {
  readonly id: number;
  readonly key: string;
  readonly calendarZone: string;
  readonly calls: readonly CallSince[];
}

/** The oldest changes that are noted and that no other turn is judging, with our calls for each event in between. */
export async function takeNotedChanges(tx: Tx, limit: number): Promise<readonly NotedChange[]> {
  const { rows } = await sql<{
    id: number;
    key: string;
    kind: GoogleChange['kind'];
    calendar: string;
    occurrence: string | null;
    before: ShownEvent | null;
    after: ShownEvent;
    time_zone: string | null;
    calls: readonly {
      readonly kind: CallSince['kind'];
      readonly outcome: CallSince['outcome'];
      readonly destination: string | null;
      readonly applied: StatedEvent | null;
    }[];
  }>`
    select noted.id, noted.key, noted.kind, noted.calendar, noted.occurrence, noted.before, noted.after, calendar.time_zone,
           array(select jsonb_build_object('kind', intent.kind, 'outcome', intent.outcome, 'destination', intent.destination,
                     'applied', intent.applied)
                   from calsync.intent
                   where intent.key = noted.key and intent.event_id = noted.event_id
                     and (noted.since is null or intent.made_at >= noted.since) and intent.made_at <= noted.seen_at
                   order by intent.id) as calls
      from calsync.google_change noted left join calsync.calendar on calendar.id = noted.calendar
      order by noted.id limit ${limit} for update of noted skip locked`.execute(tx);
  return rows.map(({ time_zone: calendarZone, ...row }) => ({ ...row, calendarZone: calendarZone ?? 'UTC' }));
}

/**
 * Writes changes into the history, those of a key whose writer is at work excepted: their turn comes later. Answers the ids that are
 * written. A key without a row is locked by its counter, as its writers do.
 */
export async function recordInHistory(tx: Tx, ids: readonly number[]): Promise<readonly number[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<{ id: number }>`
    with locked as materialized (
      select event.key, event.generation, event.revision from calsync.desired_event event
        where event.key in (select key from calsync.google_change where id = any(${ids}::bigint[]))
        order by event.key for no key update skip locked
    ), counted as materialized (
      select counter.key, counter.generation, counter.revision from calsync.key_counter counter
        where counter.key in (select key from calsync.google_change where id = any(${ids}::bigint[]))
          and not exists (select from calsync.desired_event event where event.key = counter.key)
        order by counter.key for no key update skip locked
    ), numbers as (select * from locked union all select * from counted), written as (
      insert into calsync.history (key, kind, generation, revision, at, actor, source, door, before, after)
        select noted.key, noted.kind, numbers.generation, numbers.revision, noted.seen_at, ${somebodyInGoogle}, 'google', 'engine',
               noted.before, noted.after
          from calsync.google_change noted join numbers on numbers.key = noted.key
          where noted.id = any(${ids}::bigint[]) order by noted.id
    )
    select noted.id from calsync.google_change noted join numbers on numbers.key = noted.key
      where noted.id = any(${ids}::bigint[]) order by noted.id`.execute(tx);
  return rows.map(({ id }) => id);
}

export async function dropNoted(tx: Tx, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from calsync.google_change where id = any(${ids}::bigint[])`.execute(tx);
}

/**
 * Notes the events of keys that Google answers 404 for, although somebody else must have removed them: no tombstone will ever show it.
 * Once for each write of ours.
 */
export async function noteMissing(tx: Tx, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    insert into calsync.google_change (key, calendar, event_id, kind, since, before, after)
      select bound.key, bound.calendar, bound.event_id, 'google_deleted', bound.written_at,
             calsync.shown_event(bound.calendar, bound.event_id, 'confirmed', bound.applied),
             calsync.shown_event(bound.calendar, bound.event_id, 'cancelled', null)
        from calsync.binding bound
        where bound.key = any(${keys}::text[]) and bound.state in ('live', 'gone')
          and not exists (select from calsync.google_change noted where noted.key = bound.key and noted.kind = 'google_deleted')
          and not exists (select from calsync.history known
            where known.key = bound.key and known.kind = 'google_deleted' and known.before ->> 'eventId' = bound.event_id
              and (bound.written_at is null or known.at >= bound.written_at))
        order by bound.key`.execute(tx);
}
