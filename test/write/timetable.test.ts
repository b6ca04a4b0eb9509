import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { convertTimetable } from '../../scripts/timetable-to-csv.ts';
import type { WrittenEvent } from '../../src/core/event-spec.ts';
import { expandRecurrence } from '../../src/core/recurrence.ts';
import { parseScheduleFile } from '../../src/write/schedule-file.ts';

const mostDates = 1_000;
const dataDirectory = process.env.CALSYNC_TEST_DATA;
const timetable = (name: string) => readFileSync(join(dataDirectory ?? '', 'timetables', name), 'utf8');
const example = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../examples/georgia-tech-fall-2020-${name}.csv`, import.meta.url)));
const events = (csv: string | Buffer) =>
  parseScheduleFile('term.csv', typeof csv === 'string' ? new TextEncoder().encode(csv) : csv, null);
const datesOf = ({ start, recurrence }: WrittenEvent) => expandRecurrence(start, recurrence ?? [], mostDates).length;

test('the two examples differ by exactly one added and one changed class', () => {
  const [earlier, later] = [events(example('earlier')), events(example('later'))];
  const before = new Map(earlier.map((spec) => [spec.key, JSON.stringify(spec)]));
  const added = later.filter(({ key }) => !before.has(key));
  const changed = later.filter((spec) => before.has(spec.key) && before.get(spec.key) !== JSON.stringify(spec));
  expect([earlier.length, later.length]).toEqual([4_343, 4_344]);
  expect(added.map(({ key, summary }) => [key, summary])).toEqual([
    ['202008/94401/0', 'GTL 2000 R Ga Tech Lorraine Seminar'],
  ]);
  expect(changed.map(({ key, summary }) => [key, summary])).toEqual([['202008/87768/0', 'CEE 3010 0 Geomatics']]);
  const kept = new Set(later.map(({ key }) => key));
  expect(earlier.filter(({ key }) => !kept.has(key))).toEqual([]);
});

test('a row without days or times is named and left out, never guessed', () => {
  const csv = [
    'term,crn,course,section,meeting_index,title,schedule_type,days,start,end,room,instructors,primary_instructor,date_start,date_end,campus',
    '202008,1,CS 1,A,0,Placed,Lecture,MW,09:30,10:45,Room 1,Ada|Bob ,Ada,2020-08-17,2020-12-10,Georgia Tech-Atlanta',
    '202008,2,CS 2,A,0,Arranged,Lecture,,,,Room 1,,,2020-08-17,2020-12-10,Georgia Tech-Atlanta',
  ].join('\n');
  const converted = convertTimetable(csv);
  expect(converted.leftOut).toEqual(['202008/2/0 Arranged: no days or times']);
  expect(events(converted.csv)).toMatchObject([
    {
      key: '202008/1/0',
      calendar: 'computing',
      summary: 'CS 1 A Placed',
      description: 'Lecture: Ada, Bob',
      location: 'Room 1',
    },
  ]);
});

const hasData = dataDirectory !== undefined && existsSync(dataDirectory);
if (!hasData) console.log('skipped: tests on the timetables need CALSYNC_TEST_DATA, the directory of the test data');

describe.skipIf(!hasData)('on the timetables', () => {
  test('the examples are what the script makes of the two crawls', () => {
    for (const name of ['earlier', 'later']) {
      const { csv, leftOut } = convertTimetable(timetable(`georgia-tech-202008-snapshot-${name}.csv`));
      expect(csv).toBe(example(name).toString());
      expect(leftOut).toEqual([]);
    }
  });

  test('[S09B] a whole term across the end of daylight saving: 4,699 weekly meetings are 119,006 dates', () => {
    const { csv, leftOut } = convertTimetable(timetable('georgia-tech-202208-meetings.csv'));
    const specs = events(csv);
    expect(leftOut).toEqual([]);
    expect(specs).toHaveLength(4_699);
    expect(specs.reduce((dates, spec) => dates + datesOf(spec), 0)).toBe(119_006);
    const zones = Map.groupBy(specs, ({ start }) => (start.kind === 'time' ? start.zone : ''));
    expect([...zones].map(([zone, each]) => [zone, each.length]).sort()).toEqual([
      ['America/New_York', 4_607],
      ['Asia/Shanghai', 1],
      ['Europe/Paris', 91],
    ]);
  });
});
