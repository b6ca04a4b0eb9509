/** Which keys a diff of a calendar has to look at. */
import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface ComparedKeys {
  /** Keys that may differ, in order. */
  readonly open: readonly string[];
  /** Keys that were found equal and have not moved since: same revision, same etag, no mark, no open finding. */
  readonly equal: readonly string[];
}

/** Every key that has a row, a binding or a marked event on the calendar. With `everything` none is taken for equal. */
export async function comparedKeys(
  db: Db,
  calendar: string,
  installation: string,
  everything: boolean,
): Promise<ComparedKeys> {
  const { rows } = await sql<{ key: string; equal: boolean }>`
    with keys as (
      select key from calsync.desired_event where calendar = ${calendar}
      union select key from calsync.binding where calendar = ${calendar} and state in ('live', 'gone')
      union select mark_key from calsync.observed_event
        where calendar = ${calendar} and mark_installation = ${installation} and status <> 'cancelled' and recurring_event_id is null
    )
    select keys.key, not ${everything} and event.cancelled_at is null and event.calendar = bound.calendar
        and bound.applied_revision = event.revision and bound.etag = shown.etag and shown.status <> 'cancelled'
        and not exists (select from calsync.dirty mark where mark.key = keys.key)
        and not exists (select from calsync.finding open where open.key = keys.key and open.closed_at is null) is true as equal
      from keys
      left join calsync.desired_event event on event.key = keys.key
      left join calsync.binding bound on bound.key = keys.key and bound.state = 'live'
      left join calsync.observed_event shown on shown.calendar = bound.calendar and shown.event_id = bound.event_id
      order by keys.key`.execute(db);
  const open = rows.filter(({ equal }) => equal !== true).map(({ key }) => key);
  const equal = rows.filter((row) => row.equal === true).map(({ key }) => key);
  return { open, equal };
}

/** The calendar in whose turn a key is worked; null for a key that nothing knows. */
export async function calendarOfKey(db: Db, key: string): Promise<string | null> {
  const { rows } = await sql<{ calendar: string | null }>`
    select coalesce(
        (select calendar from calsync.binding where key = ${key} and state in ('live', 'gone')),
        (select calendar from calsync.desired_event where key = ${key}),
        (select calendar from calsync.observed_event where mark_key = ${key} and status <> 'cancelled' order by calendar limit 1),
        (select calendar from calsync.dirty where key = ${key})) as calendar`.execute(db);
  return rows[0]?.calendar ?? null;
}
