/** What rejecting the hold of an older table does: the calendar is right, and the rows follow it (P34). */
import { diffFields } from '../core/field-diff.ts';
import { statedEventOf } from '../core/stated-event.ts';
import { findCalendar } from '../store/calendar.ts';
import type { Tx } from '../store/database.ts';
import { readDesired } from '../store/desired.ts';
import type { StoredHold } from '../store/hold.ts';
import { mirroredEvents } from '../store/table-age.ts';
import type { Writer } from '../store/transaction.ts';
import { patchFields } from '../write/patch.ts';
import { restoreRows } from '../write/restore.ts';
import { requireWritten } from '../write/result.ts';
import { dropAbsentGuests, patchFrom } from './adopted-fields.ts';

/**
 * Rows come back whose events are there, and take over what Google shows of the fields that they state. Guests who
 * came later are foreign to the older rows and stay on the events.
 */
export async function believeGoogle(tx: Tx, hold: StoredHold, writer: Writer): Promise<void> {
  const keys = [...new Set(hold.items.map(({ key }) => key))];
  requireWritten(await restoreRows(tx, keys, writer));
  const { timeZone } = await findCalendar(tx, hold.calendar);
  const rows = await readDesired(tx, keys);
  const events = await mirroredEvents(
    tx,
    hold.items.map(({ eventId }) => eventId),
  );
  for (const { key, eventId } of hold.items) {
    const [row, observed] = [rows.get(key), events.get(eventId)];
    if (row === undefined || observed === undefined) continue;
    const differences = diffFields(statedEventOf(row.spec), null, observed, timeZone);
    const fields = differences.filter(({ kind }) => kind !== 'zone_rules_differ').map(({ field }) => field);
    requireWritten(await patchFields(tx, key, patchFrom(fields, observed, timeZone), writer));
    if (fields.includes('attendees')) requireWritten(await dropAbsentGuests(tx, key, observed, writer));
  }
}
