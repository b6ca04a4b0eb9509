/** From when the table is, where events in Google are newer than their rows. */
import { sql } from 'kysely';
import type { GoogleEvent } from '../core/google-event.ts';
import type { Db } from './database.ts';

export interface TableAge {
  /** When somebody last changed the table; null for one that nobody ever did. */
  readonly tableAt: Date | null;
  /** When Google last saw one of the newer events change, RFC 3339; null where it does not say. */
  readonly googleAt: string | null;
}

export interface EventPlace {
  readonly calendar: string;
  readonly eventId: string;
}

export async function tableAge(db: Db, newer: readonly EventPlace[]): Promise<TableAge> {
  const { rows } = await sql<TableAge>`
    select (select at from calsync.history where source <> 'google' order by id desc limit 1) as "tableAt",
        (select max(seen.body ->> 'updated') from calsync.observed_event seen
          join jsonb_to_recordset(${JSON.stringify(newer)}::jsonb) as asked (calendar text, "eventId" text)
            on asked.calendar = seen.calendar and asked."eventId" = seen.event_id) as "googleAt"`.execute(db);
  return rows[0] ?? { tableAt: null, googleAt: null };
}

/** Live events of ours as the mirror has them, on whatever calendar they are now, by id. */
export async function mirroredEvents(db: Db, eventIds: readonly string[]): Promise<ReadonlyMap<string, GoogleEvent>> {
  const { rows } = await sql<{ event_id: string; body: GoogleEvent }>`
    select event_id, body from calsync.observed_event
      where event_id = any(${eventIds}::text[]) and body is not null and status <> 'cancelled' order by event_id, calendar`.execute(
    db,
  );
  return new Map(rows.map(({ event_id, body }) => [event_id, body]));
}
