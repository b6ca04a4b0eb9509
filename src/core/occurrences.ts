/**
 * Which occurrences a series has. Everything is reckoned in wall-clock time of the series' zone ("wall milliseconds",
 * the wall clock read as if it were UTC), because a series keeps its wall clock across changes of the offset. An
 * occurrence in a gap keeps its nominal time here; `resolveWallClock` says when it takes place.
 *
 * A start that its own rule does not generate is no occurrence: RFC 5545 leaves it undefined; `startOccurrence` tells.
 */
import { RRuleTemporal } from 'rrule-temporal';
import type { EventTime } from './event-time.ts';
import { type DatesLine, partValue, type RuleLine, readRecurrenceLine } from './recurrence-line.ts';
import { lastOfSimpleRule, simpleRuleOf, startsSimpleRule } from './simple-rule.ts';
import { formatWallMs, resolveWallClock, wallClockAt, wallMsOf } from './wall-clock.ts';

/** Steps of the expansion of one rule, after which it is given up. */
const mostSteps = 100_000;
/** More than the longest COUNT and 50 years of days. */
const mostOccurrences = 20_000;
/** 2201-01-01: no date of ours lies beyond. */
const horizonWallMs = Date.UTC(2201, 0, 1);

export type StartOccurrence =
  | { readonly kind: 'starts_series' }
  /** The rule begins later, at this local start. */
  | { readonly kind: 'begins_later'; readonly first: string }
  /** The rule generates nothing, or nothing within the bounds of the search. */
  | { readonly kind: 'empty' };

/**
 * The first `limit` local starts in order ('YYYY-MM-DD' or 'YYYY-MM-DDTHH:MM:SS'). Ends early where the search for a further
 * one exceeds its bounds. Lines that cannot be read are left out; without lines it is the start alone.
 */
export function expandRecurrence(start: EventTime, lines: readonly string[], limit: number): readonly string[] {
  const series = readSeries(start, lines);
  if (series.rules.length === 0 && series.added.size === 0) return limit > 0 ? [localStartOf(start)] : [];
  return expandSeries(series, limit).starts.map((wallMs) => formatStart(wallMs, start));
}

/**
 * The start of the last occurrence, or null for a series without end (or whose end lies beyond the bounds of the search).
 * The start itself where nothing is left of the series, or there is none.
 */
export function lastOccurrence(start: EventTime, lines: readonly string[]): EventTime | null {
  const series = readSeries(start, lines);
  if (series.rules.some(isEndless)) return null;
  const lastMs = lastOfOneSimpleRule(series) ?? lastByExpansion(series);
  if (lastMs === null || lastMs === series.startMs) return lastMs === null ? null : start;
  return start.kind === 'date'
    ? { kind: 'date', date: formatStart(lastMs, start) }
    : { kind: 'time', local: formatStart(lastMs, start), zone: start.zone, offset: null };
}

/** Whether the rules generate the start itself. Exceptions are left aside: a first lesson may well be cancelled. */
export function startOccurrence(start: EventTime, lines: readonly string[]): StartOccurrence {
  const series = readSeries(start, lines);
  if (series.rules.length === 0 || series.added.has(series.startMs)) return { kind: 'starts_series' };
  const simple = series.rules.map(({ rule }) => simpleRuleOf(rule, series.startMs));
  if (simple.some((rule) => rule !== null && startsSimpleRule(rule))) return { kind: 'starts_series' };
  const [firstMs] = expandSeries({ ...series, exceptions: [], removed: new Set() }, 1).starts;
  if (firstMs === undefined) return { kind: 'empty' };
  return firstMs === series.startMs
    ? { kind: 'starts_series' }
    : { kind: 'begins_later', first: formatStart(firstMs, start) };
}

/** A rule whose UNTIL, if any, is a wall-clock time of the series' zone. */
interface WallRule {
  readonly rule: RuleLine;
  readonly ends: boolean;
}

interface Series {
  readonly startMs: number;
  readonly rules: readonly WallRule[];
  readonly exceptions: readonly WallRule[];
  readonly added: ReadonlySet<number>;
  readonly removed: ReadonlySet<number>;
}

function readSeries(start: EventTime, texts: readonly string[]): Series {
  const lines = texts.map(readRecurrenceLine).filter((line) => line !== null);
  const ruleLines = lines.filter((line) => line.kind === 'rule');
  const datesLines = lines.filter((line) => line.kind === 'dates');
  const rulesOf = (name: RuleLine['name']): WallRule[] =>
    ruleLines.filter((line) => line.name === name).map((line) => wallRule(line, start));
  const datesOf = (name: DatesLine['name']): Set<number> =>
    new Set(datesLines.filter((line) => line.name === name).flatMap((line) => wallDates(line, start)));
  const added = datesOf('RDATE');
  const rules = rulesOf('RRULE');
  const startMs = wallMsOfStart(start);
  if (rules.length === 0 && added.size > 0) added.add(startMs);
  return { startMs, rules, exceptions: rulesOf('EXRULE'), added, removed: datesOf('EXDATE') };
}

function wallRule(line: RuleLine, start: EventTime): WallRule {
  const parts = line.parts.map(([name, value]): readonly [string, string] => {
    const wallMs = name === 'UNTIL' ? wallMsOfValue(value, undefined, start) : null;
    return wallMs === null ? [name, value] : [name, `${compact(wallMs)}Z`];
  });
  return {
    rule: { ...line, parts },
    ends: partValue(parts, 'COUNT') !== undefined || partValue(parts, 'UNTIL') !== undefined,
  };
}

function wallDates({ params, values }: DatesLine, start: EventTime): number[] {
  const zone = partValue(params, 'TZID');
  return values.map((value) => wallMsOfValue(value, zone, start)).filter((wallMs) => wallMs !== null);
}

function isEndless({ ends }: WallRule): boolean {
  return !ends;
}

/** Wall milliseconds of an iCalendar date or time, brought to the series' zone; null if it is neither. */
function wallMsOfValue(value: string, zone: string | undefined, start: EventTime): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(value);
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', utc = ''] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const wallMs = wallMsOf(local);
  if (Number.isNaN(wallMs)) return null;
  if (start.kind === 'date') return wallMs - (wallMs % 86_400_000);
  if (utc === 'Z') return wallMsOf(wallClockAt(wallMs, start.zone));
  if (zone === undefined || zone === start.zone) return wallMs;
  return wallMsOf(wallClockAt(resolveWallClock(local, zone).epochMs, start.zone));
}

function lastOfOneSimpleRule({ rules, exceptions, added, removed, startMs }: Series): number | null {
  const [only, ...others] = rules;
  if (only === undefined || others.length > 0 || exceptions.length > 0) return null;
  const simple = simpleRuleOf(only.rule, startMs);
  const lastMs = simple === null ? null : lastOfSimpleRule(simple);
  if (lastMs === null) return null;
  const addedLater = [...added].filter((wallMs) => wallMs > lastMs && !removed.has(wallMs));
  if (addedLater.length > 0) return addedLater.reduce((a, b) => Math.max(a, b));
  return removed.has(lastMs) ? null : lastMs;
}

function lastByExpansion(series: Series): number | null {
  const { starts, complete } = expandSeries(series, mostOccurrences);
  return complete ? (starts.at(-1) ?? series.startMs) : null;
}

interface Expansion {
  readonly starts: readonly number[];
  /** False where a bound cut it short. */
  readonly complete: boolean;
}

/** RFC 5545 §3.8.5: the union of rules and added dates, less the exceptions, in order. */
function expandSeries(series: Series, limit: number): Expansion {
  const removed = new Set(series.removed);
  const enough = Math.min(limit, mostOccurrences);
  if (series.exceptions.length > 0) {
    for (const { rule } of series.exceptions)
      for (const wallMs of expandRule(rule, series.startMs, mostOccurrences, removed).starts) removed.add(wallMs);
  }
  const expansions = series.rules.map(({ rule }) => expandRule(rule, series.startMs, enough, removed));
  const added = [...series.added].filter((wallMs) => !removed.has(wallMs));
  const all = new Set([...expansions.flatMap(({ starts }) => starts), ...added]);
  const starts = [...all].sort((a, b) => a - b).slice(0, Math.max(0, limit));
  return { starts, complete: expansions.every(({ complete }) => complete) };
}

/** The first `limit` occurrences of a rule that are not removed, as wall milliseconds. */
function expandRule(rule: RuleLine, startMs: number, limit: number, removed: ReadonlySet<number>): Expansion {
  const most = limit + removed.size + 1;
  try {
    const generated = boundedRule(rule, startMs, most).all();
    const starts = generated.map(({ epochMilliseconds }) => epochMilliseconds).filter((wallMs) => !removed.has(wallMs));
    return { starts: starts.slice(0, limit), complete: generated.length < most };
  } catch (thrown) {
    if (thrown instanceof Error) return { starts: [], complete: false };
    throw thrown;
  }
}

/** Always with an end of both kinds, for which the library reckons whole lists: fifty times faster than step by step. */
function boundedRule({ parts }: RuleLine, startMs: number, most: number): RRuleTemporal {
  const count = Math.min(Number(partValue(parts, 'COUNT') ?? most), most);
  const until = partValue(parts, 'UNTIL') ?? `${compact(horizonWallMs)}Z`;
  const others = parts
    .filter(([name]) => name !== 'COUNT' && name !== 'UNTIL')
    .map(([name, value]) => `${name}=${value};`);
  return new RRuleTemporal({
    rruleString: `DTSTART;TZID=UTC:${compact(startMs)}\nRRULE:${others.join('')}COUNT=${count};UNTIL=${until}`,
    maxIterations: mostSteps,
    cache: false,
  });
}

function compact(wallMs: number): string {
  return formatWallMs(wallMs).replaceAll(/[-:]/g, '');
}

function wallMsOfStart(start: EventTime): number {
  return wallMsOf(start.kind === 'date' ? `${start.date}T00:00:00` : start.local);
}

function localStartOf(start: EventTime): string {
  return start.kind === 'date' ? start.date : start.local;
}

function formatStart(wallMs: number, start: EventTime): string {
  const local = formatWallMs(wallMs);
  return start.kind === 'date' ? local.slice(0, 10) : local;
}
