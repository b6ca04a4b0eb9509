import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { expandRecurrence, startOccurrence } from '../../src/core/occurrences.ts';
import { parseWeekdays, weeklySeries } from '../../src/core/weekly-series.ts';
import { testDataText } from './test-data.ts';

const algebra = {
  days: 'TR',
  startTime: '09:30',
  endTime: '10:45',
  startDate: '2022-08-22',
  endDate: '2022-12-15',
  zone: 'America/New_York',
};

test('a series starts on the first of its days and ends with the last local day', () => {
  expect(weeklySeries(algebra)).toEqual({
    start: { kind: 'time', local: '2022-08-23T09:30:00', zone: 'America/New_York', offset: null },
    end: { kind: 'time', local: '2022-08-23T10:45:00', zone: 'America/New_York', offset: null },
    recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20221216T045959Z;BYDAY=TU,TH'],
  });
});

test('a lesson late on the last day still takes place', () => {
  const { start, recurrence } = weeklySeries({ ...algebra, startTime: '22:00', endTime: '23:30' });
  expect(expandRecurrence(start, recurrence, 100).at(-1)).toBe('2022-12-15T22:00:00');
});

test('days are read in three spellings, in any order', () => {
  for (const days of ['MWF', 'FMW', 'MO,WE,FR', 'fr, mo, we', 'Mon Wed Fri', 'monday/wednesday/friday', 'M W F'])
    expect(parseWeekdays(days), days).toEqual(['MO', 'WE', 'FR']);
  expect(parseWeekdays('MTWRFSU')).toEqual(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']);
  expect(parseWeekdays('TU')).toEqual(['TU']);
  expect(parseWeekdays('R')).toEqual(['TH']);
  for (const days of ['', 'TBA', 'MX', 'Mo-Fr', 'constructor']) expect(parseWeekdays(days), days).toBeNull();
});

test('what cannot be a series is refused in words', () => {
  expect(() => weeklySeries({ ...algebra, days: 'TBA' })).toThrow(/days must be/);
  expect(() => weeklySeries({ ...algebra, zone: 'EST5' })).toThrow(/time zone/);
  expect(() => weeklySeries({ ...algebra, endTime: '09:30' })).toThrow(/end time must be after/);
  expect(() => weeklySeries({ ...algebra, startTime: '9:30 AM' })).toThrow(/start time must be/);
  expect(() => weeklySeries({ ...algebra, endDate: '2022-08-22' })).toThrow(/none of the days/);
  expect(() => weeklySeries({ ...algebra, startDate: '2022-02-30' })).toThrow(/start date must be/);
});

test('a university term of 4,699 rows gives its 119,006 dates', (context) => {
  const text = testDataText('timetables/georgia-tech-202208-meetings.csv');
  if (text === null) return context.skip();
  const row = z.object({
    days: z.string(),
    start: z.string(),
    end: z.string(),
    date_start: z.string(),
    date_end: z.string(),
    campus: z.string(),
  });
  const rows = z.array(row).parse(parse(text, { columns: true }));
  expect(rows).toHaveLength(4_699);
  let dates = 0;
  let startsOffItsDays = 0;
  for (const { days, start: startTime, end: endTime, date_start: startDate, date_end: endDate, campus } of rows) {
    const zone = zoneOf(campus);
    const { start, recurrence } = weeklySeries({ days, startTime, endTime, startDate, endDate, zone });
    dates += expandRecurrence(start, recurrence, 1_000).length;
    expect(startOccurrence(start, recurrence).kind).toBe('starts_series');
    if (start.kind === 'time' && !start.local.startsWith(startDate)) startsOffItsDays += 1;
  }
  expect(dates).toBe(119_006);
  expect(startsOffItsDays).toBe(3_195);
});

function zoneOf(campus: string): string {
  if (/lorraine/i.test(campus)) return 'Europe/Paris';
  return /shenzhen/i.test(campus) ? 'Asia/Shanghai' : 'America/New_York';
}
