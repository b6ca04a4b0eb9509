import { viewAt } from './calendar-view.ts';
import { instantOf } from './event-times.ts';
import { instancesOf, occurrenceOf, seriesOf, type TimeWindow } from './instances.ts';
import type { EventRow, JsonObject } from './model.ts';
import { renderEvent } from './render.ts';
import type { State, StoredCalendar } from './state.ts';

const dayMs = 86_400_000;

/** An event as the owner of its calendar sees it, details of deleted ones included. */
export function ownerView(state: State, { row: calendar }: StoredCalendar, row: EventRow): JsonObject {
  return renderEvent(row, {
    calendar,
    role: 'owner',
    email: calendar.dataOwner,
    shownZone: calendar.timeZone,
    zones: state.zones,
    deletedDetails: true,
  });
}

export interface Occurrences {
  readonly count: number;
  /** Live occurrences and single events in order of time; `id` is the occurrence's, `eventId` its series'. */
  readonly occurrences: readonly JsonObject[];
}

/** Every date that the calendar's live events take up. An endless series stops at the limit `expansionDays`. */
export function expandCalendar(state: State, calendar: StoredCalendar, window: TimeWindow): Occurrences {
  const { row, events } = calendar;
  const view = viewAt(events, events.version, row.timeZone);
  const horizonMs = state.now() + state.limits.expansionDays * dayMs;
  const live: EventRow[] = [];
  for (const event of events.inOrder(0, events.version)) {
    if (event.status === 'cancelled' || event.recurringEventId !== undefined) continue;
    const parts = seriesOf(event) === undefined ? [event] : instancesOf(view, event, window, horizonMs, state.zones);
    for (const part of parts) if (part.status !== 'cancelled' && begins(part, window, calendar, state)) live.push(part);
  }
  const key = (part: EventRow): number => instantOf(part.start, row.timeZone, state.zones);
  live.sort((left, right) => key(left) - key(right));
  return { count: live.length, occurrences: live.map((part) => occurrenceOf(part, row.timeZone, state.zones)) };
}

function begins(row: EventRow, { fromMs, toMs }: TimeWindow, calendar: StoredCalendar, state: State): boolean {
  const ms = instantOf(row.start, calendar.row.timeZone, state.zones);
  return (fromMs === undefined || ms >= fromMs) && (toMs === undefined || ms < toMs);
}
