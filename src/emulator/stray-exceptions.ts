import { type Act, putRow } from './act.ts';
import { sameWhen } from './event-times.ts';
import { instanceAt, parseInstanceId } from './instances.ts';
import type { EventRow } from './model.ts';
import type { StoredCalendar } from './state.ts';

/**
 * A series that moved leaves changed occurrences whose original start is no occurrence any more. Google
 * resets or orphans them (API facts §5); the switch `strayExceptions` says which.
 */
export function cancelStrayExceptions(act: Act, calendar: StoredCalendar, before: EventRow, after: EventRow): void {
  if (act.state.switches.strayExceptions === 'keep' || sameRule(before, after)) return;
  for (const id of calendar.events.exceptionsOf(after.id)) {
    const row = calendar.events.get(id);
    if (row === undefined || row.status === 'cancelled' || isOccurrence(act, after, id)) continue;
    putRow(act, calendar, { ...row, status: 'cancelled', updatedMs: act.state.now() });
  }
}

function sameRule(before: EventRow, after: EventRow): boolean {
  return sameWhen(before.start, after.start) && String(before.content.recurrence) === String(after.content.recurrence);
}

function isOccurrence({ state }: Act, master: EventRow, id: string): boolean {
  const stamp = parseInstanceId(id)?.stamp;
  return stamp !== undefined && instanceAt(master, stamp, state.zones) !== undefined;
}
