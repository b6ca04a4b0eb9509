import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EventSpec } from '../../src/core/event-spec.ts';
import { expandRecurrence } from '../../src/core/recurrence.ts';
import { resolveWallClock } from '../../src/core/wall-clock.ts';
import { fileProblemText } from '../../src/write/file-problem.ts';
import { readScheduleFile } from '../../src/write/schedule-file.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (...lines: readonly string[]) =>
  readScheduleFile(
    'plan.ics',
    bytes(['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines, 'END:VCALENDAR', ''].join('\r\n')),
    'classes',
  );
const vevent = (...lines: readonly string[]) => ['BEGIN:VEVENT', 'UID:a', ...lines, 'END:VEVENT'];
const problemsOf = (file: ReturnType<typeof read>) => file.problems.map(fileProblemText);
const specOf = (...lines: readonly string[]) => {
  const file = read(...lines);
  expect(problemsOf(file)).toEqual([]);
  return file.events[0]?.spec;
};
const hour = ['DTSTART;TZID=Europe/Copenhagen:20261130T100000', 'DTEND;TZID=Europe/Copenhagen:20261130T110000'];
const day = ['DTSTART;VALUE=DATE:20261130'];

test('every property that an event has a field for finds it: folded, escaped, with its parameters', () => {
  const spec = specOf(
    'BEGIN:VEVENT',
    'DTSTAMP:20261101T000000Z',
    'UID:algebra-1@example.com',
    'SUMMARY:Algebra\\, part one\\; with a very long tit',
    ' le that is folded',
    'DESCRIPTION:Bring\\npens',
    'LOCATION:Room 5',
    ...hour,
    'RRULE:FREQ=WEEKLY;COUNT=10',
    'EXDATE;TZID=Europe/Copenhagen:20261207T100000,20261214T100000',
    'ATTENDEE;CN="Lovelace, Ada";ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:ada@example.com',
    'ATTENDEE:MAILTO:bob@example.com',
    'STATUS:CONFIRMED',
    'END:VEVENT',
  );
  expect(spec).toMatchObject({
    key: 'algebra-1@example.com',
    calendar: 'classes',
    summary: 'Algebra, part one; with a very long title that is folded',
    description: 'Bring\npens',
    location: 'Room 5',
    start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen' },
    end: { kind: 'time', local: '2026-11-30T11:00:00', zone: 'Europe/Copenhagen' },
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10', 'EXDATE;TZID=Europe/Copenhagen:20261207T100000,20261214T100000'],
    attendees: [
      { email: 'ada@example.com', displayName: 'Lovelace, Ada', optional: true },
      { email: 'bob@example.com', displayName: null, optional: false },
    ],
  });
});

describe('times', () => {
  test('an all-day event without an end is one day long', () => {
    expect(specOf(...vevent(...day))).toMatchObject({ start: { date: '2026-11-30' }, end: { date: '2026-12-01' } });
  });

  test.each([
    ['DTSTART;TZID=Europe/Copenhagen:20261130T100000', 'PT1H30M', '2026-11-30T11:30:00'],
    ['DTSTART;TZID=Europe/Copenhagen:20261024T100000', 'P1D', '2026-10-25T10:00:00'],
    ['DTSTART;TZID=Europe/Copenhagen:20261024T100000', 'PT24H', '2026-10-25T09:00:00'],
    ['DTSTART;TZID=Europe/Copenhagen:20261024T100000', 'P1W', '2026-10-31T10:00:00'],
  ])('[S09B] %s and %s end at %s: days are nominal, hours exact', (start, duration, local) => {
    expect(specOf(...vevent(start, `DURATION:${duration}`))?.end).toMatchObject({ local });
  });

  test('a time in UTC stays in UTC, and one without a zone takes the one of the calendar', () => {
    expect(specOf(...vevent('DTSTART:20261130T090000Z', 'DTEND:20261130T100000Z'))?.start).toMatchObject({
      zone: 'UTC',
    });
    expect(
      specOf('X-WR-TIMEZONE:Europe/Paris', ...vevent('DTSTART:20261130T090000', 'DTEND:20261130T100000'))?.start,
    ).toMatchObject({ local: '2026-11-30T09:00:00', zone: 'Europe/Paris' });
  });

  test.each([
    ['/freeassociation.sourceforge.net/Europe/Paris', 'Europe/Paris'],
    ['Romance Standard Time', 'Europe/Paris'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['america/new_york', 'America/New_York'],
  ])('the TZID %s means %s', (tzid, zone) => {
    const lines = [`DTSTART;TZID=${tzid}:20261130T100000`, `DTEND;TZID=${tzid}:20261130T110000`];
    expect(specOf(...vevent(...lines))?.start).toMatchObject({ zone });
  });

  test('a TZID of its own is the zone that its VTIMEZONE names', () => {
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Ours', 'X-LIC-LOCATION:Europe/Oslo', 'END:VTIMEZONE'];
    const lines = ['DTSTART;TZID=Ours:20261130T100000', 'DTEND;TZID=Ours:20261130T110000'];
    expect(specOf(...zone, ...vevent(...lines))?.start).toMatchObject({ zone: 'Europe/Oslo' });
  });
});

test.each<[string, readonly string[], RegExp]>([
  [
    'a changed occurrence',
    vevent('RECURRENCE-ID:20261130T090000Z', ...hour),
    /^line 5, column RECURRENCE-ID: changes one occurrence/,
  ],
  ['a cancelled event', vevent('STATUS:CANCELLED', ...hour), /^line 5, column STATUS: is CANCELLED/],
  ['an event without UID', ['BEGIN:VEVENT', ...hour, 'END:VEVENT'], /^line 3, column UID: is missing/],
  ['an event without a start', vevent(), /DTSTART: is missing/],
  [
    'a local time without a zone',
    vevent('DTSTART:20261130T100000', 'DTEND:20261130T110000'),
    /^line 5, column DTSTART: is a local time/,
  ],
  ['a zone that nobody knows', vevent('DTSTART;TZID=Mars:20261130T100000', 'DURATION:PT1H'), /DTSTART: names a TZID/],
  [
    'a city that is no zone',
    vevent('DTSTART;TZID=Copenhagen:20261130T100000', 'DURATION:PT1H'),
    /DTSTART: names a TZID/,
  ],
  ['a moment without length', vevent(hour[0] ?? ''), /DTEND: is missing, and so is DURATION/],
  ['an end and a length', vevent(...hour, 'DURATION:PT1H'), /^line 7, column DURATION: stands beside DTEND/],
  ['a length backwards', vevent(hour[0] ?? '', 'DURATION:-PT1H'), /DURATION: is no length/],
  ['two titles', vevent('SUMMARY:x', 'SUMMARY:y', ...hour), /^line 6, column SUMMARY: stands twice/],
  ['a task', ['BEGIN:VTODO', 'UID:a', 'END:VTODO'], /^line 3, column VTODO: is no event/],
  [
    'a rule that Google does not take',
    vevent(...hour, 'RRULE:FREQ=HOURLY'),
    /^line 7, column recurrence\[0\]: RRULE FREQ must be DAILY/,
  ],
  ['a period as an addition', vevent(...hour, 'RDATE;VALUE=PERIOD:20261201T100000Z/PT1H'), /RDATE: holds periods/],
  ['a guest without an address', vevent(...hour, 'ATTENDEE;CN=Ada:urn:uuid:1'), /^line 7, column attendees\[0\].email/],
  ['a line that is no property', vevent(...hour, 'no property'), /^line 7: is no property/],
  [
    'an end before the start',
    vevent('DTSTART;VALUE=DATE:20261130', 'DTEND;VALUE=DATE:20261129'),
    /^line 6, column end: must be after/,
  ],
  ['an event that is not closed', ['BEGIN:VEVENT', 'UID:a'], /END stands here/],
  ['one key twice', [...vevent(...day), ...vevent(...day)], /^line 7, column key: the key "a" stands at line 3/],
])('%s is refused by its line and name', (_, lines, message) => {
  const file = read(...lines);
  expect(problemsOf(file).join('\n')).toMatch(message);
});

test('what an event has no field for is left aside, and said', () => {
  const file = read(
    ...vevent(
      ...hour,
      'CATEGORIES:MATHS',
      'URL:https://example.com',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-PT10M',
      'END:VALARM',
    ),
  );
  expect(file.events).toHaveLength(1);
  expect(file.notes).toEqual([
    'left aside, as an event here has no such field: CATEGORIES (1)',
    'left aside, as an event here has no such field: URL (1)',
    'left aside, as an event here has no such field: VALARM (1)',
  ]);
});

const data = process.env.CALSYNC_TEST_DATA;
describe.skipIf(data === undefined)('real calendars (CALSYNC_TEST_DATA)', () => {
  interface Manifest {
    readonly file: string;
    readonly events: number;
  }
  const open = (path: string): string => readFileSync(join(data ?? '', 'ics', path), 'utf8');
  const manifest: readonly Manifest[] = data === undefined ? [] : JSON.parse(open('manifest.json'));

  test('each is read or refused by line, and no event is invented', () => {
    let [events, problems] = [0, 0];
    for (const { file, events: count } of manifest) {
      const result = readScheduleFile(file, new Uint8Array(readFileSync(join(data ?? '', 'ics', file))), 'classes');
      expect(result.events.length, file).toBeLessThanOrEqual(count);
      for (const { message } of result.problems) expect(message).not.toBe('');
      if (result.events.length === 0 && count > 0) expect(result.problems.length, file).toBeGreaterThan(0);
      events += result.events.length;
      problems += result.problems.length;
    }
    console.log(`${manifest.length} calendars: ${events} events read, ${problems} problems named`);
    expect(events).toBeGreaterThan(200);
  });

  test('[S09B] what is read takes place exactly when two other engines say it does', () => {
    const { files } = JSON.parse(open('expected-occurrences.json')) as Expected;
    let compared = 0;
    for (const [file, { window, occurrences }] of Object.entries(files)) {
      const result = readScheduleFile(file, new Uint8Array(readFileSync(join(data ?? '', 'ics', file))), 'classes');
      if (result.problems.length > 0) continue; // a changed occurrence of a series is no part of it any more
      for (const { spec } of result.events) {
        const expected = occurrences
          .filter(([uid, , , kind]) => uid === spec.key && kind !== 'floating')
          .map(([, start]) => start);
        const ours = startsOf(spec).filter((start) => start >= window[0] && start < window[1]);
        if (expected.length === 0) continue;
        expect(ours, `${file} ${spec.key}`).toEqual(expected.toSorted());
        compared += expected.length;
      }
    }
    console.log(`${compared} occurrences are those of two other engines`);
    expect(compared).toBeGreaterThan(1_000);
  });
});

interface Expected {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly window: readonly [from: string, to: string];
        readonly occurrences: readonly (readonly [
          uid: string,
          start: string,
          end: string,
          kind: string,
          ...string[],
        ])[];
      }
    >
  >;
}

/** Dates of an all-day event, instants of a timed one, in order. */
function startsOf({ start, recurrence }: Pick<EventSpec, 'start' | 'recurrence'>): readonly string[] {
  const locals = expandRecurrence(start, recurrence ?? [], 2_000);
  if (start.kind === 'date') return locals;
  const instants = locals.map((local) => new Date(resolveWallClock(local, start.zone).epochMs).toISOString());
  return instants.map((instant) => instant.replace('.000Z', 'Z')).sort();
}
