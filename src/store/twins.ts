/** Twins among the rows: two live keys with the same calendar, time and title, of which neither says that another may be like it. */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { markWork } from './dirty.ts';

const areTwins = sql`
  md5(twin.calendar || E'\\n' || twin.summary) = md5(event.calendar || E'\\n' || event.summary)
    and coalesce(twin.start_local, twin.start_date) = coalesce(event.start_local, event.start_date)
    and twin.key <> event.key and event.cancelled_at is null and twin.cancelled_at is null
    and not event.allow_twin and not twin.allow_twin
    and twin.calendar is not distinct from event.calendar and twin.summary is not distinct from event.summary
    and twin.start_zone is not distinct from event.start_zone and twin.end_zone is not distinct from event.end_zone
    and coalesce(twin.end_local, twin.end_date) = coalesce(event.end_local, event.end_date)`;

/** The twins of each of these keys that has any, in the order of their keys. */
export async function rowTwins(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ key: string; twins: readonly string[] }>`
    select event.key, array_agg(twin.key order by twin.key) as twins
      from calsync.desired_event event join calsync.desired_event twin on ${areTwins}
      where event.key = any(${keys}::text[]) group by event.key`.execute(db);
  return new Map(rows.map(({ key, twins }) => [key, twins]));
}

/** Marks the keys dirty that are told of as twins and have none any more: it was the other row that changed, so nothing else brings them up. */
export async function markFormerTwins(db: Db, calendar: string): Promise<void> {
  await sql`
    with work as materialized (
      select finding.key, finding.calendar from calsync.finding
        where finding.calendar = ${calendar} and finding.kind = 'twin' and finding.closed_at is null
          and not exists (select from calsync.desired_event event join calsync.desired_event twin on ${areTwins}
            where event.key = finding.key)
          and not exists (select from calsync.dirty mark where mark.key = finding.key)
    ) ${markWork}`.execute(db);
}
