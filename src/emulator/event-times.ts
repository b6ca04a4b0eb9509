import { badRequest } from './api-error.ts';
import type { Json, JsonObject, When } from './model.ts';
import type { Switches } from './switches.ts';
import { isZone, type Zones } from './zones.ts';

/**
 * `start`, `end` and `originalStartTime` in and out (API facts §5): `date` or `dateTime`, never both; an
 * offset fixes the instant, else the stated zone, else the calendar's; milliseconds are dropped.
 */
export interface TimeContext {
  readonly zones: Zones;
  readonly switches: Switches;
  readonly calendarZone: string;
}

type Edge = 'start' | 'end';

const dateTimeShape = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;

/** Throws 400 as Google does for a time it cannot read. */
export function parseWhen(value: Json | undefined, edge: Edge, context: TimeContext): When {
  if (value === undefined || value === null) throw badRequest('required', `Missing ${edge} time.`);
  if (!isObject(value)) throw badRequest('invalid', `Invalid ${edge} time.`);
  const { date, dateTime } = value;
  if (typeof date === 'string' && (dateTime === undefined || dateTime === null)) {
    return { kind: 'date', date: parseDate(date, edge) };
  }
  if (typeof dateTime === 'string' && (date === undefined || date === null)) {
    return parseInstant(dateTime, parseZone(value.timeZone, edge, context), edge, context);
  }
  if (date === undefined && dateTime === undefined) throw badRequest('required', `Missing ${edge} time.`);
  throw badRequest('invalid', `Invalid ${edge} time.`);
}

/** As an answer shows it: the instant in `shownZone`, beside the zone that the event names. */
export function renderWhen(when: When, shownZone: string, zones: Zones): JsonObject {
  if (when.kind === 'date') return { date: when.date };
  const dateTime = zones.render(shownZone, when.ms);
  return when.timeZone === null ? { dateTime } : { dateTime, timeZone: when.timeZone };
}

/** Order in time; an all-day date counts from its midnight in `zone`. */
export function instantOf(when: When, zone: string, zones: Zones): number {
  return when.kind === 'instant' ? when.ms : zones.instantOf(zone, Date.parse(`${when.date}T00:00:00Z`));
}

/** Throws 400 when the end is not of the start's kind, or lies before it. */
export function checkOrder(start: When, end: When): void {
  if (start.kind !== end.kind) throw badRequest('invalid', 'Invalid start time.');
  const empty =
    start.kind === 'date' && end.kind === 'date'
      ? end.date <= start.date
      : start.kind === 'instant' && end.kind === 'instant' && end.ms < start.ms;
  if (empty) throw badRequest('invalid', 'The specified time range is empty.');
}

export function sameWhen(left: When, right: When): boolean {
  if (left.kind === 'date') return right.kind === 'date' && left.date === right.date;
  return right.kind === 'instant' && left.ms === right.ms && left.timeZone === right.timeZone;
}

function parseDate(text: string, edge: Edge): string {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text) {
    throw badRequest('invalid', `Invalid value for: ${edge}.date`);
  }
  return text;
}

function parseInstant(text: string, zone: string | null, edge: Edge, context: TimeContext): When {
  const match = dateTimeShape.exec(text);
  const time = match?.[2];
  if (match?.[1] === undefined || time === undefined) throw badRequest('invalid', `Invalid ${edge} time.`);
  const day = parseDate(match[1], edge);
  const wallMs = Date.parse(`${day}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(wallMs)) throw badRequest('invalid', `Invalid ${edge} time.`);
  const ms =
    match[3] === undefined
      ? context.zones.instantOf(zone ?? context.calendarZone, wallMs)
      : wallMs - parseOffset(match[3]);
  return { kind: 'instant', ms, timeZone: zone ?? unstatedZone(context) };
}

function unstatedZone({ switches, calendarZone }: TimeContext): string | null {
  return switches.unstatedZone === 'calendar' ? calendarZone : null;
}

function parseOffset(text: string): number {
  if (text === 'Z' || text === 'z') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

function parseZone(value: Json | undefined, edge: Edge, { switches }: TimeContext): string | null {
  if (value === undefined || value === null || value === '') return null;
  const zone = typeof value === 'string' ? (switches.zoneAliases[value] ?? value) : '';
  if (!isZone(zone)) throw badRequest('invalid', `Invalid time zone definition for ${edge} time.`);
  return zone;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
