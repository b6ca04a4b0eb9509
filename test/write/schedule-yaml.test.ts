import { expect, test } from 'vitest';
import { fileProblemText } from '../../src/write/file-problem.ts';
import { readScheduleFile } from '../../src/write/schedule-file.ts';

const read = (...lines: readonly string[]) =>
  readScheduleFile('plan.yaml', new TextEncoder().encode(lines.join('\n')), 'classes');
const problemsOf = (file: ReturnType<typeof read>) => file.problems.map(fileProblemText);

test('a schedule in YAML is what the same in JSON is, anchors and all', () => {
  const file = read(
    '# spring term',
    'events:',
    '  - key: algebra/1',
    '    summary: "Algebra: first meeting"',
    '    start: { dateTime: 2026-11-30T10:00:00, timeZone: &zone Europe/Copenhagen }',
    '    end: { dateTime: 2026-11-30T11:00:00, timeZone: *zone }',
    '    description: |',
    '      Bring',
    '      pens',
    '    attendees: [{ email: ada@example.com, optional: true }]',
    '    labels: { payment: confirmed }',
    '  - key: excursion',
    '    start: { date: 2026-11-30 }',
    '    end: { date: 2026-12-01 }',
  );
  expect(problemsOf(file)).toEqual([]);
  expect(file.events.map(({ line, event }) => [line, event])).toEqual([
    [3, 1],
    [12, 2],
  ]);
  expect(file.events[0]?.spec).toMatchObject({
    key: 'algebra/1',
    calendar: 'classes',
    summary: 'Algebra: first meeting',
    description: 'Bring\npens\n',
    start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen' },
    attendees: [{ email: 'ada@example.com', displayName: null, optional: true }],
    labels: { payment: 'confirmed' },
  });
  expect(file.events[1]?.spec).toMatchObject({ start: { kind: 'date', date: '2026-11-30' } });
});

test('problems name line, event and field; what is missing stands where the object is', () => {
  const file = read(
    '- key: 7',
    '  start: { date: 2026-11-30 }',
    '  end: { date: 2026-12-01 }',
    '- key: b',
    '  start:',
    '    dateTime: 2026-11-30T10:00:00',
    '  end: { date: 2026-12-01 }',
    '  attendees:',
    '    - email: nobody',
    '  colour: red',
  );
  expect(problemsOf(file).map((line) => line.split(': ')[0])).toEqual([
    'line 1, event 1, field key',
    'line 5, event 2, field start.timeZone',
    'line 9, event 2, field attendees[0].email',
    'line 10, event 2, field colour',
  ]);
});

test('what YAML 1.1 made into something else stays the text that it is', () => {
  const file = read(
    '- key: "1"',
    '  summary: no',
    '  location: 0o17 and 1_000',
    '  start: { date: 2026-11-30 }',
    '  end: { date: 2026-12-01 }',
    '  labels: { answer: yes, country: NO, version: "1.10", time: 12:30:00 }',
  );
  expect(problemsOf(file)).toEqual([]);
  expect(file.events[0]?.spec).toMatchObject({
    summary: 'no',
    labels: { answer: 'yes', country: 'NO', version: '1.10', time: '12:30:00' },
  });
});

const bomb = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefgh'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(', ')}]`),
];

test.each<[string, readonly string[], RegExp]>([
  ['a name that stands twice', ['- key: a', '  summary: x', '  summary: y'], /^line 3: a name stands twice/],
  ['a tag of its own', ['- key: !secret a'], /^line 1: a tag/],
  ['a tag of JavaScript', ['- key: !!js/function "x"'], /^line 1: a tag/],
  ['an alias for nothing', ['- key: *a'], /no anchor/],
  ['aliases that stand for millions of values', bomb, /more than a schedule can hold/],
  ['an alias for itself', ['&a [*a]'], /./],
  ['a second document', ['[]', '---', '[]'], /second document/],
  ['a tab as indentation', ['- key: a', '\tsummary: x'], /^line 2: is not YAML.*no tabs.* and quotes$/],
  ['an open quote', ['- key: "a'], /is not YAML/],
  ['nesting without end', ['['.repeat(20_000)], /./],
  ['a merge key', ['- key: a', '  <<: { summary: x }'], /field <<|"<<"/],
  ['nothing at all', ['# only a comment'], /neither an array|empty/],
  ['a text', ['hello'], /neither an array/],
])('%s is refused', (_, lines, message) => {
  const file = read(...lines);
  expect(file.events).toEqual([]);
  expect(problemsOf(file).join('\n')).toMatch(message);
});

test('a member called __proto__ changes no object and is refused by its name', () => {
  const file = read(
    '- key: a',
    '  start: { date: 2026-11-30 }',
    '  end: { date: 2026-12-01 }',
    '  labels: { __proto__: x }',
  );
  expect(problemsOf(file)).toEqual(['line 4, event 1, field labels: cannot have a label called __proto__']);
});
