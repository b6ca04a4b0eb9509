import { expect, test } from 'vitest';
import { fileProblemText } from '../../src/write/file-problem.ts';
import { parseScheduleFile, readScheduleFile } from '../../src/write/schedule-file.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const csv = (...lines: readonly string[]) => readScheduleFile('plan.csv', bytes(lines.join('\n')), 'classes');
const json = (value: unknown) => readScheduleFile('plan.json', bytes(JSON.stringify(value)), 'classes');
const problemsOf = (read: ReturnType<typeof csv>) => read.problems.map(fileProblemText);
const event = { key: 'a', summary: 'Algebra', start: { date: '2026-11-30' }, end: { date: '2026-12-01' } };

test('every column of a CSV file finds its field', () => {
  const read = csv(
    'key,calendar,schedule,summary,description,location,start,end,timeZone,recurrence,attendees,labels,sendUpdates,allowTwin',
    'a,other,spring,Algebra,"Bring a ""ruler"",\nand paper",Room 5,2026-11-30T10:00,2026-11-30 11:00:00,Europe/Copenhagen,RRULE:FREQ=WEEKLY;COUNT=3 | EXDATE;TZID=Europe/Copenhagen:20261207T100000,ada@example.com; bob@example.com,payment=confirmed;formula=a=b,none,true',
  );
  expect(problemsOf(read)).toEqual([]);
  expect(read.events[0]?.spec).toEqual({
    key: 'a',
    calendar: 'other',
    schedule: 'spring',
    summary: 'Algebra',
    description: 'Bring a "ruler",\nand paper',
    location: 'Room 5',
    start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null },
    end: { kind: 'time', local: '2026-11-30T11:00:00', zone: 'Europe/Copenhagen', offset: null },
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;TZID=Europe/Copenhagen:20261207T100000'],
    reminders: null,
    attendees: [
      { email: 'ada@example.com', displayName: null, optional: false },
      { email: 'bob@example.com', displayName: null, optional: false },
    ],
    labels: { payment: 'confirmed', formula: 'a=b' },
    sendUpdates: 'none',
    allowTwin: true,
  });
});

test('an empty cell is a field that is not stated, a date alone an all-day event, and --calendar fills in', () => {
  const [read] = csv('key,start,end,location,attendees', 'a,2026-11-30,2026-12-01,,').events;
  expect(read?.spec).toMatchObject({
    calendar: 'classes',
    location: null,
    attendees: null,
    start: { kind: 'date', date: '2026-11-30' },
  });
});

test('days, times and dates are a weekly series from the first matching day to the end of the last', () => {
  const [read] = csv(
    'key,days,startTime,endTime,startDate,endDate,timeZone',
    'a,TR,09:30,10:45,2026-11-30,2026-12-17,America/New_York',
  ).events;
  expect(read?.spec).toMatchObject({
    start: { kind: 'time', local: '2026-12-01T09:30:00', zone: 'America/New_York' },
    end: { kind: 'time', local: '2026-12-01T10:45:00' },
    recurrence: ['RRULE:FREQ=WEEKLY;UNTIL=20261218T045959Z;BYDAY=TU,TH'],
  });
});

test('a byte order mark, Windows line ends, empty lines and lines of empty cells are no obstacle, and lines are counted as an editor does', () => {
  const text =
    '\ufeffkey,summary,start,end\r\n\r\na,"two\r\nlines",2026-11-30,2026-12-01\r\n,,,\r\n\r\nb,x,never,2026-12-01\r\n';
  const read = readScheduleFile('plan.csv', bytes(text), 'classes');
  expect(read.events.map(({ spec, line }) => [spec.key, spec.summary, line])).toEqual([['a', 'two\nlines', 3]]);
  expect(read.problems).toMatchObject([
    { line: 7, column: 'start' },
    { line: 7, column: 'timeZone' },
  ]);
});

test('[S08B] a file without a key column is refused: keys are never made from times', () => {
  expect(problemsOf(csv('summary,start,end', 'Algebra,2026-11-30,2026-12-01'))).toEqual([
    'line 1: there is no column key: every row needs a permanent name of its own, not made from its time',
  ]);
});

test('unknown and repeated columns are refused by name, with the name that was probably meant', () => {
  expect(problemsOf(csv('key,Summary,start_time,colour,start,start', ''))).toEqual([
    'line 1: there is no column "Summary": write summary',
    'line 1: there is no column "start_time": write startTime',
    expect.stringContaining('line 1: there is no column "colour": the columns are key, calendar'),
    'line 1: the column start stands twice',
  ]);
  expect(problemsOf(csv('key;summary;start;end', 'a;x;2026-11-30;2026-12-01'))).toEqual([
    expect.stringContaining('not separated by commas'),
  ]);
});

test('every row that cannot be understood is listed with line, column and reason, all at once', () => {
  const read = csv(
    'key,summary,start,end,timeZone,days,startTime,endTime,startDate,endDate,attendees,labels,allowTwin',
    ',no key,2026-11-30,2026-12-01,,,,,,,,,',
    'a,backwards,2026-11-30T10:00,2026-11-30T09:00,Europe/Copenhagen,,,,,,,,',
    'b,no zone,2026-11-30T10:00,2026-11-30T11:00,,,,,,,,,',
    'c,which of both,2026-11-30,2026-12-01,,MW,,,,,,,',
    'd,half a week,,,,MW,10:00,,,,,,',
    'e,no such day,,,Europe/Copenhagen,MX,10:00,11:00,2026-11-30,2026-12-17,,,',
    'f,bad guest,2026-11-30,2026-12-01,,,,,,,"ada@example.com; nobody",,',
    'g,bad label,2026-11-30,2026-12-01,,,,,,,,payment,yes',
    'h,too short,2026-11-30',
    'i,no time at all,,,,,,,,,,,',
  );
  expect(read.events).toEqual([]);
  expect(read.problems.map(({ line, column }) => `${line} ${column}`)).toEqual([
    '2 key',
    '3 end',
    '4 timeZone',
    '5 start',
    '5 end',
    '6 endTime',
    '6 startDate',
    '6 endDate',
    '6 timeZone',
    '7 null',
    '8 attendees',
    '9 labels',
    '9 allowTwin',
    '10 null',
    '11 start',
    '11 end',
  ]);
  expect(problemsOf(read)[10]).toBe('line 8, column attendees: is not a mail address such as ada@example.com');
});

test('[S09B] a time that does not exist on that day is refused with the next that does', () => {
  const read = csv('key,start,end,timeZone', 'a,2026-03-29T02:30,2026-03-29T04:00,Europe/Copenhagen');
  expect(problemsOf(read)).toEqual([
    expect.stringMatching(/^line 2, column start: .*does not exist.*2026-03-29T03:00/),
  ]);
});

test('a key that stands twice is refused with both places', () => {
  const lines = csv('key,start,end', 'a,2026-11-30,2026-12-01', 'b,2026-11-30,2026-12-01', 'a,2026-12-30,2026-12-31');
  expect(problemsOf(lines)).toEqual(['line 4, column key: the key "a" stands at line 2 already: a key is one event']);
  expect(problemsOf(json([event, { ...event }]))).toEqual([
    'line 1, event 2, field key: the key "a" stands at line 1 already: a key is one event',
  ]);
});

test('broken CSV is said in one sentence', () => {
  expect(problemsOf(csv('key,summary', 'a,"open'))).toEqual([expect.stringContaining('not closed')]);
  expect(problemsOf(csv('key,summary', 'a,x"y'))).toEqual([expect.stringMatching(/^line 2: a quote stands inside/)]);
  expect(problemsOf(readScheduleFile('plan.csv', new Uint8Array(), 'classes'))).toEqual([
    expect.stringContaining('is empty'),
  ]);
  expect(problemsOf(readScheduleFile('plan.csv', Uint8Array.of(0x6b, 0xff), 'classes'))).toEqual([
    expect.stringContaining('UTF-8'),
  ]);
});

test('JSON is an array of events or an object that holds one, and problems name the event and the field', () => {
  expect(json([event]).events[0]?.spec).toMatchObject({ key: 'a', calendar: 'classes' });
  expect(json({ events: [{ ...event, calendar: 'other' }] }).events[0]?.spec.calendar).toBe('other');
  expect(problemsOf(json([event, { ...event, key: 'b', colour: 1, end: { date: '2026-11-30' } }]))).toEqual([
    expect.stringMatching(/^line 1, event 2, field colour: /),
    expect.stringMatching(/^line 1, event 2, field end: must be after start/),
  ]);
  expect(problemsOf(json({ events: [], colour: 1 }))).toEqual([expect.stringContaining('neither an array')]);
  expect(problemsOf(json(7))).toEqual([expect.stringContaining('neither an array')]);
  expect(problemsOf(readScheduleFile('plan.json', bytes('[\n{"key": }]'), 'classes'))).toEqual([
    expect.stringContaining('is not JSON'),
  ]);
});

test('a problem in JSON names its line; what is missing stands where the object is in which it is missing', () => {
  const text = [
    '[',
    '  { "key": "a", "summary": "x, } \\" ]", "start": { "date": "2026-11-30" }, "end": { "date": "2026-12-01" } },',
    '  {',
    '    "key": "b",',
    '    "start": {',
    '      "dateTime": "2026-11-30T10:00:00" },',
    '    "end"',
    '      : { "dateTime": "2026-11-30T11:00:00", "timeZone": "Europe/Paris" },',
    '    "attendees": [ { "email": "ada@example.com" },',
    '      { "email": "nobody" }, {',
    '        "emial": "x" } ],',
    '    "colour": 1',
    '  }',
    ']',
  ].join('\n');
  expect(problemsOf(readScheduleFile('plan.json', bytes(text), 'classes')).map((line) => line.split(': ')[0])).toEqual([
    'line 5, event 2, field start.timeZone',
    'line 10, event 2, field attendees[1].email',
    'line 10, event 2, field attendees[2].email',
    'line 11, event 2, field attendees[2].emial',
    'line 12, event 2, field colour',
  ]);
  expect(problemsOf(readScheduleFile('plan.json', bytes('[{"key":"a",\n"key":"b"}]'), 'classes'))).toEqual([
    'line 2: is not JSON, at character 1: the name "key" stands twice in one object',
  ]);
});

test('another kind of file is refused, not guessed', () => {
  for (const name of ['plan.xlsx', 'plan', 'plan.constructor'])
    expect(() => parseScheduleFile(name, bytes(''), null)).toThrow(/neither \.json, \.yaml, \.csv nor \.ics/);
});

test('the error of a bad file holds all its problems', () => {
  expect(() => parseScheduleFile('plan.csv', bytes('key,start,end\na,x,y\nb,x,y\n'), 'classes')).toThrow(
    /nothing of it was applied:\n {2}line 2, column start: .*\n {2}line 2, column timeZone: .*\n {2}line 2, column end: .*\n {2}line 3/,
  );
});
