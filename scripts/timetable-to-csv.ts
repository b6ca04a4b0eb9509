/**
 * Turns a university timetable (one row per weekly meeting) into a schedule that `calsync apply` reads.
 * Usage: npx node scripts/timetable-to-csv.ts TIMETABLE.csv > SCHEDULE.csv
 * A row without days or times cannot be a weekly series: it is named on stderr and left out.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { weeklySeries } from '../src/core/weekly-series.ts';

const columns = [
  'term',
  'crn',
  'course',
  'section',
  'meeting_index',
  'title',
  'schedule_type',
  'days',
  'start',
  'end',
  'room',
  'instructors',
  'date_start',
  'date_end',
  'campus',
] as const;
type Meeting = Readonly<Record<(typeof columns)[number], string>>;

export interface ConvertedTimetable {
  /** CSV in the columns of docs/apply.md. */
  readonly csv: string;
  /** A sentence per meeting that has no place in a week. */
  readonly leftOut: readonly string[];
}

const header = [
  'key',
  'calendar',
  'summary',
  'description',
  'location',
  'days',
  'startTime',
  'endTime',
  'startDate',
  'endDate',
  'timeZone',
  'allowTwin',
];

/** The same file gives the same bytes. Rows keep their order. */
export function convertTimetable(text: string): ConvertedTimetable {
  const meetings: readonly Meeting[] = parse(text, { columns: true, bom: true, skip_empty_lines: true });
  const placed = meetings.filter(hasPlaceInWeek);
  const twins = sharedLooks(placed);
  const rows = placed.map((meeting) => rowOf(meeting, twins.has(lookOf(meeting))));
  return {
    csv: [header, ...rows].map((cells) => `${cells.map(csvCell).join(',')}\n`).join(''),
    leftOut: meetings
      .filter((meeting) => !hasPlaceInWeek(meeting))
      .map((meeting) => `${keyOf(meeting)} ${meeting.title}: no days or times`),
  };
}

function hasPlaceInWeek({ days, start, end, date_start, date_end }: Meeting): boolean {
  return [days, start, end, date_start, date_end].every((cell) => cell.trim() !== '');
}

function rowOf(meeting: Meeting, isTwin: boolean): readonly string[] {
  const { room, days, start, end, date_start, date_end } = meeting;
  return [
    keyOf(meeting),
    calendarOf(meeting),
    summaryOf(meeting),
    descriptionOf(meeting),
    room.trim(),
    days,
    start,
    end,
    date_start,
    date_end,
    zoneOf(meeting),
    isTwin ? 'true' : '',
  ];
}

function keyOf({ term, crn, meeting_index }: Meeting): string {
  return `${term}/${crn}/${meeting_index}`;
}

function summaryOf({ course, section, title }: Meeting): string {
  return `${course} ${section} ${title}`.trim();
}

function descriptionOf({ schedule_type, instructors }: Meeting): string {
  const people = instructors
    .split('|')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return [schedule_type, people.join(', ')].filter((part) => part !== '').join(': ');
}

function zoneOf({ campus }: Meeting): string {
  if (/Lorraine/.test(campus)) return 'Europe/Paris';
  return /Shenzhen/.test(campus) ? 'Asia/Shanghai' : 'America/New_York';
}

/** The college that teaches a subject, from the university's catalog; `institute` for what no single college teaches. */
const collegeBySubject: Readonly<Record<string, string>> = {
  ...subjects('engineering', 'AE BMED CEE CHBE COE CX ECE ISYE ME MP MSE NRE'),
  ...subjects('computing', 'CS CSE ML'),
  ...subjects('sciences', 'APPH BIOL BIOS CHEM EAS MATH NEUR PHYS PSYC'),
  ...subjects('design', 'ARCH BC CP ID MUSI'),
};

/**
 * One calendar per college and one for the campus abroad: a timetable is kept by those who teach it, six calendars are few enough
 * to look at and enough to move events between by hand, and two of them lie in other zones than the rest.
 */
function calendarOf({ course, campus }: Meeting): string {
  if (/Lorraine|Shenzhen/.test(campus)) return 'abroad';
  return collegeBySubject[course.split(' ')[0] ?? ''] ?? 'institute';
}

function subjects(college: string, codes: string): Readonly<Record<string, string>> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, college]));
}

/** A class that is taught in two rooms at once is two meetings that start, end and are called alike: twins that are meant. */
function sharedLooks(meetings: readonly Meeting[]): ReadonlySet<string> {
  const byLook = Map.groupBy(meetings, lookOf);
  return new Set([...byLook].filter(([, sharing]) => sharing.length > 1).map(([look]) => look));
}

function lookOf(meeting: Meeting): string {
  const { days, start: startTime, end: endTime, date_start: startDate, date_end: endDate } = meeting;
  const series = weeklySeries({ days, startTime, endTime, startDate, endDate, zone: zoneOf(meeting) });
  return JSON.stringify([calendarOf(meeting), summaryOf(meeting), series.start, series.end]);
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

if (import.meta.main) {
  const [, , file] = process.argv;
  if (file === undefined) {
    console.error('usage: npx node scripts/timetable-to-csv.ts TIMETABLE.csv > SCHEDULE.csv');
    process.exit(64);
  }
  const { csv, leftOut } = convertTimetable(readFileSync(file, 'utf8'));
  for (const sentence of leftOut) console.error(`left out: ${sentence}`);
  process.stdout.write(csv);
}
