/** Desired rows page by page, in the order of their keys. */
import type { Db } from './database.ts';
import { readDesired, type StoredEvent } from './desired.ts';

export interface EventFilter {
  readonly calendar: string | null;
  readonly schedule: string | null;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** The last key of the page where more follow; null at the end. */
  readonly lastKey: string | null;
}

/** At most `limit` rows behind the key `after`, cancelled ones included. A row that comes or goes meanwhile moves no other one. */
export async function readEventPage(
  db: Db,
  { calendar, schedule }: EventFilter,
  after: string | null,
  limit: number,
): Promise<EventPage> {
  let query = db
    .selectFrom('desired_event')
    .select('key')
    .orderBy('key')
    .limit(limit + 1);
  if (calendar !== null) query = query.where('calendar', '=', calendar);
  if (schedule !== null) query = query.where('schedule', '=', schedule);
  if (after !== null) query = query.where('key', '>', after);
  const keys = (await query.execute()).map(({ key }) => key);
  const shown = keys.slice(0, limit);
  const rows = await readDesired(db, shown);
  return {
    events: shown.flatMap((key) => rows.get(key) ?? []),
    lastKey: keys.length > limit ? (shown.at(-1) ?? null) : null,
  };
}
