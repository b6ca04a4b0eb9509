import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEventSpec } from '../../src/core/event-spec.ts';

const time = (dateTime: string, timeZone = 'Europe/Copenhagen') => ({ dateTime, timeZone });
const algebra = {
  key: 'class-42/slot-7',
  calendar: 'school@group.calendar.google.com',
  start: time('2026-11-30T10:00:00'),
  end: time('2026-11-30T11:00:00'),
};

/** Problems as `path: message`. */
function problemsOf(change: object): string[] {
  const parsed = parseEventSpec({ ...algebra, ...change });
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('an event as the contract writes it', () => {
  test('every field is read', () => {
    const parsed = parseEventSpec({
      ...algebra,
      schedule: 'class-42',
      summary: 'Algebra',
      description: 'Bring\r\npens',
      location: 'Room 5',
      attendees: [{ email: ' Ada@example.com ', displayName: 'Ada', optional: true }, { email: 'bob@example.com' }],
      recurrence: [' RRULE:FREQ=WEEKLY;COUNT=10 '],
      labels: { payment: 'confirmed' },
      sendUpdates: 'externalOnly',
      reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
      allowTwin: true,
    });
    expect(parsed).toEqual({
      ok: true,
      warnings: [],
      spec: {
        key: 'class-42/slot-7',
        calendar: 'school@group.calendar.google.com',
        schedule: 'class-42',
        summary: 'Algebra',
        description: 'Bring\npens',
        location: 'Room 5',
        start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null },
        end: { kind: 'time', local: '2026-11-30T11:00:00', zone: 'Europe/Copenhagen', offset: null },
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'],
        reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
        attendees: [
          { email: 'Ada@example.com', displayName: 'Ada', optional: true },
          { email: 'bob@example.com', displayName: null, optional: false },
        ],
        labels: { payment: 'confirmed' },
        sendUpdates: 'externalOnly',
        allowTwin: true,
      },
    });
  });

  test('what is left out, or null, is not stated', () => {
    const bare = parseEventSpec(algebra);
    expect(bare.ok && bare.spec).toMatchObject({
      summary: null,
      attendees: null,
      recurrence: null,
      labels: {},
      allowTwin: false,
    });
    expect(parseEventSpec({ ...algebra, summary: null, attendees: null, labels: null, reminders: null })).toEqual(bare);
  });

  test('all-day events end on the day after their last', () => {
    const parsed = parseEventSpec({ ...algebra, start: { date: '2026-11-30' }, end: { date: '2026-12-01' } });
    expect(parsed.ok && parsed.spec.end).toEqual({ kind: 'date', date: '2026-12-01' });
    expect(problemsOf({ start: { date: '2026-11-30' }, end: { date: '2026-11-30' } })[0]).toMatch(
      /^end: must be after start/,
    );
  });

  test('an empty list says that there is nobody, and that nothing repeats', () => {
    const parsed = parseEventSpec({ ...algebra, attendees: [], recurrence: [] });
    expect(parsed.ok && parsed.spec).toMatchObject({ attendees: [], recurrence: [] });
  });
});

describe('times', () => {
  test('[S09B] a time that does not exist that day is refused, naming zone, date and the next valid time', () => {
    expect(problemsOf({ start: time('2026-03-29T02:30:00'), end: time('2026-03-29T04:00:00') })).toEqual([
      'start.dateTime: 02:30:00 does not exist on 2026-03-29 in Europe/Copenhagen, where clocks are put forward: the next valid time is 2026-03-29T03:00:00',
    ]);
  });

  test('[S09B] a time that comes twice is the first one, and an offset picks the other', () => {
    const offsetFor = (start: string) => {
      const parsed = parseEventSpec({ ...algebra, start: time(start), end: time('2026-10-25T04:00:00') });
      return parsed.ok && parsed.spec.start.kind === 'time' ? parsed.spec.start : parsed;
    };
    expect(offsetFor('2026-10-25T02:30:00')).toMatchObject({ local: '2026-10-25T02:30:00', offset: null });
    expect(offsetFor('2026-10-25T02:30:00+01:00')).toMatchObject({ local: '2026-10-25T02:30:00', offset: '+01:00' });
    expect(offsetFor('2026-10-25T02:30:00+02:00')).toMatchObject({ offset: '+02:00' });
    expect(offsetFor('2026-10-25T02:30:00+05:00')).toMatchObject({
      ok: false,
      problems: [{ message: /\+02:00 or \+01:00/ }],
    });
  });

  test('a span within the repeated hour is judged by instants', () => {
    expect(problemsOf({ start: time('2026-10-25T02:50:00+02:00'), end: time('2026-10-25T02:10:00+01:00') })).toEqual(
      [],
    );
    expect(problemsOf({ start: time('2026-10-25T02:10:00+01:00'), end: time('2026-10-25T02:50:00+02:00') })).toEqual([
      'end: must be after start',
    ]);
  });

  test('an offset that is right is accepted and not kept, a wrong one is refused with the right one', () => {
    const right = parseEventSpec({ ...algebra, start: time('2026-11-30T10:00:00+01:00') });
    expect(right).toEqual(parseEventSpec(algebra));
    expect(problemsOf({ start: time('2026-11-30T10:00:00Z') })[0]).toMatch(
      /^start.dateTime: has the offset \+00:00, but Europe\/Copenhagen has \+01:00/,
    );
  });

  test('a summer day in winter and the other way round is judged by its own date', () => {
    expect(problemsOf({ start: time('2026-07-30T10:00:00+02:00'), end: time('2026-07-30T11:00:00') })).toEqual([]);
    expect(problemsOf({ start: time('2026-07-30T10:00:00+01:00'), end: time('2026-07-30T11:00:00') })).toHaveLength(1);
  });

  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['no zone', { start: { dateTime: '2026-11-30T10:00:00' } }, /^start.timeZone: is missing/],
    ['no zone beside an offset', { start: { dateTime: '2026-11-30T10:00:00+01:00' } }, /^start.timeZone: is missing/],
    [
      '[S09C] an unknown zone',
      { start: time('2026-11-30T10:00:00', 'Europe/Atlantis') },
      /^start.timeZone: "Europe\/Atlantis" is no IANA/,
    ],
    ['a misspelt zone', { start: time('2026-11-30T10:00:00', 'europe/copenhagen') }, /write Europe\/Copenhagen$/],
    ['an offset as zone', { start: time('2026-11-30T10:00:00', '+01:00') }, /neither an offset/],
    ['no such day', { start: time('2026-02-30T10:00:00') }, /^start.dateTime: "2026-02-30T10:00:00" is no time/],
    ['a fraction of a second', { start: time('2026-11-30T10:00:00.5') }, /without fractions/],
    ['hour 24', { end: time('2026-11-30T24:00:00') }, /^end.dateTime: /],
    ['an end before the start', { end: time('2026-11-30T09:00:00') }, /^end: must be after start$/],
    ['an end at the start', { end: time('2026-11-30T10:00:00') }, /^end: must be after start$/],
    [
      'an end before the start by instants',
      { end: time('2026-11-30T11:00:00', 'Asia/Tokyo') },
      /^end: must be after start$/,
    ],
    ['a date and a time', { end: { date: '2026-12-01' } }, /^end: must be of the same kind/],
    [
      'both at once',
      { start: { date: '2026-11-30', dateTime: '2026-11-30T10:00:00', timeZone: 'UTC' } },
      /^start: has both/,
    ],
    ['neither', { start: {} }, /^start: needs dateTime/],
    [
      'a zone on a date',
      { start: { date: '2026-11-30', timeZone: 'UTC' }, end: { date: '2026-12-01' } },
      /^start.timeZone: has no meaning/,
    ],
    [
      'a misspelt part',
      { start: { datetime: '2026-11-30T10:00:00', timeZone: 'UTC' } },
      /^start.datetime: is not a known field: did you mean dateTime\?/,
    ],
  ];
  test.each(refused)('%s is refused', (_, change, message) => {
    const problems = problemsOf(change);
    expect(
      problems.some((problem) => message.test(problem)),
      problems.join('\n'),
    ).toBe(true);
    expect(problems).toHaveLength(1);
  });

  test('a single event may end in another zone, a series only in the same one', () => {
    const change = { end: time('2026-11-30T11:00:00', 'Europe/London') };
    expect(problemsOf(change)).toEqual([]);
    expect(problemsOf({ ...change, recurrence: ['RRULE:FREQ=DAILY'] })).toEqual([
      "end.timeZone: must be the start's time zone, since the event is a series",
    ]);
  });

  test('[S09C] a series may name its zone by two aliases', () => {
    const change = {
      start: time('2026-11-30T10:00:00', 'Asia/Calcutta'),
      end: time('2026-11-30T11:00:00', 'Asia/Kolkata'),
    };
    expect(problemsOf({ ...change, recurrence: ['RRULE:FREQ=DAILY'] })).toEqual([]);
  });
});

describe('series', () => {
  test('a wrong line is named by its number', () => {
    expect(problemsOf({ recurrence: ['RRULE:FREQ=WEEKLY', 'EXDATE:20261224'] })[0]).toMatch(
      /^recurrence\[1\]: EXDATE must hold times/,
    );
  });

  test('a start that the rule does not generate passes with a warning', () => {
    const parsed = parseEventSpec({ ...algebra, recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=TU'] });
    expect(parsed).toMatchObject({
      ok: true,
      warnings: [{ path: 'start', message: expect.stringContaining('2026-12-01T10:00:00') }],
    });
  });

  test('a series that ends before it starts is refused', () => {
    expect(problemsOf({ recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20261101T000000Z'] })).toEqual([
      'recurrence: has no occurrence at or after start',
    ]);
  });
});

describe('what is refused', () => {
  const refused: readonly (readonly [string, object, string])[] = [
    ['an unknown field with a near name', { sumary: 'x' }, 'sumary: is not a known field: did you mean summary?'],
    ['an unknown field with a known meaning', { title: 'x' }, 'title: is not a known field: did you mean summary?'],
    ['a key of 2,000 characters', { key: 'k'.repeat(2_000) }, 'key: is longer than 512 bytes in UTF-8'],
    ['a key of 512 characters in more bytes', { key: 'é'.repeat(257) }, 'key: is longer than 512 bytes in UTF-8'],
    ['an empty key', { key: '' }, 'key: is empty: name the key'],
    ['a key over two lines', { key: 'a\nb' }, 'key: holds control characters or half a character'],
    ['no calendar', { calendar: undefined }, 'calendar: is missing: it must be a text'],
    ['a calendar with a space', { calendar: 'my calendar' }, 'calendar: holds white space'],
    ['a number as summary', { summary: 5 }, 'summary: must be a text'],
    ['a long summary', { summary: 'x'.repeat(1_025) }, 'summary: is longer than 1024 characters'],
    ['a long location', { location: 'x'.repeat(1_025) }, 'location: is longer than 1024 characters'],
    ['a huge description', { description: 'x'.repeat(8_193) }, 'description: is longer than 8192 characters'],
    ['a NUL', { description: 'a\u0000b' }, 'description: holds control characters other than line break and tab'],
    [
      'half a character',
      { summary: 'a\ud800' },
      'summary: holds half a character (a lone surrogate): it cannot be written as UTF-8',
    ],
    [
      'no address',
      { attendees: [{ email: 'ada' }] },
      'attendees[0].email: is not a mail address such as ada@example.com',
    ],
    ['an attendee without address', { attendees: [{}] }, 'attendees[0].email: is missing: it must be a text'],
    [
      'one mailbox twice',
      { attendees: [{ email: 'a.b@gmail.com' }, { email: 'x@y.z' }, { email: 'AB+c@googlemail.com' }] },
      'attendees[2].email: is the same mailbox as attendees[0]',
    ],
    [
      'a crowd',
      { attendees: Array.from({ length: 501 }, (_, index) => ({ email: `a${index}@example.com` })) },
      "attendees: has more than 500 entries: invite a group's address instead",
    ],
    ['an unknown sendUpdates', { sendUpdates: 'maybe' }, 'sendUpdates: must be one of all, externalOnly, none'],
    ['reminders without useDefault', { reminders: {} }, 'reminders.useDefault: is missing: it must be true or false'],
    [
      'overrides beside the default',
      { reminders: { useDefault: true, overrides: [{ method: 'popup', minutes: 1 }] } },
      'reminders.overrides: goes with useDefault: false only',
    ],
    [
      'six reminders',
      {
        reminders: {
          useDefault: false,
          overrides: [1, 2, 3, 4, 5, 6].map((minutes) => ({ method: 'popup', minutes })),
        },
      },
      'reminders.overrides: has more than 5 entries',
    ],
    [
      'a reminder five weeks before',
      { reminders: { useDefault: false, overrides: [{ method: 'email', minutes: 40_321 }] } },
      'reminders.overrides[0].minutes: must be at most 40320 (four weeks)',
    ],
    ['a label that is no text', { labels: { paid: true } }, 'labels.paid: must be a text'],
    [
      'a label that would be lost',
      { labels: JSON.parse('{"__proto__":"x"}') },
      'labels: cannot have a label called __proto__',
    ],
    ['a truthy allowTwin', { allowTwin: 'yes' }, 'allowTwin: must be true or false'],
    ['recurrence that is no list', { recurrence: 'RRULE:FREQ=DAILY' }, 'recurrence: must be a list'],
  ];
  test.each(refused)('%s', (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  test('the largest of everything passes', () => {
    const overrides = [0, 1, 2, 3, 40_320].map((minutes) => ({ method: 'email', minutes }));
    const attendees = Array.from({ length: 500 }, (_, index) => ({ email: `a${index}@example.com` }));
    const texts = {
      key: 'k'.repeat(512),
      summary: 's'.repeat(1_024),
      location: 'l'.repeat(1_024),
      description: 'd\n\t'.repeat(2_730),
    };
    expect(problemsOf({ ...texts, attendees, reminders: { useDefault: false, overrides } })).toEqual([]);
  });

  test('all problems are named at once', () => {
    const paths = problemsOf({
      key: '',
      titel: 'x',
      attendees: [{ email: 'nobody' }],
      start: time('2026-02-30T10:00:00', 'Nowhere'),
      recurrence: ['RRULE:FREQ=HOURLY'],
    }).map((problem) => problem.split(': ')[0]);
    expect(paths.sort()).toEqual([
      'attendees[0].email',
      'key',
      'recurrence[0]',
      'start.dateTime',
      'start.timeZone',
      'titel',
    ]);
  });

  test('what is no event at all is refused in one line', () => {
    for (const input of [null, undefined, 5, 'x', [], true])
      expect(parseEventSpec(input)).toEqual({ ok: false, problems: [{ path: '', message: 'must be an object' }] });
  });

  test('messages hold at most 40 characters of the input, and no control characters', () => {
    const long = 'Zz\u0007'.repeat(1_000);
    const problems = problemsOf({
      [long]: 1,
      start: time(long, long),
      recurrence: [long, `RRULE:${long}=1`],
      labels: { [long]: 5 },
    });
    expect(problems.length).toBeGreaterThan(4);
    for (const problem of problems) {
      expect(problem).not.toMatch(/\p{Cc}/u);
      for (const [, echoed = ''] of problem.matchAll(/"([^"]*)"/g)) expect(echoed.length).toBeLessThanOrEqual(40);
      expect(problem.replaceAll(/"[^"]*"/g, '')).not.toContain('Zz');
    }
  });

  test('any JSON is read or refused, never thrown at', () => {
    const anything = fc.jsonValue();
    const almost = fc.record(
      {
        key: anything,
        calendar: anything,
        schedule: anything,
        summary: anything,
        start: fc.oneof(anything, fc.constant(algebra.start)),
        end: fc.oneof(anything, fc.constant(algebra.end)),
        attendees: anything,
        recurrence: fc.oneof(anything, fc.array(fc.string())),
        labels: anything,
        reminders: anything,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          anything,
          almost.map((fields) => ({ ...algebra, ...fields })),
        ),
        (input) => {
          const parsed = parseEventSpec(input);
          if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 10_000 },
    );
  });
});
