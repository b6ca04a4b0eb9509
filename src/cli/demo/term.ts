/** The demo's input: a university's term, moved by whole weeks so that it lies ahead. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** One weekly class of the timetable, in the columns of `calsync apply`. */
export interface Meeting {
  readonly key: string;
  readonly calendar: string;
  readonly summary: string;
  readonly location: string;
  readonly days: string;
  readonly startTime: string;
  readonly startDate: string;
  readonly endDate: string;
  readonly timeZone: string;
}

export interface Term {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, string>>[];
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** Reads one of the files in `examples/`. */
export function readTerm(file: string): Term {
  const [columns = [], ...lines] = parse(
    readFileSync(new URL(`../../../examples/${file}`, import.meta.url), 'utf8'),
  ) as string[][]; // csv-parse without options
  return {
    columns,
    rows: lines.map((cells) => Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? '']))),
  };
}

/** How many whole weeks bring the first day of a term to the coming week. `nowMs` is the time of the start. */
export function weeksUntilNow(term: Term, nowMs: number): number {
  const first = Math.min(...term.rows.map(({ startDate }) => Date.parse(`${startDate}T00:00:00Z`)));
  return Math.ceil((nowMs - first) / weekMs);
}

/** The same term so many weeks later, on the calendars of the demo. */
export function shiftTerm(term: Term, weeks: number, calendarId: (slug: string) => string): Term {
  const later = (date: string | undefined) =>
    new Date(Date.parse(`${date}T00:00:00Z`) + weeks * weekMs).toISOString().slice(0, 10);
  const rows = term.rows.map((row) => ({
    ...row,
    calendar: calendarId(row.calendar ?? ''),
    startDate: later(row.startDate),
    endDate: later(row.endDate),
  }));
  return { columns: term.columns, rows };
}

/** The classes of one department alone. */
export function departmentOf(term: Term, department: string): Term {
  return { ...term, rows: term.rows.filter(({ summary }) => summary?.startsWith(`${department} `)) };
}

export function asCsv({ columns, rows }: Term): string {
  const line = (cells: readonly string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
  return `${[columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))].map(line).join('\n')}\n`;
}

export function meetingsOf(term: Term): readonly Meeting[] {
  return term.rows.map((row) => ({
    key: row.key ?? '',
    calendar: row.calendar ?? '',
    summary: row.summary ?? '',
    location: row.location ?? '',
    days: row.days ?? '',
    startTime: row.startTime ?? '',
    startDate: row.startDate ?? '',
    endDate: row.endDate ?? '',
    timeZone: row.timeZone ?? '',
  }));
}

const weekdays = 'UMTWRFS';

/** How many dates the timetable itself says that a class has: counted day by day, by nothing that calsync computes with. */
export function datesOf(meeting: Meeting): number {
  let count = 0;
  const end = Date.parse(`${meeting.endDate}T00:00:00Z`);
  for (let day = Date.parse(`${meeting.startDate}T00:00:00Z`); day <= end; day += dayMs) {
    if (meeting.days.includes(weekdays[new Date(day).getUTCDay()] ?? '?')) count += 1;
  }
  return count;
}
