import type { CalendarView } from './calendar-view.ts';
import { renderWhen } from './event-times.ts';
import type { EventRow, JsonObject, When } from './model.ts';
import { expandSeries, isBounded, parseStamp, type Series, stampOf, wallOf } from './recurrence.ts';
import type { Zones } from './zones.ts';

/**
 * Occurrences as events. An instance id is the master's with the original start in UTC behind it, or its
 * date for all-day series (API facts §5). Rows of their own (changed or cancelled occurrences) stand in for theirs.
 */
const instanceId = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/;
const farPastMs = Date.UTC(1900, 0, 1);
const farFutureMs = Date.UTC(9999, 0, 1);
/** A rule may name a million seconds; a listing never shows more of one series. */
const instancesPerSeries = 50_000;

/** Bounds on occurrences: those that end after `fromMs` and begin before `toMs`. */
export interface TimeWindow {
  readonly fromMs?: number;
  readonly toMs?: number;
}

export function seriesOf(master: EventRow): Series | undefined {
  const lines = master.content.recurrence;
  if (lines === undefined || lines.length === 0) return undefined;
  return { lines, start: master.start, zone: seriesZone(master) };
}

function seriesZone(master: EventRow): string {
  return master.start.kind === 'instant' ? (master.start.timeZone ?? 'UTC') : 'UTC';
}

/** Splits `<master>_<stamp>`; undefined for an id of another form. */
export function parseInstanceId(id: string): { masterId: string; stamp: string } | undefined {
  const match = instanceId.exec(id);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { masterId: match[1], stamp: match[2] };
}

/** The occurrence that an id names, made from its series; undefined when the series has none there. */
export function instanceAt(master: EventRow, stamp: string, zones: Zones): EventRow | undefined {
  const series = seriesOf(master);
  if (series === undefined || (series.start.kind === 'date') === stamp.includes('T')) return undefined;
  const ms = parseStamp(stamp);
  const wallMs = series.start.kind === 'date' ? ms : ms + zones.offsetAt(series.zone, ms);
  const [found] = expandSeries(series, { fromWallMs: wallMs, toWallMs: wallMs, maximum: 1 }, zones);
  return found === undefined ? undefined : instanceRow(master, found, zones);
}

/**
 * All occurrences of a series inside a window, changed and cancelled ones in their place. An endless
 * series stops at `horizonMs`. A cancelled series gives its occurrences cancelled.
 */
export function instancesOf(
  view: CalendarView,
  master: EventRow,
  window: TimeWindow,
  horizonMs: number,
  zones: Zones,
): EventRow[] {
  const own = new Map<string, EventRow>();
  for (const id of view.exceptionIds(master.id)) {
    const row = view.get(id);
    if (row !== undefined) own.set(id, row);
  }
  const regular = regularInstances(master, window, horizonMs, zones).filter((row) => !own.has(row.id));
  const exceptions = [...own.values()].filter((row) => overlaps(row, window, view.timeZone, zones));
  return [...regular, ...exceptions];
}

/** The occurrences that follow the rule, whatever rows stand in for them. */
export function regularInstances(master: EventRow, window: TimeWindow, horizonMs: number, zones: Zones): EventRow[] {
  const series = seriesOf(master);
  if (series === undefined) return [];
  const latest = window.toMs ?? (isBounded(series.lines) ? farFutureMs : Math.max(horizonMs, 0));
  const longest = 2 * 86_400_000 + Math.max(0, wallLength(master, zones));
  const bounds = {
    fromWallMs: window.fromMs === undefined ? farPastMs : window.fromMs - longest,
    toWallMs: latest + 86_400_000,
    maximum: instancesPerSeries,
  };
  return expandSeries(series, bounds, zones)
    .map((wallMs) => instanceRow(master, wallMs, zones))
    .filter((row) => overlaps(row, { ...window, toMs: latest }, series.zone, zones));
}

/** True when the event ends after the window's start and begins before its end (API facts §1.4). */
export function overlaps(row: EventRow, window: TimeWindow, dayZone: string, zones: Zones): boolean {
  const edge = (when: When): number =>
    when.kind === 'instant' ? when.ms : zones.instantOf(dayZone, Date.parse(`${when.date}T00:00:00Z`));
  if (window.fromMs !== undefined && edge(row.end) <= window.fromMs) return false;
  return window.toMs === undefined || edge(row.start) < window.toMs;
}

function wallLength(master: EventRow, zones: Zones): number {
  const zone = seriesZone(master);
  return wallOf(master.end, zone, zones) - wallOf(master.start, zone, zones);
}

function instanceRow(master: EventRow, wallMs: number, zones: Zones): EventRow {
  const { recurrence: _, ...content } = master.content;
  const start = whenAt(master.start, wallMs, seriesZone(master), zones);
  const end = whenAt(master.end, wallMs + wallLength(master, zones), seriesZone(master), zones);
  const stamp = start.kind === 'date' ? start.date.replaceAll('-', '') : stampOf(start.ms);
  const id = `${master.id}_${stamp}`;
  return { ...master, id, content, start, end, recurringEventId: master.id, originalStart: start };
}

function whenAt(like: When, wallMs: number, zone: string, zones: Zones): When {
  if (like.kind === 'date') return { kind: 'date', date: new Date(wallMs).toISOString().slice(0, 10) };
  return { kind: 'instant', ms: zones.instantOf(zone, wallMs), timeZone: like.timeZone };
}

/** For the expansion over the control door: one live occurrence, or a single event. */
export function occurrenceOf(row: EventRow, shownZone: string, zones: Zones): JsonObject {
  return {
    eventId: row.recurringEventId ?? row.id,
    id: row.id,
    start: renderWhen(row.start, shownZone, zones),
    end: renderWhen(row.end, shownZone, zones),
  };
}
