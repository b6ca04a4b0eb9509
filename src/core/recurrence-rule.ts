/**
 * What an RRULE or EXRULE may say: the parts of RFC 5545 §3.3.10 as far as Google Calendar takes them. Google answers a rule
 * more frequent than daily with a server error, so that is refused here; its bounds on counts are unpublished, ours are
 * wide enough for 25 years of days.
 */
import { partValue, type RuleLine } from './recurrence-line.ts';

const mostCount = 10_000;
const mostInterval = 1_000;

const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'];
const tooFrequent = ['SECONDLY', 'MINUTELY', 'HOURLY'];

/** What is wrong with the value of a part, or null. */
type PartCheck = (value: string) => string | null;

const partChecks: Readonly<Record<string, PartCheck>> = {
  FREQ: checkFrequency,
  INTERVAL: (value) => checkNumber(value, 1, mostInterval),
  COUNT: (value) => checkNumber(value, 1, mostCount),
  UNTIL: (value) => (/^\d{8}(T\d{6}Z?)?$/.test(value) ? null : 'must be a date such as 20261231T235959Z'),
  WKST: (value) => (/^(MO|TU|WE|TH|FR|SA|SU)$/.test(value) ? null : 'must be one of MO TU WE TH FR SA SU'),
  BYDAY: (value) => checkList(value, checkDay),
  BYMONTH: (value) => checkList(value, (member) => checkNumber(member, 1, 12)),
  BYMONTHDAY: (value) => checkList(value, (member) => checkOrdinal(member, 31)),
  BYYEARDAY: (value) => checkList(value, (member) => checkOrdinal(member, 366)),
  BYWEEKNO: (value) => checkList(value, (member) => checkOrdinal(member, 53)),
  BYSETPOS: (value) => checkList(value, (member) => checkOrdinal(member, 366)),
  BYHOUR: (value) => checkList(value, (member) => checkNumber(member, 0, 23)),
  BYMINUTE: (value) => checkList(value, (member) => checkNumber(member, 0, 59)),
  BYSECOND: (value) => checkList(value, (member) => checkNumber(member, 0, 59)),
};

/** Everything that is wrong with a rule of a series of all-day events (`date`) or timed ones, each naming its part. */
export function ruleProblems({ parts }: RuleLine, startKind: 'date' | 'time'): string[] {
  const problems = parts.flatMap(([name, value], index) => partProblems(name, value, parts, index));
  if (partValue(parts, 'FREQ') === undefined)
    problems.unshift('FREQ is missing: say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY');
  return problems.length > 0 ? problems : combinationProblems(parts, startKind);
}

function partProblems(name: string, value: string, parts: RuleLine['parts'], index: number): string[] {
  const check = Object.hasOwn(partChecks, name) ? partChecks[name] : undefined;
  if (check === undefined) return [`${shown(name)} is no part of a recurrence rule`];
  if (parts.findIndex(([other]) => other === name) !== index) return [`${name} is given twice`];
  const problem = check(value);
  return problem === null ? [] : [`${name} ${problem}`];
}

function combinationProblems(parts: RuleLine['parts'], startKind: 'date' | 'time'): string[] {
  const has = (name: string): boolean => partValue(parts, name) !== undefined;
  const freq = partValue(parts, 'FREQ') ?? '';
  const until = partValue(parts, 'UNTIL');
  const problems: string[] = [];
  if (has('COUNT') && until !== undefined) problems.push('COUNT and UNTIL exclude each other: keep one of them');
  if (until !== undefined && startKind === 'date' && until.length !== 8)
    problems.push('UNTIL must be a date such as 20261231, since the event is all-day');
  if (until !== undefined && startKind === 'time' && !until.endsWith('Z'))
    problems.push('UNTIL must be a time in UTC such as 20261231T235959Z, since the event has a time');
  if (/\d/.test(partValue(parts, 'BYDAY') ?? '') && (!['MONTHLY', 'YEARLY'].includes(freq) || has('BYWEEKNO')))
    problems.push('BYDAY with a number (2MO) needs FREQ=MONTHLY or YEARLY without BYWEEKNO');
  if (has('BYMONTHDAY') && freq === 'WEEKLY') problems.push('BYMONTHDAY does not go with FREQ=WEEKLY');
  if (has('BYYEARDAY') && freq !== 'YEARLY') problems.push('BYYEARDAY needs FREQ=YEARLY');
  if (has('BYWEEKNO') && freq !== 'YEARLY') problems.push('BYWEEKNO needs FREQ=YEARLY');
  if (has('BYSETPOS') && !parts.some(([name]) => name.startsWith('BY') && name !== 'BYSETPOS'))
    problems.push('BYSETPOS needs another BY part to choose from');
  if (startKind === 'date' && ['BYHOUR', 'BYMINUTE', 'BYSECOND'].some(has))
    problems.push('BYHOUR, BYMINUTE and BYSECOND do not go with an all-day event');
  return problems;
}

function checkFrequency(value: string): string | null {
  if (frequencies.includes(value)) return null;
  if (tooFrequent.includes(value))
    return 'must be DAILY or longer: Google Calendar repeats nothing more often than daily';
  return 'must be DAILY, WEEKLY, MONTHLY or YEARLY';
}

function checkNumber(value: string, least: number, most: number): string | null {
  const number = /^\+?\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? null : `must be a whole number from ${least} to ${most}`;
}

function checkOrdinal(value: string, most: number): string | null {
  const number = /^[+-]?\d{1,9}$/.test(value) ? Math.abs(Number(value)) : Number.NaN;
  return number >= 1 && number <= most ? null : `must hold numbers from 1 to ${most} or -${most} to -1`;
}

function checkDay(value: string): string | null {
  const match = /^([+-]?\d{1,9})?(MO|TU|WE|TH|FR|SA|SU)$/.exec(value);
  if (match === null) return 'must hold days such as MO or 2TU';
  return match[1] === undefined ? null : checkOrdinal(match[1], 53);
}

function checkList(value: string, checkMember: PartCheck): string | null {
  return (
    value
      .split(',')
      .map((member) => checkMember(member.trim()))
      .find((problem) => problem !== null) ?? null
  );
}

function shown(name: string): string {
  return /^[A-Z0-9-]{1,40}$/.test(name) ? name : 'what stands there';
}
