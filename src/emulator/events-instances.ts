import type { Caller } from './access.ts';
import { badParameter } from './api-error.ts';
import { viewAt } from './calendar-view.ts';
import { instantOf } from './event-times.ts';
import { findEvent } from './events-find.ts';
import { instancesOf, seriesOf, type TimeWindow } from './instances.ts';
import { parseTimeZone, parseWindow } from './list-query.ts';
import { decodeToken, encodeToken } from './list-tokens.ts';
import type { EventRow, JsonObject } from './model.ts';
import { flag, integer } from './query.ts';
import { quoted, renderEvent } from './render.ts';
import type { State, StoredCalendar } from './state.ts';

const defaultPage = 250;
const largestPage = 2500;
const dayMs = 86_400_000;

/**
 * events.instances: the occurrences of a series in order of time, cancelled ones only with `showDeleted`. The id
 * of an occurrence is answered with that one alone, or with nothing when it is cancelled (API facts §5, probe row 31).
 */
export function listInstances(
  state: State,
  caller: Caller,
  calendar: StoredCalendar,
  eventId: string,
  search: URLSearchParams,
): JsonObject {
  const { row: own, events } = calendar;
  const pageToken = search.get('pageToken');
  const page = pageToken === null ? undefined : decodeToken('page', own.id, pageToken);
  if (pageToken !== null && page === undefined) throw badParameter('pageToken');
  const from = page?.position ?? 0;
  const to = from + Math.min(integer(search, 'maxResults', 1) ?? defaultPage, largestPage);
  const rows = occurrences(state, calendar, eventId, search, page?.version ?? events.version, page?.nowMs);
  const shownZone = parseTimeZone(search) ?? own.timeZone;
  const view = { calendar: own, ...caller, shownZone, zones: state.zones };
  const items = rows.slice(from, to).map((row) => renderEvent(row, { ...view, deletedDetails: true }));
  const nowMs = page?.nowMs ?? state.now();
  const next = { kind: 'page', calendarId: own.id, version: page?.version ?? events.version, nowMs } as const;
  const stamp = Math.max(own.etag, events.lastEtag / 2);
  return {
    kind: 'calendar#events',
    etag: quoted(stamp),
    summary: own.summary,
    updated: new Date(Math.floor(stamp / 1000)).toISOString(),
    timeZone: shownZone,
    accessRole: view.role,
    defaultReminders: [],
    ...(to < rows.length
      ? { nextPageToken: encodeToken({ ...next, parameters: '', position: to, blank: false }) }
      : {}),
    items,
  };
}

function occurrences(
  state: State,
  calendar: StoredCalendar,
  eventId: string,
  search: URLSearchParams,
  version: number,
  nowMs: number | undefined,
): EventRow[] {
  const found = findEvent(state, calendar, eventId);
  const showDeleted = flag(search, 'showDeleted');
  const view = viewAt(calendar.events, version, calendar.row.timeZone);
  const horizonMs = (nowMs ?? state.now()) + state.limits.expansionDays * dayMs;
  const all =
    seriesOf(found) === undefined
      ? [found]
      : instancesOf(view, found, inclusive(parseWindow(search)), horizonMs, state.zones);
  const originalStart = search.get('originalStart');
  const key = (row: EventRow): number => instantOf(row.start, calendar.row.timeZone, state.zones);
  return all
    .filter((row) => showDeleted || row.status !== 'cancelled')
    .filter((row) => originalStart === null || startsOriginally(row, originalStart))
    .sort((left, right) => key(left) - key(right));
}

/** `timeMin` is an inclusive bound here, unlike in a listing (§0.1). */
function inclusive(window: TimeWindow): TimeWindow {
  return window.fromMs === undefined ? window : { ...window, fromMs: window.fromMs - 1 };
}

function startsOriginally({ originalStart }: EventRow, text: string): boolean {
  if (originalStart === undefined) return false;
  return originalStart.kind === 'date' ? originalStart.date === text : originalStart.ms === Date.parse(text);
}
