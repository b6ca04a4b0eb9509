import type { EventRow } from './model.ts';
import type { VersionedRows } from './versioned-rows.ts';

/** One calendar's events as of one version: what a page walk pins, and what a stale listing shows. */
export interface CalendarView {
  readonly version: number;
  readonly timeZone: string;
  get(id: string): EventRow | undefined;
  inOrder(fromSeq: number): Iterable<EventRow>;
  changedSince(version: number): Iterable<EventRow>;
  exceptionIds(masterId: string): Iterable<string>;
}

export function viewAt(rows: VersionedRows, version: number, timeZone: string): CalendarView {
  return {
    version,
    timeZone,
    get: (id) => rows.asOf(id, version),
    inOrder: (fromSeq) => rows.inOrder(fromSeq, version),
    changedSince: (since) => rows.changed(since, version),
    exceptionIds: (masterId) => rows.exceptionsOf(masterId),
  };
}
