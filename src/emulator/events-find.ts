import { apiError } from './api-error.ts';
import { instanceAt, parseInstanceId } from './instances.ts';
import type { EventRow } from './model.ts';
import type { State, StoredCalendar } from './state.ts';

const dayMs = 86_400_000;

/**
 * The event or occurrence of that id, deleted ones included; 404 when there never was one, or its tombstone
 * is past its days. An occurrence without a row of its own is made from its series.
 */
export function findEvent(state: State, calendar: StoredCalendar, eventId: string): EventRow {
  const row = calendar.events.get(eventId) ?? findInstance(state, calendar, eventId);
  if (row === undefined || isPurged(row, calendar, state)) throw apiError('notFound');
  return row;
}

/** What a read sees, which may lag behind what was written (limit `readLagMs`, API facts §13). */
export function readEvent(state: State, calendar: StoredCalendar, eventId: string): EventRow {
  if (state.limits.readLagMs === 0) return findEvent(state, calendar, eventId);
  const version = calendar.events.versionAt(state.now() - state.limits.readLagMs);
  const get = (id: string): EventRow | undefined => calendar.events.asOf(id, version);
  const row = get(eventId) ?? instanceOf(state, get, eventId);
  if (row === undefined || isPurged(row, calendar, state)) throw apiError('notFound');
  return row;
}

function findInstance(state: State, calendar: StoredCalendar, eventId: string): EventRow | undefined {
  return instanceOf(state, (id) => calendar.events.get(id), eventId);
}

function instanceOf(state: State, get: (id: string) => EventRow | undefined, eventId: string): EventRow | undefined {
  const named = parseInstanceId(eventId);
  const master = named === undefined ? undefined : get(named.masterId);
  return named === undefined || master === undefined ? undefined : instanceAt(master, named.stamp, state.zones);
}

/** A tombstone that Google would have forgotten. Cancelled occurrences live as long as their series (§1.3). */
function isPurged(row: EventRow, calendar: StoredCalendar, state: State): boolean {
  if (row.status !== 'cancelled' || state.limits.tombstoneDays === Number.POSITIVE_INFINITY) return false;
  if (isOfLiveSeries(row, (id) => calendar.events.get(id))) return false;
  return row.updatedMs < state.now() - state.limits.tombstoneDays * dayMs;
}

/** True for an occurrence whose series is live. */
export function isOfLiveSeries(row: EventRow, get: (id: string) => EventRow | undefined): boolean {
  if (row.recurringEventId === undefined) return false;
  const master = get(row.recurringEventId);
  return master !== undefined && master.status !== 'cancelled';
}
