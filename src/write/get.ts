/** Reading back what was written, and how it stands. */
import { CalsyncError } from '../core/error.ts';
import type { Db } from '../store/database.ts';
import { readDesired, type StoredEvent } from '../store/desired.ts';
import { type EventFilter, readEventPage } from '../store/event-page.ts';
import { type EventStanding, readEventStatus } from '../store/event-status.ts';

/** An event as its row has it, with the status of that very revision. */
export interface GotEvent extends StoredEvent {
  readonly standing: EventStanding;
}

export interface GotPage {
  readonly events: readonly GotEvent[];
  /** Where the next page begins; null after the last one. */
  readonly lastKey: string | null;
}

/** The event of a key, cancelled ones too; null for a key without a row. */
export async function getEvent(db: Db, key: string): Promise<GotEvent | null> {
  return atOneMoment(db, async (tx) => {
    const row = (await readDesired(tx, [key])).get(key);
    return row === undefined ? null : ((await withStandings(tx, [row]))[0] ?? null);
  });
}

/** Events in the order of their keys, from behind the key `after`, at most `limit`. */
export async function listEvents(db: Db, filter: EventFilter, after: string | null, limit: number): Promise<GotPage> {
  return atOneMoment(db, async (tx) => {
    const { events, lastKey } = await readEventPage(tx, filter, after, limit);
    return { events: await withStandings(tx, events), lastKey };
  });
}

/** Row and status are two statements: one snapshot, so that they are of the same revision. A caller's own transaction stays as it is. */
async function atOneMoment<Result>(db: Db, read: (tx: Db) => Promise<Result>): Promise<Result> {
  if (db.isTransaction) return read(db);
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(read);
}

async function withStandings(db: Db, rows: readonly StoredEvent[]): Promise<readonly GotEvent[]> {
  const keys = rows.map(({ spec }) => spec.key);
  const standings = await readEventStatus(db, keys);
  return rows.map((row) => {
    const standing = standings.get(row.spec.key);
    if (standing === undefined) throw new CalsyncError('invariant', 'a row has no status');
    return { ...row, standing };
  });
}
