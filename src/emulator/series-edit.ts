import { isDeepStrictEqual } from 'node:util';
import { type Act, putRow } from './act.ts';
import { spreadToGuests } from './guest-copies.ts';
import type { EventContent, EventRow, Json } from './model.ts';
import type { StoredCalendar } from './state.ts';

/**
 * What an edit of a series does to its changed occurrences (switch `seriesEdit`): a field in which an occurrence
 * still agreed with the series follows it; a field of its own, and its times, stay.
 */
export function editExceptions(act: Act, calendar: StoredCalendar, before: EventRow, after: EventRow): void {
  if (act.state.switches.seriesEdit === 'leaves_exceptions') return;
  const changed = changedNames(before.content, after.content);
  if (changed.length === 0) return;
  for (const id of calendar.events.exceptionsOf(after.id)) {
    const row = calendar.events.get(id);
    if (row === undefined || row.status === 'cancelled') continue;
    const content = followed(row.content, before.content, after.content, changed);
    if (isDeepStrictEqual(content, row.content)) continue;
    const put = putRow(act, calendar, { ...row, content, updatedMs: act.state.now() }, false, true);
    spreadToGuests(act, calendar, row, put, 'none');
  }
}

/** A series that is cancelled takes its changed occurrences along. */
export function cancelExceptions(act: Act, calendar: StoredCalendar, master: EventRow): void {
  for (const id of calendar.events.exceptionsOf(master.id)) {
    const row = calendar.events.get(id);
    if (row === undefined || row.status === 'cancelled') continue;
    putRow(act, calendar, { ...row, status: 'cancelled', updatedMs: act.state.now() }, false, true);
  }
}

/** By the switch `occurrenceVisibility`, the visibility of one occurrence is that of its whole series (§5). */
export function showSeriesAlike(act: Act, calendar: StoredCalendar, before: EventRow, after: EventRow): void {
  const { visibility } = after.content;
  if (act.state.switches.occurrenceVisibility === 'occurrence' || before.content.visibility === visibility) return;
  const master = after.recurringEventId === undefined ? undefined : calendar.events.get(after.recurringEventId);
  if (master === undefined) return;
  const { visibility: _, ...rest } = master.content;
  const content = visibility === undefined ? rest : { ...rest, visibility };
  putRow(act, calendar, { ...master, content, updatedMs: act.state.now() }, false, true);
}

type Name = Exclude<keyof EventContent, 'recurrence'>;

function changedNames(before: EventContent, after: EventContent): Name[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof EventContent)[]);
  return [...names].filter(
    (name): name is Name => name !== 'recurrence' && !isDeepStrictEqual(before[name], after[name]),
  );
}

function followed(own: EventContent, before: EventContent, after: EventContent, names: readonly Name[]): EventContent {
  const content = { ...own } as unknown as Record<string, Json | undefined>;
  for (const name of names) {
    if (!isDeepStrictEqual(own[name], before[name])) continue;
    const value = after[name] as Json | undefined;
    if (value === undefined) delete content[name];
    else content[name] = value;
  }
  return content as unknown as EventContent;
}
