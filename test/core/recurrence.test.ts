import { describe, expect, test } from 'vitest';
import { normaliseRecurrence } from '../../src/core/recurrence.ts';
import { recurrenceProblems } from '../../src/core/recurrence-door.ts';

describe('what Google rewrites compares equal', () => {
  const same: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['order of parts', ['RRULE:COUNT=3;BYDAY=MO;FREQ=WEEKLY'], ['RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO']],
    ['defaults written or left out', ['RRULE:FREQ=WEEKLY;WKST=MO;INTERVAL=1;BYDAY=MO'], ['RRULE:FREQ=WEEKLY;BYDAY=MO']],
    ['a WKST that changes nothing', ['RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=TU'], ['RRULE:FREQ=WEEKLY;BYDAY=TU']],
    ['order of days', ['RRULE:FREQ=WEEKLY;BYDAY=FR,MO,WE'], ['RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR']],
    ['order of numbers', ['RRULE:FREQ=MONTHLY;BYMONTHDAY=15,2,-1'], ['RRULE:FREQ=MONTHLY;BYMONTHDAY=-1,2,15']],
    ['capitals', ['rrule:freq=weekly;byday=mo'], ['RRULE:FREQ=WEEKLY;BYDAY=MO']],
    ['signs and zeros', ['RRULE:FREQ=MONTHLY;BYDAY=+2MO;COUNT=010'], ['RRULE:FREQ=MONTHLY;BYDAY=2MO;COUNT=10']],
    [
      'order of lines',
      ['EXDATE;VALUE=DATE:20261224', 'RRULE:FREQ=DAILY'],
      ['RRULE:FREQ=DAILY', 'EXDATE;VALUE=DATE:20261224'],
    ],
    [
      'dates in one line or in several',
      ['EXDATE;TZID=UTC:20261231T100000,20261224T100000'],
      ['EXDATE;TZID=UTC:20261224T100000', 'EXDATE;TZID=UTC:20261231T100000'],
    ],
    [
      '[S09C] aliases of zones',
      ['EXDATE;TZID=Asia/Calcutta:20261224T100000'],
      ['EXDATE;TZID=Asia/Kolkata:20261224T100000'],
    ],
    ['the default type of dates', ['RDATE;VALUE=DATE-TIME:20261224T100000Z'], ['RDATE:20261224T100000Z']],
  ];
  test.each(same)('%s', (_, ours, googles) => {
    expect(normaliseRecurrence(googles)).toEqual(normaliseRecurrence(ours));
    expect(normaliseRecurrence(normaliseRecurrence(ours))).toEqual(normaliseRecurrence(ours));
  });
});

describe('what a person changes is seen', () => {
  const different: readonly (readonly [string, string, string])[] = [
    ['another day', 'RRULE:FREQ=WEEKLY;BYDAY=MO', 'RRULE:FREQ=WEEKLY;BYDAY=TU'],
    ['another end', 'RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z', 'RRULE:FREQ=WEEKLY;UNTIL=20261224T225959Z'],
    ['an interval', 'RRULE:FREQ=WEEKLY', 'RRULE:FREQ=WEEKLY;INTERVAL=2'],
    [
      'a week start that matters',
      'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU',
      'RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU',
    ],
    ['another week of the month', 'RRULE:FREQ=MONTHLY;BYDAY=1MO', 'RRULE:FREQ=MONTHLY;BYDAY=2MO'],
    ['another exception', 'EXDATE;TZID=UTC:20261224T100000', 'EXDATE;TZID=UTC:20261225T100000'],
    [
      'an exception in another zone',
      'EXDATE;TZID=Europe/London:20261224T100000',
      'EXDATE;TZID=Europe/Paris:20261224T100000',
    ],
  ];
  test.each(different)('%s', (_, ours, googles) => {
    expect(normaliseRecurrence([googles])).not.toEqual(normaliseRecurrence([ours]));
  });
});

test('lines that nobody can read stand as they are', () => {
  expect(normaliseRecurrence(['  hello  ', 'RRULE', ''])).toEqual(['RRULE', 'hello']);
});

describe('the door', () => {
  const messages = (lines: readonly string[], kind: 'date' | 'time' = 'time'): string[] =>
    recurrenceProblems(lines, kind).map(({ line, message }) => `${line}: ${message}`);

  test('series as Google takes them pass', () => {
    expect(messages([])).toEqual([]);
    expect(messages(['RRULE:FREQ=WEEKLY;COUNT=10'])).toEqual([]);
    expect(
      messages([
        'RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=MO,WE;WKST=SU',
        'EXDATE;TZID=Europe/Paris:20261224T100000',
      ]),
    ).toEqual([]);
    expect(
      messages(['RRULE:FREQ=MONTHLY;BYDAY=-1FR', 'EXRULE:FREQ=YEARLY;BYMONTH=8', 'RDATE:20261224T100000Z']),
    ).toEqual([]);
    expect(messages(['RRULE:FREQ=DAILY;UNTIL=20261231', 'EXDATE;VALUE=DATE:20261224,20261225'], 'date')).toEqual([]);
  });

  const refused: readonly (readonly [string, 'date' | 'time', RegExp])[] = [
    ['DTSTART:20261130T100000', 'time', /DTSTART and DTEND do not belong here/],
    ['FREQ=WEEKLY', 'time', /must begin with RRULE:/],
    ['every monday', 'time', /must be an RRULE/],
    ['RRULE:COUNT=3', 'time', /RRULE FREQ is missing/],
    ['RRULE:FREQ=HOURLY', 'time', /FREQ must be DAILY or longer/],
    ['RRULE:FREQ=FORTNIGHTLY', 'time', /FREQ must be DAILY, WEEKLY/],
    ['RRULE:FREQ=WEEKLY;COUNT=3;UNTIL=20261231T225959Z', 'time', /COUNT and UNTIL exclude/],
    ['RRULE:FREQ=WEEKLY;UNTIL=20261231', 'time', /UNTIL must be a time in UTC/],
    ['RRULE:FREQ=WEEKLY;UNTIL=20261231T225959', 'time', /UNTIL must be a time in UTC/],
    ['RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z', 'date', /UNTIL must be a date/],
    ['RRULE:FREQ=WEEKLY;COUNT=0', 'time', /COUNT must be a whole number from 1/],
    ['RRULE:FREQ=WEEKLY;COUNT=10001', 'time', /COUNT must be a whole number from 1 to 10000/],
    ['RRULE:FREQ=WEEKLY;BYDAY=XX', 'time', /BYDAY must hold days/],
    ['RRULE:FREQ=WEEKLY;BYDAY=2MO', 'time', /BYDAY with a number/],
    ['RRULE:FREQ=WEEKLY;BYMONTHDAY=2', 'time', /BYMONTHDAY does not go/],
    ['RRULE:FREQ=MONTHLY;BYMONTHDAY=32', 'time', /BYMONTHDAY must hold numbers from 1 to 31/],
    ['RRULE:FREQ=MONTHLY;BYWEEKNO=2', 'time', /BYWEEKNO needs FREQ=YEARLY/],
    ['RRULE:FREQ=MONTHLY;BYSETPOS=1', 'time', /BYSETPOS needs another BY part/],
    ['RRULE:FREQ=WEEKLY;FREQ=DAILY', 'time', /FREQ is given twice/],
    ['RRULE:FREQ=WEEKLY;BYFOO=1', 'time', /BYFOO is no part/],
    ['RRULE:FREQ=WEEKLY;toString=1', 'time', /TOSTRING is no part/],
    ['RRULE:FREQ=DAILY;BYHOUR=9', 'date', /do not go with an all-day event/],
    ['EXDATE:20261224', 'time', /EXDATE must hold times/],
    ['EXDATE:20261224T100000', 'time', /needs TZID/],
    ['EXDATE;TZID=Mars/Base:20261224T100000', 'time', /TZID is no IANA/],
    ['EXDATE;TZID=UTC:20261224T100000Z', 'time', /both TZID and times in UTC/],
    ['EXDATE;TZID=UTC:20260229T100000', 'time', /must hold times/],
    ['EXDATE:20261224T100000Z', 'date', /must hold dates/],
    ['RDATE;VALUE=PERIOD:20261224T100000Z/PT1H', 'time', /RDATE must hold times/],
    ['EXDATE;FOO=1:20261224T100000Z', 'time', /TZID and VALUE only/],
  ];
  test.each(refused)('%s of a %s series is refused by name', (line, kind, message) => {
    const found = messages([line], kind);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(found[0]).toMatch(/^0: /);
  });

  test('every line that is wrong is named', () => {
    expect(messages(['RRULE:FREQ=DAILY', 'nonsense', 'EXDATE:x']).map((message) => message[0])).toEqual(['1', '2']);
  });

  test('exceptions alone are no series, and too much is refused', () => {
    expect(messages(['EXDATE:20261224T100000Z'])).toEqual([
      'null: needs an RRULE or RDATE line: exceptions alone repeat nothing',
    ]);
    expect(messages(Array.from({ length: 65 }, () => 'RRULE:FREQ=DAILY'))).toEqual(['null: has more than 64 lines']);
    expect(messages([`RRULE:FREQ=DAILY;BYMONTH=${'1,'.repeat(10_000)}1`])).toEqual([
      'null: is longer than 16384 characters',
    ]);
  });
});
