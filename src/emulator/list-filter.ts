import type { CalendarView } from './calendar-view.ts';
import { isOfLiveSeries } from './events-find.ts';
import { overlaps, regularInstances, seriesOf, type TimeWindow } from './instances.ts';
import type { ListQuery } from './list-query.ts';
import type { EventRow } from './model.ts';
import type { State } from './state.ts';

export interface Filter {
  readonly query: ListQuery;
  readonly window: TimeWindow;
  readonly view: CalendarView;
  readonly state: State;
  readonly horizonMs: number;
  /** Increments always show deletions (API facts §1.3). */
  readonly incremental: boolean;
}

/** Whether a row belongs in the listing. */
export function passes(row: EventRow, filter: Filter): boolean {
  const { query } = filter;
  if (row.status === 'cancelled' && !showsCancelled(row, filter)) return false;
  if (query.eventTypes.length > 0 && !query.eventTypes.includes(row.eventType)) return false;
  if (query.iCalUID !== undefined && row.iCalUID !== query.iCalUID) return false;
  if (query.updatedMinMs !== undefined && row.updatedMs < query.updatedMinMs) return false;
  if (!matchesProperties(row, filter) || !matchesText(row, query.text)) return false;
  return inWindow(row, filter);
}

/**
 * The table of §1.3. Cancelled occurrences of live series are shown when masters are, also under
 * `showDeleted=false`; `updatedMin` shows deletions in any case.
 */
function showsCancelled(row: EventRow, { query, view, state, incremental }: Filter): boolean {
  const ofLiveSeries = isOfLiveSeries(row, (id) => view.get(id));
  const oldestMs = state.now() - state.limits.tombstoneDays * 86_400_000;
  if (!ofLiveSeries && row.updatedMs < oldestMs) return false;
  if (incremental || query.showDeleted || query.updatedMinMs !== undefined) return true;
  return ofLiveSeries && !query.singleEvents;
}

function inWindow(row: EventRow, { window, view, state, horizonMs, incremental }: Filter): boolean {
  if (window.fromMs === undefined && window.toMs === undefined) return true;
  if (incremental && row.status === 'cancelled') return true;
  if (seriesOf(row) !== undefined) return regularInstances(row, window, horizonMs, state.zones).length > 0;
  return overlaps(row, window, view.timeZone, state.zones);
}

function matchesProperties(row: EventRow, { query, state }: Filter): boolean {
  const own = row.content.extendedProperties;
  const any = state.switches.repeatedPropertyFilter === 'any';
  return (
    matchesConstraints(own?.private, query.privateProperties, any) &&
    matchesConstraints(own?.shared, query.sharedProperties, any)
  );
}

function matchesConstraints(
  properties: Readonly<Record<string, string>> | undefined,
  constraints: readonly string[],
  any: boolean,
): boolean {
  if (constraints.length === 0) return true;
  const holds = (constraint: string): boolean => {
    const equals = constraint.indexOf('=');
    return properties?.[constraint.slice(0, equals)] === constraint.slice(equals + 1);
  };
  return any ? constraints.some(holds) : constraints.every(holds);
}

function matchesText({ content, organizer }: EventRow, text: string | undefined): boolean {
  if (text === undefined) return true;
  const people = [organizer, ...(content.attendees ?? [])].flatMap(({ email, displayName }) => [email, displayName]);
  const places = [content.summary, content.description, content.location, ...people];
  return places.some((place) => place?.toLowerCase().includes(text) === true);
}
