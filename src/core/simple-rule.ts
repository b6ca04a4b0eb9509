/**
 * Rules that nearly every series has, daily or weekly on named days, reckoned instead of expanded: a plan asks
 * for the end of each of its series.
 */
import { partValue, type RuleLine } from './recurrence-line.ts';

export interface SimpleRule {
  /** Wall milliseconds of the series' start. */
  readonly startMs: number;
  /** Days from the start's week (or the start itself, for daily rules) to the next that counts. */
  readonly periodDays: number;
  /** Wall milliseconds at which the period of the start begins, at the start's time of day. */
  readonly periodStartMs: number;
  /** Days of a period that count, from 0, in order. */
  readonly days: readonly number[];
  readonly end:
    | { readonly kind: 'count'; readonly count: number }
    | { readonly kind: 'until'; readonly untilMs: number };
}

const dayMs = 86_400_000;
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const simpleParts = new Set(['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY']);

/** The rule in this form, or null if it has no end or needs more than this. UNTIL is read as wall-clock time. */
export function simpleRuleOf({ parts }: RuleLine, startMs: number): SimpleRule | null {
  if (parts.some(([name]) => !simpleParts.has(name))) return null;
  const end = endOf(parts);
  const interval = Number(partValue(parts, 'INTERVAL') ?? 1);
  const byDay = partValue(parts, 'BYDAY');
  if (end === null || !(interval >= 1)) return null;
  switch (partValue(parts, 'FREQ')) {
    case 'DAILY':
      return byDay === undefined ? { startMs, periodDays: interval, periodStartMs: startMs, days: [0], end } : null;
    case 'WEEKLY':
      return weeklyRule(startMs, interval, byDay, partValue(parts, 'WKST') ?? 'MO', end);
    default:
      return null;
  }
}

/** Wall milliseconds of the last occurrence, or null if there is none. */
export function lastOfSimpleRule(rule: SimpleRule): number | null {
  return rule.end.kind === 'count' ? nthOccurrence(rule, rule.end.count) : lastUntil(rule, rule.end.untilMs);
}

/** Whether the start is an occurrence of the rule. */
export function startsSimpleRule(rule: SimpleRule): boolean {
  const isDay = rule.days.includes((rule.startMs - rule.periodStartMs) / dayMs);
  return isDay && (rule.end.kind === 'count' || rule.end.untilMs >= rule.startMs);
}

function weeklyRule(
  startMs: number,
  interval: number,
  byDay: string | undefined,
  weekStart: string,
  end: SimpleRule['end'],
): SimpleRule | null {
  const startDay = new Date(startMs).getUTCDay();
  const first = weekdays.indexOf(weekStart);
  const names = byDay === undefined ? [startDay] : byDay.split(',').map((name) => weekdays.indexOf(name.trim()));
  if (first < 0 || names.includes(-1)) return null;
  const fromWeekStart = (day: number): number => (day - first + 7) % 7;
  const days = [...new Set(names.map(fromWeekStart))].sort((a, b) => a - b);
  return { startMs, periodDays: 7 * interval, periodStartMs: startMs - fromWeekStart(startDay) * dayMs, days, end };
}

function endOf(parts: RuleLine['parts']): SimpleRule['end'] | null {
  const count = partValue(parts, 'COUNT');
  if (count !== undefined) return Number(count) >= 1 ? { kind: 'count', count: Number(count) } : null;
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(partValue(parts, 'UNTIL') ?? '');
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return { kind: 'until', untilMs: Date.UTC(year, month - 1, day, hour, minute, second) };
}

/** Periods are full but for the first, which lacks the days before the start. */
function nthOccurrence(rule: SimpleRule, count: number): number {
  const { days, periodDays, periodStartMs, startMs } = rule;
  const skipped = days.filter((day) => periodStartMs + day * dayMs < startMs).length;
  const index = skipped + count - 1;
  const period = Math.floor(index / days.length);
  return periodStartMs + (period * periodDays + (days[index % days.length] ?? 0)) * dayMs;
}

function lastUntil(rule: SimpleRule, untilMs: number): number | null {
  const { days, periodDays, periodStartMs, startMs } = rule;
  const period = Math.floor((untilMs - periodStartMs) / (periodDays * dayMs));
  const candidates = [period, period - 1].flatMap((candidate) =>
    days.map((day) => periodStartMs + (candidate * periodDays + day) * dayMs),
  );
  const fitting = candidates.filter((wallMs) => wallMs <= untilMs && wallMs >= startMs);
  return fitting.length === 0 ? null : Math.max(...fitting);
}
