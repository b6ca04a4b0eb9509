/** `purge --test`: withdraws rows of tests and permits that exactly their events, and strays of them, are deleted in Google. */
import { CalsyncError } from '../core/error.ts';
import { holdDraft } from '../core/hold-draft.ts';
import { findCalendar } from '../store/calendar.ts';
import type { Db } from '../store/database.ts';
import { markKeys } from '../store/dirty.ts';
import { grantPermission, readTestCalendars, type TestCalendar, withdrawTestRows } from '../store/purge.ts';
import { readInstallation } from '../store/setting.ts';
import type { Writer } from '../store/transaction.ts';
import { inWriteTransaction } from './write-transaction.ts';

/**
 * What a purge would remove, by calendar, as far as is known; calendars without anything are absent. Throws `usage` for a calendar that is
 * not managed, or that is a live one.
 */
export async function planPurge(db: Db, calendars: readonly string[] | null): Promise<readonly TestCalendar[]> {
  for (const id of calendars ?? []) {
    const { namespace } = await findCalendar(db, id);
    if (namespace === 'test') continue;
    throw new CalsyncError(
      'usage',
      `the calendar ${id} is a live one: only calendars of the namespace test are purged`,
      {
        reason: 'live_calendar',
      },
    );
  }
  const found = await readTestCalendars(db, (await readInstallation(db)).name, calendars);
  return found.filter(({ keys, events }) => keys.length + events.length > 0);
}

/**
 * Withdraws the rows of a plan and permits the deletion of exactly its events, in one transaction; the next turns carry it out, within no
 * guard's count. Done again, nothing is left to do. Answers how many rows went.
 */
export async function carryOutPurge(db: Db, plan: readonly TestCalendar[], writer: Writer): Promise<number> {
  return inWriteTransaction(db, writer, async (tx) => {
    const withdrawn = await withdrawTestRows(
      tx,
      plan.flatMap(({ keys }) => keys),
    );
    for (const { id, events } of plan) {
      if (events.length === 0) continue;
      const items = events.map((event) => ({ ...event, revision: 0 }));
      await grantPermission(tx, holdDraft('withdrawals', id, items, 'tests are purged'), writer.actor);
      await markKeys(tx, { keys: [...new Set(events.map(({ key }) => key))] });
    }
    return withdrawn;
  });
}
