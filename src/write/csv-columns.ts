/** The columns of a schedule in CSV, and how one row becomes an event as the contract writes it. */
import { CalsyncError } from '../core/error.ts';
import { nearestName, quoted } from '../core/spec-problem.ts';
import { weeklySeries } from '../core/weekly-series.ts';

export const csvColumns = [
  'key',
  'calendar',
  'schedule',
  'summary',
  'description',
  'location',
  'start',
  'end',
  'days',
  'startTime',
  'endTime',
  'startDate',
  'endDate',
  'timeZone',
  'recurrence',
  'attendees',
  'labels',
  'sendUpdates',
  'allowTwin',
] as const;

export type CsvColumn = (typeof csvColumns)[number];

/** The cells of a row that are not empty. */
export type CsvCells = ReadonlyMap<CsvColumn, string>;

export interface CellProblem {
  readonly column: CsvColumn | null;
  readonly message: string;
}

/** `event` is what the event parser reads; null when there are problems. */
export interface ReadRow {
  readonly event: Readonly<Record<string, unknown>> | null;
  readonly problems: readonly CellProblem[];
}

const weeklyColumns = ['days', 'startTime', 'endTime', 'startDate', 'endDate'] as const;
const synonyms: Readonly<Record<string, string>> = {
  id: 'key',
  uid: 'key',
  title: 'summary',
  subject: 'summary',
  room: 'location',
  zone: 'timeZone',
  timezone: 'timeZone',
  guests: 'attendees',
};

/** What is wrong with a header, one sentence each. */
export function headerProblems(header: readonly string[]): readonly string[] {
  const only = header.length === 1 ? header[0] : undefined;
  if (only !== undefined && /[;\t]/.test(only))
    return ['the columns are not separated by commas: save the file with commas'];
  const unknown = header.filter((name) => !isColumn(name)).map(unknownColumn);
  const twice = header.filter((name, index) => isColumn(name) && header.indexOf(name) < index);
  const problems = [...unknown, ...twice.map((name) => `the column ${name} stands twice`)];
  if (!header.includes('key')) {
    problems.push('there is no column key: every row needs a permanent name of its own, not made from its time');
  }
  return problems;
}

export function isColumn(name: string): name is CsvColumn {
  return (csvColumns as readonly string[]).includes(name);
}

function unknownColumn(name: string): string {
  if (name === '') return 'a column has no name: take it out or name it';
  const nearest = nearestName(name, csvColumns, synonyms);
  return `there is no column ${quoted(name)}: ${nearest === null ? `the columns are ${csvColumns.join(', ')}` : `write ${nearest}`}`;
}

/** Reads one row. `calendar` is taken where the row names none. */
export function readRow(cells: CsvCells, calendar: string | null): ReadRow {
  const times = readTimes(cells);
  const attendees = cells.get('attendees');
  const labels = readLabels(cells.get('labels'));
  const allowTwin = readFlag('allowTwin', cells.get('allowTwin'));
  const problems = [...times.problems, ...labels.problems, ...allowTwin.problems];
  if (!cells.has('key')) problems.push({ column: 'key', message: 'is missing: name the event' });
  if (!cells.has('calendar') && calendar === null)
    problems.push({ column: 'calendar', message: 'is missing: name one, or use --calendar' });
  if (problems.length > 0) return { event: null, problems };
  const event = {
    key: cells.get('key'),
    calendar: cells.get('calendar') ?? calendar,
    schedule: cells.get('schedule'),
    summary: cells.get('summary'),
    description: cells.get('description'),
    location: cells.get('location'),
    ...times.fields,
    ...(attendees !== undefined && { attendees: splitList(attendees, ';').map((email) => ({ email })) }),
    ...(labels.value !== null && { labels: labels.value }),
    sendUpdates: cells.get('sendUpdates'),
    allowTwin: allowTwin.value,
  };
  return { event, problems: [] };
}

interface ReadTimes {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly problems: readonly CellProblem[];
}

function readTimes(cells: CsvCells): ReadTimes {
  const weekly = weeklyColumns.filter((column) => cells.has(column));
  const plain = (['start', 'end', 'recurrence'] as const).filter((column) => cells.has(column));
  if (weekly.length === 0) return readPlainTimes(cells);
  if (plain.length > 0) {
    const message = `goes with no weekly column (${weekly.join(', ')}): a row has start and end, or days with times and dates`;
    return { fields: {}, problems: plain.map((column) => ({ column, message })) };
  }
  const needed = [...weeklyColumns, 'timeZone' as const];
  const missing = needed.filter((column) => !cells.has(column));
  if (missing.length > 0) {
    return {
      fields: {},
      problems: missing.map((column) => ({ column, message: 'is missing: a weekly row needs it' })),
    };
  }
  return readWeeklyTimes(cells);
}

function readPlainTimes(cells: CsvCells): ReadTimes {
  const missing = (['start', 'end'] as const).filter((column) => !cells.has(column));
  if (missing.length > 0) {
    const message = 'is missing: a row needs start and end, or days, startTime, endTime, startDate and endDate';
    return { fields: {}, problems: missing.map((column) => ({ column, message })) };
  }
  const zone = cells.get('timeZone');
  const recurrence = cells.get('recurrence');
  return {
    fields: {
      start: timeOf(cells.get('start') ?? '', zone),
      end: timeOf(cells.get('end') ?? '', zone),
      ...(recurrence !== undefined && { recurrence: splitList(recurrence, /\||\n/) }),
    },
    problems: [],
  };
}

/** A date alone is an all-day event; spreadsheets write a space where ISO 8601 has a T. */
function timeOf(text: string, zone: string | undefined): Readonly<Record<string, unknown>> {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? { date: text } : { dateTime: text.replace(' ', 'T'), timeZone: zone };
}

function readWeeklyTimes(cells: CsvCells): ReadTimes {
  const cell = (column: CsvColumn): string => cells.get(column) ?? '';
  try {
    const series = weeklySeries({
      days: cell('days'),
      startTime: cell('startTime'),
      endTime: cell('endTime'),
      startDate: cell('startDate'),
      endDate: cell('endDate'),
      zone: cell('timeZone'),
    });
    const input = (time: typeof series.start) =>
      time.kind === 'date' ? { date: time.date } : { dateTime: time.local, timeZone: time.zone };
    return {
      fields: { start: input(series.start), end: input(series.end), recurrence: series.recurrence },
      problems: [],
    };
  } catch (error) {
    if (!(error instanceof CalsyncError) || error.kind !== 'usage') throw error;
    return { fields: {}, problems: [{ column: null, message: error.message }] };
  }
}

function readLabels(cell: string | undefined): {
  readonly value: Readonly<Record<string, string>> | null;
  readonly problems: readonly CellProblem[];
} {
  if (cell === undefined) return { value: null, problems: [] };
  const pairs = splitList(cell, ';').map((pair) => pair.split(/=(.*)/s, 2).map((part) => part.trim()));
  const isWhole = pairs.every(([name, value]) => name !== '' && value !== undefined);
  const names = new Set(pairs.map(([name]) => name));
  if (!isWhole)
    return { value: null, problems: [{ column: 'labels', message: 'is not written as name=value;name=value' }] };
  if (names.size < pairs.length)
    return { value: null, problems: [{ column: 'labels', message: 'names one label twice' }] };
  return { value: Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value])), problems: [] };
}

function readFlag(
  column: CsvColumn,
  cell: string | undefined,
): { readonly value: boolean | undefined; readonly problems: readonly CellProblem[] } {
  if (cell === undefined) return { value: undefined, problems: [] };
  if (cell === 'true' || cell === 'false') return { value: cell === 'true', problems: [] };
  return { value: undefined, problems: [{ column, message: `${quoted(cell)} is neither true nor false` }] };
}

function splitList(text: string, separator: string | RegExp): readonly string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
