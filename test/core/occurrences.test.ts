import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { EventTime } from '../../src/core/event-time.ts';
import { expandRecurrence, lastOccurrence, startOccurrence } from '../../src/core/occurrences.ts';
import { testDataText } from './test-data.ts';

const at = (local: string, zone = 'Europe/Copenhagen'): EventTime => ({ kind: 'time', local, zone, offset: null });
const monday = at('2026-10-05T10:00:00');
const far = 1_000;

describe('expansion', () => {
  test('[S09B] a weekly series keeps its wall clock across the change of offset', () => {
    expect(expandRecurrence(at('2026-10-19T10:00:00'), ['RRULE:FREQ=WEEKLY;COUNT=3'], far)).toEqual([
      '2026-10-19T10:00:00',
      '2026-10-26T10:00:00',
      '2026-11-02T10:00:00',
    ]);
  });

  test('UNTIL in UTC ends at that instant in the zone of the series', () => {
    const until = (utc: string): number => expandRecurrence(monday, [`RRULE:FREQ=WEEKLY;UNTIL=${utc}`], far).length;
    expect(until('20261019T080000Z')).toBe(3);
    expect(until('20261019T075959Z')).toBe(2);
    expect(until('20261026T080000Z')).toBe(3);
    expect(until('20261026T090000Z')).toBe(4);
  });

  test('added and excepted dates are taken in the zone of the series, whichever way they are written', () => {
    const lines = [
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'EXDATE:20261012T080000Z',
      'EXDATE;TZID=America/New_York:20261019T040000',
    ];
    expect(expandRecurrence(monday, [...lines, 'RDATE;TZID=Europe/Copenhagen:20261007T090000'], far)).toEqual([
      '2026-10-05T10:00:00',
      '2026-10-07T09:00:00',
    ]);
  });

  test('an excepting rule takes out what it generates', () => {
    const lines = ['RRULE:FREQ=DAILY;COUNT=4', 'EXRULE:FREQ=DAILY;INTERVAL=2'];
    expect(expandRecurrence(monday, lines, far)).toEqual(['2026-10-06T10:00:00', '2026-10-08T10:00:00']);
  });

  test('added dates without a rule go with the start', () => {
    const start: EventTime = { kind: 'date', date: '2026-10-05' };
    expect(expandRecurrence(start, ['RDATE;VALUE=DATE:20261009,20261007'], far)).toEqual([
      '2026-10-05',
      '2026-10-07',
      '2026-10-09',
    ]);
  });

  test('an endless series gives as many as are asked for', () => {
    expect(expandRecurrence(monday, ['RRULE:FREQ=DAILY'], 100)).toHaveLength(100);
    expect(expandRecurrence(monday, ['RRULE:FREQ=DAILY'], 0)).toEqual([]);
    expect(expandRecurrence(monday, [], 5)).toEqual(['2026-10-05T10:00:00']);
  });

  test('a rule that never happens ends instead of being searched for ever', () => {
    expect(expandRecurrence(monday, ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'], far)).toEqual([]);
    expect(lastOccurrence(monday, ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3'])).toEqual(monday);
    expect(expandRecurrence(monday, ['RRULE:FREQ=SECONDLY;BYSECOND=3;BYSETPOS=366'], far)).toEqual([]);
  });

  const vectorsFile = z.object({
    vectors: z.array(
      z.object({
        rrule: z.string(),
        dtstart: z.string(),
        instances: z.string(),
        start_at: z.string().nullable(),
        dateutil_agrees: z.boolean().nullish(),
      }),
    ),
  });
  test('rules on which two other engines agree give exactly their lists, but for week 53 from January', (context) => {
    const text = testDataText('rrule/vectors.json');
    if (text === null) return context.skip();
    const vectors = vectorsFile.parse(JSON.parse(text)).vectors.filter((vector) => vector.dateutil_agrees === true);
    expect(vectors.length).toBe(60);
    const differing = vectors.filter(({ rrule, dtstart, instances }) => {
      const wanted = instances.split(',').map(localOf);
      const start: EventTime =
        dtstart.length === 8 ? { kind: 'date', date: localOf(dtstart) } : at(localOf(dtstart), 'UTC');
      return expandRecurrence(start, [`RRULE:${rrule}`], wanted.length + 5).join() !== wanted.join();
    });
    expect(differing.map(({ rrule }) => rrule)).toEqual(week53FromJanuary);
  });

  /** Where the library differs: a start in January that still belongs to week 53 of the year before. */
  const week53FromJanuary = [
    'FREQ=YEARLY;BYWEEKNO=53;COUNT=1',
    'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;UNTIL=20170101T000000Z',
    'FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=7;UNTIL=20170101T000000Z',
  ];

  function localOf(compact: string): string {
    const date = `${compact.slice(0, 4)}-${compact.slice(4, 6)}-${compact.slice(6, 8)}`;
    return compact.length === 8
      ? date
      : `${date}T${compact.slice(9, 11)}:${compact.slice(11, 13)}:${compact.slice(13, 15)}`;
  }
});

describe('the last occurrence', () => {
  test('none for a series without end', () => {
    expect(lastOccurrence(monday, ['RRULE:FREQ=WEEKLY'])).toBeNull();
    expect(lastOccurrence(monday, ['RRULE:FREQ=WEEKLY;COUNT=2', 'RRULE:FREQ=DAILY'])).toBeNull();
  });

  test('an excepted last one is not the last, an added later one is', () => {
    const weekly = 'RRULE:FREQ=WEEKLY;COUNT=3';
    expect(lastOccurrence(monday, [weekly])).toEqual(at('2026-10-19T10:00:00'));
    expect(lastOccurrence(monday, [weekly, 'EXDATE;TZID=Europe/Copenhagen:20261019T100000'])).toEqual(
      at('2026-10-12T10:00:00'),
    );
    expect(lastOccurrence(monday, [weekly, 'RDATE;TZID=Europe/Copenhagen:20261201T100000'])).toEqual(
      at('2026-12-01T10:00:00'),
    );
  });

  test('of an all-day series it is a date', () => {
    expect(lastOccurrence({ kind: 'date', date: '2026-10-05' }, ['RRULE:FREQ=MONTHLY;UNTIL=20261231'])).toEqual({
      kind: 'date',
      date: '2026-12-05',
    });
    expect(lastOccurrence({ kind: 'date', date: '2026-10-05' }, ['RRULE:FREQ=WEEKLY;UNTIL=20261019'])).toEqual({
      kind: 'date',
      date: '2026-10-19',
    });
  });

  test('where nothing is left, and without lines, it is the start', () => {
    expect(lastOccurrence(monday, ['RRULE:FREQ=DAILY;COUNT=1', 'EXDATE:20261005T080000Z'])).toEqual(monday);
    expect(lastOccurrence(monday, [])).toEqual(monday);
  });

  test('what is reckoned for daily and weekly rules equals their expansion', () => {
    const day = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
    const start = fc
      .integer({ min: 0, max: 2_000 })
      .map((days) => at(`${new Date(Date.UTC(2025, 0, 1 + days)).toISOString().slice(0, 10)}T09:30:00`));
    const end = fc.oneof(
      fc.integer({ min: 1, max: 40 }).map((count) => `COUNT=${count}`),
      fc.integer({ min: 0, max: 60_000 }).map((hours) => `UNTIL=${stamp(Date.UTC(2025, 0, 1, hours))}`),
    );
    const rule = fc.record({
      freq: fc.constantFrom('DAILY', 'WEEKLY'),
      interval: fc.integer({ min: 1, max: 5 }),
      days: fc.uniqueArray(day, { maxLength: 7 }),
      weekStart: day,
      end,
    });
    fc.assert(
      fc.property(start, rule, (from, { freq, interval, days, weekStart, end: ending }) => {
        const byDay = freq === 'WEEKLY' && days.length > 0 ? `;BYDAY=${days.join(',')}` : '';
        const lines = [`RRULE:FREQ=${freq};INTERVAL=${interval};WKST=${weekStart};${ending}${byDay}`];
        const starts = expandRecurrence(from, lines, 3_000);
        const last = lastOccurrence(from, lines);
        expect(last).toEqual(starts.length === 0 ? from : at(starts.at(-1) ?? ''));
        const begins = startOccurrence(from, lines);
        const local = from.kind === 'time' ? from.local : from.date;
        expect(begins.kind).toBe(
          starts.length === 0 ? 'empty' : starts[0] === local ? 'starts_series' : 'begins_later',
        );
      }),
      { numRuns: 2_000 },
    );
  });

  function stamp(epochMs: number): string {
    return `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  }
});

describe('the start of a series', () => {
  test('a start that its rule does not generate is told with the first date that it does', () => {
    expect(startOccurrence(monday, ['RRULE:FREQ=WEEKLY;BYDAY=WE'])).toEqual({
      kind: 'begins_later',
      first: '2026-10-07T10:00:00',
    });
  });

  test('an excepted first lesson does not make the start wrong', () => {
    expect(startOccurrence(monday, ['RRULE:FREQ=WEEKLY;COUNT=5', 'EXDATE:20261005T080000Z'])).toEqual({
      kind: 'starts_series',
    });
  });

  test('a series that ends before it starts is empty', () => {
    expect(startOccurrence(monday, ['RRULE:FREQ=WEEKLY;UNTIL=20261001T000000Z'])).toEqual({ kind: 'empty' });
  });
});
