import { RRuleTemporal } from 'rrule-temporal';
import { badRequest } from './api-error.ts';
import type { When } from './model.ts';
import type { Zones } from './zones.ts';

/**
 * Occurrences of a series. The rule is expanded on the wall clock by `rrule-temporal` as if it were UTC, and
 * each wall clock becomes an instant by the emulator's own zone rules, so that a zone whose rules the
 * switch `zoneRules` replaces expands by those. A time that a gap swallows shifts forward.
 */
export interface Series {
  readonly lines: readonly string[];
  readonly start: When;
  /** The zone of the wall clock; UTC for all-day series. */
  readonly zone: string;
}

/** Occurrence starts are wall clocks given as if they were UTC, in milliseconds. */
export interface Expansion {
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** No more than so many occurrences. */
  readonly maximum: number;
}

const dayMs = 86_400_000;

/** Throws 400 for a line that is no RRULE, EXRULE, RDATE or EXDATE, or a rule that cannot be read. */
export function checkRecurrence(series: Series, zones: Zones): void {
  if (!series.lines.some((line) => /^(RRULE|RDATE)[:;]/i.test(line))) {
    throw badRequest('invalid', 'Invalid recurrence rule.');
  }
  try {
    for (const line of series.lines) checkLine(line, series, zones);
  } catch {
    throw badRequest('invalid', 'Invalid recurrence rule.');
  }
}

function checkLine(line: string, series: Series, zones: Zones): void {
  const name = /^([A-Z]+)[:;]/i.exec(line)?.[1]?.toUpperCase();
  if (name === 'RRULE' || name === 'EXRULE') ruleOf(line, series, zones);
  else if (name === 'RDATE' || name === 'EXDATE') datesOf(line, series, zones);
  else throw new Error('not a recurrence line');
}

/** Starts of the occurrences inside the bounds (both included), in order, without doubles. */
export function expandSeries(series: Series, bounds: Expansion, zones: Zones): number[] {
  const included = new Set<number>();
  const excluded = new Set<number>();
  for (const line of series.lines) {
    if (/^RRULE/i.test(line)) addAll(included, ruleStarts(line, series, bounds, zones));
    else if (/^EXRULE/i.test(line)) addAll(excluded, ruleStarts(line, series, bounds, zones));
    else if (/^RDATE/i.test(line)) addAll(included, datesOf(line, series, zones));
    else if (/^EXDATE/i.test(line)) addAll(excluded, datesOf(line, series, zones));
  }
  // RFC 5545 §3.8.5.2: with RDATE alone, DTSTART is the first of the set.
  if (!series.lines.some((line) => /^RRULE/i.test(line))) included.add(wallOf(series.start, series.zone, zones));
  const inside = [...included].filter(
    (wallMs) => !excluded.has(wallMs) && wallMs >= bounds.fromWallMs && wallMs <= bounds.toWallMs,
  );
  return inside.sort((left, right) => left - right).slice(0, bounds.maximum);
}

/** The wall clock of a time in a zone, as if it were UTC. */
export function wallOf(when: When, zone: string, zones: Zones): number {
  if (when.kind === 'date') return Date.parse(`${when.date}T00:00:00Z`);
  return when.ms + zones.offsetAt(zone, when.ms);
}

/** True when no occurrence follows some day: the rules carry COUNT or UNTIL. */
export function isBounded(lines: readonly string[]): boolean {
  return lines.filter((line) => /^RRULE/i.test(line)).every((line) => /[:;](COUNT|UNTIL)=/i.test(line));
}

/**
 * The lines of a series before a wall clock (undefined when nothing is before it) and from it on. COUNT is shared out
 * between them, UNTIL ends the first a second, or a day, earlier; dates go to their side.
 */
export function splitLines(
  series: Series,
  wallMs: number,
  zones: Zones,
): { readonly before: readonly string[] | undefined; readonly after: readonly string[] } {
  const earlier = { fromWallMs: Date.UTC(1900, 0, 1), toWallMs: wallMs - 1000, maximum: Number.POSITIVE_INFINITY };
  const isFirst = expandSeries(series, earlier, zones).length === 0;
  const until =
    series.start.kind === 'date'
      ? stampOf(wallMs - dayMs).slice(0, 8)
      : stampOf(zones.instantOf(series.zone, wallMs) - 1000);
  const before: string[] = [];
  const after: string[] = [];
  for (const line of series.lines) {
    if (/^(RDATE|EXDATE)/i.test(line)) {
      before.push(...datesWhere(line, series, zones, (ms) => ms < wallMs));
      after.push(...datesWhere(line, series, zones, (ms) => ms >= wallMs));
      continue;
    }
    const bare = line.replaceAll(/;(COUNT|UNTIL)=[^;]*/gi, '').replace(/(COUNT|UNTIL)=[^;]*;/i, '');
    before.push(`${bare};UNTIL=${until}`);
    const count = Number(/COUNT=(\d+)/i.exec(line)?.[1] ?? Number.NaN);
    const passed = Number.isNaN(count) ? 0 : [...ruleStarts(line, series, earlier, zones)].length;
    after.push(Number.isNaN(count) ? line : line.replace(/COUNT=\d+/i, `COUNT=${count - passed}`));
  }
  return { before: isFirst ? undefined : before, after };
}

/** The line with the dates that pass, or nothing when none does. */
function datesWhere(line: string, series: Series, zones: Zones, passes: (wallMs: number) => boolean): string[] {
  const colon = line.indexOf(':');
  const walls = datesOf(line, series, zones);
  const kept = line
    .slice(colon + 1)
    .split(',')
    .filter((_, index) => passes(walls[index] ?? Number.NaN));
  return kept.length === 0 ? [] : [`${line.slice(0, colon)}:${kept.join(',')}`];
}

function addAll(set: Set<number>, values: Iterable<number>): void {
  for (const value of values) set.add(value);
}

function ruleStarts(line: string, series: Series, bounds: Expansion, zones: Zones): Iterable<number> {
  const from = new Date(bounds.fromWallMs);
  const to = new Date(bounds.toWallMs);
  return ruleOf(line, series, zones)
    .between(from, to, true)
    .map((start) => start.epochMilliseconds);
}

function ruleOf(line: string, series: Series, zones: Zones): RRuleTemporal {
  const dtstart = stampOf(wallOf(series.start, series.zone, zones));
  const rule = line.replace(/^(EX|R)RULE[:;]/i, '').replace(/UNTIL=([0-9TZ]+)/i, (_, until: string) => {
    return `UNTIL=${stampOf(untilWall(until, series, zones))}`;
  });
  return new RRuleTemporal({ rruleString: `DTSTART:${dtstart}\nRRULE:${rule}`, strict: true, cache: false });
}

/** UNTIL in UTC becomes a wall clock; a date means its whole day; UNTIL is included (RFC 5545 §3.3.10). */
function untilWall(until: string, series: Series, zones: Zones): number {
  const ms = parseStamp(until);
  if (series.start.kind === 'date') return Math.floor(ms / dayMs) * dayMs;
  if (!until.includes('T')) return ms + dayMs - 1000;
  return until.toUpperCase().endsWith('Z') ? ms + zones.offsetAt(series.zone, ms) : ms;
}

function datesOf(line: string, series: Series, zones: Zones): number[] {
  const colon = line.indexOf(':');
  if (colon < 0) throw new Error('no value');
  const zone = /;TZID=([^;:]+)/i.exec(line.slice(0, colon))?.[1];
  return line
    .slice(colon + 1)
    .split(',')
    .map((text) => dateWall(text.trim(), zone, series, zones));
}

function dateWall(text: string, zone: string | undefined, series: Series, zones: Zones): number {
  const ms = parseStamp(text);
  if (!text.includes('T') || series.start.kind === 'date') return Math.floor(ms / dayMs) * dayMs;
  if (text.toUpperCase().endsWith('Z')) return ms + zones.offsetAt(series.zone, ms);
  if (zone === undefined || zone === series.zone) return ms;
  const instant = zones.instantOf(zone, ms);
  return instant + zones.offsetAt(series.zone, instant);
}

/** `20260901` or `20260901T080000Z`, read as if it were UTC. */
export function parseStamp(text: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)Z?)?$/i.exec(text);
  if (match === null) throw new Error('not a date');
  const [, year, month, day, hour = '00', minute = '00', second = '00'] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms)) throw new Error('not a date');
  return ms;
}

/** `20260901T080000Z` */
export function stampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
