/** What the guard will say to removals: told when they are written, since the events stay in Google until a person decides. */
import { judge } from '../core/guard.ts';
import { readBindings } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { guardCounts } from '../store/intent.ts';

export interface HeldRemovals {
  readonly calendar: string;
  /** Events of the removed keys that are on this calendar now. */
  readonly count: number;
  /** One sentence. */
  readonly reason: string;
}

/** The calendars on which taking these keys out of the table is more than the guard lets pass as things stand; by their ids. */
export async function heldRemovals(db: Db, removed: readonly string[]): Promise<readonly HeldRemovals[]> {
  if (removed.length === 0) return [];
  const bindings = [...(await readBindings(db, removed)).values()].flat();
  const countByCalendar = new Map<string, number>();
  for (const { calendar, state } of bindings)
    if (state === 'live') countByCalendar.set(calendar, (countByCalendar.get(calendar) ?? 0) + 1);
  const held: HeldRemovals[] = [];
  for (const [calendar, count] of [...countByCalendar].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const wish = { withdrawals: count, strays: 0, leaving: 0, cancellations: 0, recreates: 0 };
    const { deletes } = judge(await guardCounts(db, calendar), wish);
    if (deletes !== null) held.push({ calendar, count, reason: deletes });
  }
  return held;
}
