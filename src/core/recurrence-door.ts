/** The door for `recurrence`: what a series may be made of, with every problem naming its line and part. */
import { type DatesLine, partValue, readRecurrenceLine } from './recurrence-line.ts';
import { ruleProblems } from './recurrence-rule.ts';
import { isTimeZone } from './time-zone.ts';
import { parseLocalDateTime } from './wall-clock.ts';

export interface RecurrenceProblem {
  /** Which line, from 0; null for the lines as a whole. */
  readonly line: number | null;
  readonly message: string;
}

/** Ours, not Google's: enough for a year of single dates and an exception for each. */
const mostLines = 64;
const mostCharacters = 16_384;

type StartKind = 'date' | 'time';

/** Everything wrong with the lines of a series of all-day (`date`) or timed events; no line at all is no series and fine. */
export function recurrenceProblems(lines: readonly string[], startKind: StartKind): readonly RecurrenceProblem[] {
  if (lines.length === 0) return [];
  if (lines.length > mostLines) return [{ line: null, message: `has more than ${mostLines} lines` }];
  if (lines.join('\n').length > mostCharacters)
    return [{ line: null, message: `is longer than ${mostCharacters} characters` }];
  const problems = lines.flatMap((text, line) => lineProblems(text, startKind).map((message) => ({ line, message })));
  if (problems.length > 0 || lines.some((text) => /^\s*(RRULE|RDATE)/i.test(text))) return problems;
  return [{ line: null, message: 'needs an RRULE or RDATE line: exceptions alone repeat nothing' }];
}

function lineProblems(text: string, startKind: StartKind): string[] {
  if (/^\s*(DTSTART|DTEND)\b/i.test(text)) return ['DTSTART and DTEND do not belong here: they are `start` and `end`'];
  if (/^\s*FREQ=/i.test(text)) return ['must begin with RRULE:, as in RRULE:FREQ=WEEKLY'];
  const line = readRecurrenceLine(text);
  if (line === null)
    return ['must be an RRULE, EXRULE, RDATE or EXDATE line with a value, as in RRULE:FREQ=WEEKLY;COUNT=10'];
  return line.kind === 'rule'
    ? ruleProblems(line, startKind).map((problem) => `${line.name} ${problem}`)
    : datesProblems(line, startKind).map((problem) => `${line.name} ${problem}`);
}

function datesProblems({ params, values }: DatesLine, startKind: StartKind): string[] {
  const stranger = params.find(([name]) => name !== 'TZID' && name !== 'VALUE');
  if (stranger !== undefined) return ['takes the parameters TZID and VALUE only'];
  return startKind === 'date' ? allDayProblems(params, values) : timedProblems(params, values);
}

function allDayProblems(params: DatesLine['params'], values: readonly string[]): string[] {
  if (partValue(params, 'TZID') !== undefined) return ['TZID has no meaning for an all-day event'];
  return values.every(isDate) && partValue(params, 'VALUE')?.toUpperCase() === 'DATE'
    ? []
    : ['must hold dates, as in EXDATE;VALUE=DATE:20261224, since the event is all-day'];
}

function timedProblems(params: DatesLine['params'], values: readonly string[]): string[] {
  const zone = partValue(params, 'TZID');
  const type = partValue(params, 'VALUE')?.toUpperCase() ?? 'DATE-TIME';
  if (type !== 'DATE-TIME' || !values.every(isTime))
    return ['must hold times, as in EXDATE;TZID=Europe/Paris:20261224T100000, since the event has a time'];
  if (zone !== undefined && !isTimeZone(zone)) return ['TZID is no IANA time zone'];
  const inUtc = values.filter((value) => value.endsWith('Z')).length;
  if (zone !== undefined && inUtc > 0) return ['cannot have both TZID and times in UTC (ending in Z)'];
  return zone === undefined && inUtc < values.length ? ['needs TZID for its local times, or times in UTC'] : [];
}

function isDate(value: string): boolean {
  return /^\d{8}$/.test(value) && isTime(`${value}T000000`);
}

function isTime(value: string): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/.exec(value);
  if (match === null) return false;
  const [, year, month, day, hour, minute, second] = match;
  return parseLocalDateTime(`${year}-${month}-${day}T${hour}:${minute}:${second}`) !== null;
}
