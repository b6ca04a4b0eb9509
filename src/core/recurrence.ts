/**
 * The canonical form of `recurrence` lines, in which what Google or its web editor rewrites compares equal: the order of
 * lines, parts and list members, capitals, defaults that are written or left out, a WKST that changes nothing,
 * dates in one line or several, aliases of zones. Wall clocks and zones stay: nothing is computed into instants.
 */
import { type DatesLine, partValue, type RuleLine, readRecurrenceLine } from './recurrence-line.ts';
import { canonicalTimeZone } from './time-zone.ts';

export { expandRecurrence, lastOccurrence } from './occurrences.ts';

const lineOrder = ['RRULE', 'EXRULE', 'RDATE', 'EXDATE'];
const partOrder = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL'];
const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const numberLists = new Set([
  'BYMONTH',
  'BYMONTHDAY',
  'BYYEARDAY',
  'BYWEEKNO',
  'BYSETPOS',
  'BYHOUR',
  'BYMINUTE',
  'BYSECOND',
]);

/** Canonical lines, sorted, without doubles. Never throws: a line that cannot be read stands as it is. */
export function normaliseRecurrence(lines: readonly string[]): readonly string[] {
  const canonical = lines.filter((line) => line.trim() !== '').flatMap((line) => canonicalLines(line));
  return [...new Set(canonical)].sort((a, b) => rankOf(a, lineOrder) - rankOf(b, lineOrder) || compareText(a, b));
}

function canonicalLines(text: string): string[] {
  const line = readRecurrenceLine(text);
  if (line === null) return [text.trim()];
  return line.kind === 'rule' ? [canonicalRule(line)] : canonicalDates(line);
}

function canonicalRule({ name, parts }: RuleLine): string {
  const kept = parts.filter(([part, value]) => !isDefault(part, value, parts));
  const texts = kept.map(([part, value]) => `${part}=${canonicalValue(part, value)}`);
  return `${name}:${[...new Set(texts)].sort((a, b) => rankOf(a, partOrder) - rankOf(b, partOrder) || compareText(a, b)).join(';')}`;
}

function isDefault(part: string, value: string, parts: RuleLine['parts']): boolean {
  if (part === 'INTERVAL') return /^\+?0*1$/.test(value);
  return part === 'WKST' && (value === 'MO' || !weekStartMatters(parts));
}

/** RFC 5545 §3.3.10: the first day of the week plays a part in these rules only. The web editor adds its user's WKST to any. */
function weekStartMatters(parts: RuleLine['parts']): boolean {
  if (partValue(parts, 'BYWEEKNO') !== undefined) return true;
  const everyWeek = /^\+?0*1$/.test(partValue(parts, 'INTERVAL') ?? '1');
  return partValue(parts, 'FREQ') === 'WEEKLY' && (!everyWeek || partValue(parts, 'BYSETPOS') !== undefined);
}

function canonicalValue(part: string, value: string): string {
  if (part === 'BYDAY') return listOf(value, canonicalDay, compareDays);
  if (numberLists.has(part)) return listOf(value, canonicalNumber, (a, b) => Number(a) - Number(b));
  return part === 'COUNT' || part === 'INTERVAL' ? canonicalNumber(value) : value;
}

function listOf(
  value: string,
  canonical: (member: string) => string,
  compare: (a: string, b: string) => number,
): string {
  const members = value.split(',').map((member) => canonical(member.trim()));
  return [...new Set(members)].sort((a, b) => compare(a, b) || compareText(a, b)).join(',');
}

function canonicalNumber(text: string): string {
  return /^[+-]?\d{1,9}$/.test(text) ? String(Number(text)) : text;
}

function canonicalDay(text: string): string {
  const match = /^([+-]?\d{1,9})([A-Z]{2})$/.exec(text);
  return match === null ? text : `${Number(match[1])}${match[2]}`;
}

function compareDays(a: string, b: string): number {
  const ordinal = (day: string): number => Number.parseInt(day, 10) || 0;
  return ordinal(a) - ordinal(b) || weekdays.indexOf(a.slice(-2)) - weekdays.indexOf(b.slice(-2));
}

/** One line a date, so that a list in one line equals the same list in several. */
function canonicalDates({ name, params, values }: DatesLine): string[] {
  const zone = partValue(params, 'TZID');
  return values.map((value) => {
    if (/^\d{8}$/.test(value)) return `${name};VALUE=DATE:${value}`;
    return zone === undefined || value.endsWith('Z')
      ? `${name}:${value}`
      : `${name};TZID=${canonicalTimeZone(zone)}:${value}`;
  });
}

function rankOf(text: string, order: readonly string[]): number {
  const index = order.findIndex((name) => text.startsWith(name));
  return index < 0 ? order.length : index;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
