/** What `diff` found, for tests of what is said of it. */
import type { CalendarDiff, DiffItem, DiffReport } from '../../src/engine/diff.ts';

const observedAt = new Date('2026-11-22T19:24:00Z');

export function anItem(item: Partial<DiffItem> = {}): DiffItem {
  return {
    key: 'a',
    title: null,
    calendar: 'home',
    eventId: 'e1',
    action: 'patch',
    kind: 'drift',
    fields: [],
    reason: 'a person changed it; it is put back',
    withheld: null,
    flagged: false,
    ...item,
  };
}

export function aDiff(calendar: Partial<CalendarDiff> = {}): CalendarDiff {
  return {
    calendar: 'home',
    summary: 'Classes',
    state: 'out_of_sync',
    stateReason: null,
    observedAt,
    counts: { create: 0, patch: 0, move: 0, delete: 0, recreate: 0, adopt: 0, held: 0 },
    statuses: {},
    items: [],
    ...calendar,
  };
}

export const aReport = (...calendars: readonly CalendarDiff[]): DiffReport => ({
  inSync: calendars.every(({ state }) => state === 'in_sync'),
  observedAt,
  calendars,
  sides: null,
});
