/** What is open on a calendar, in numbers. */
import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface OpenWork {
  /** Keys that need work, waiting and parked ones too, and those that a turn could not mark yet. */
  readonly marks: number;
  /** Open findings that wait for a person, of keys that are worked here, wherever their event is. */
  readonly flagged: number;
  /** Events in open holds. */
  readonly heldItems: number;
  /** Calls whose end nobody knows. */
  readonly unsettled: number;
}

export async function openWork(db: Db, calendar: string): Promise<OpenWork> {
  const { rows } = await sql<OpenWork>`
    select
        (select count(*)::int from (select key from calsync.dirty where calendar = ${calendar}
          union select key from calsync.owed_mark where calendar = ${calendar}) marked) as marks,
        (select count(*)::int from calsync.finding
          left join calsync.binding bound on bound.key = finding.key and bound.state in ('live', 'gone')
          left join calsync.desired_event event on event.key = finding.key
          where closed_at is null and flagged and coalesce(bound.calendar, event.calendar, finding.calendar) = ${calendar}) as flagged,
        (select count(*)::int from calsync.hold join calsync.hold_item item on item.hold = hold.id
          where hold.calendar = ${calendar} and hold.closed_at is null) as "heldItems",
        (select count(*)::int from calsync.intent where calendar = ${calendar} and outcome is null) as unsettled`.execute(
    db,
  );
  return rows[0] ?? { marks: 0, flagged: 0, heldItems: 0, unsettled: 0 };
}
