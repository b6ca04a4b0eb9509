/** The rules that stand twice, in TypeScript and in SQL, against each other on random input. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventTime } from '../../src/core/event-spec.ts';
import { startOccurrence } from '../../src/core/occurrences.ts';
import { recurrenceProblems } from '../../src/core/recurrence-door.ts';
import { resolveWallClock } from '../../src/core/wall-clock.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
});
afterAll(() => database.close());

const seed = Number(process.env.CALSYNC_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const sample = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number): readonly Value[] =>
  fc.sample(arbitrary, { numRuns, seed });

const days = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const numbers = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
const listOf = (member: fc.Arbitrary<string>) =>
  fc.array(member, { minLength: 1, maxLength: 3 }).map((list) => list.join(','));
const until = fc.constantFrom(
  '20261201',
  '20261201T090000Z',
  '20301231T235959Z',
  '20270228',
  '20261101T000000Z',
  '2027',
  '20270101T000000',
);
const ordinalDay = fc
  .tuple(fc.constantFrom('', '', '1', '2', '-1', '+3', '54', '0'), days)
  .map((pair) => pair.join(''));
const part = fc.oneof(
  {
    arbitrary: fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY', 'HOURLY').map((value) => `FREQ=${value}`),
    weight: 2,
  },
  numbers(0, 4).map((value) => `INTERVAL=${value}`),
  numbers(0, 12).map((value) => `COUNT=${value}`),
  until.map((value) => `UNTIL=${value}`),
  days.map((value) => `WKST=${value}`),
  listOf(ordinalDay).map((value) => `BYDAY=${value}`),
  listOf(numbers(0, 13)).map((value) => `BYMONTH=${value}`),
  listOf(numbers(-32, 32)).map((value) => `BYMONTHDAY=${value}`),
  listOf(numbers(-367, 367)).map((value) => `BYYEARDAY=${value}`),
  fc.constantFrom('BYSETPOS=1', 'BYWEEKNO=20', 'BYHOUR=9', 'BYHOUR=24', 'BYMOON=1', '', 'COUNT', 'FREQ=', 'count=+3'),
);
const freq = fc.constantFrom('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY').map((value) => `FREQ=${value}`);
const rule = fc
  .tuple(freq, fc.array(part, { maxLength: 4 }))
  .map(([first, others]) => `RRULE:${[first, ...others].join(';')}`);
const dates = fc
  .tuple(
    fc.constantFrom('EXDATE', 'RDATE'),
    fc.constantFrom(
      '',
      ';VALUE=DATE',
      ';TZID=Europe/Paris',
      ';TZID=Nowhere',
      ';value=date-time',
      ';X=1',
      ';TZID=Europe/Paris;TZID=UTC',
    ),
    listOf(
      fc.constantFrom(
        '20261207',
        '20261207T100000',
        '20261207T100000Z',
        '20260230',
        '2026',
        ' 20261208T100000Z ',
        '22010101',
      ),
    ),
  )
  .map(([name, params, values]) => `${name}${params}:${values}`);
const line = fc.oneof(
  { arbitrary: rule, weight: 3 },
  dates,
  fc.constantFrom('', 'x', 'RRULE', 'DTSTART:20261130', 'FREQ=DAILY', 'rrule:freq=daily', 'EXRULE:FREQ=DAILY;COUNT=2'),
);

test(`random lines of recurrence get one verdict from both (seed ${seed})`, async () => {
  const cases = sample(fc.tuple(fc.array(line, { minLength: 1, maxLength: 3 }), fc.boolean()), 4_000);
  const { rows } = await database.pool.query<{ refused: boolean; line: number | null }>(
    `select judged.problem is not null as refused, judged.line
       from jsonb_array_elements($1) with ordinality as asked (body, place),
         lateral calsync.recurrence_problem(array(select jsonb_array_elements_text(body -> 0)), (body ->> 1)::boolean) judged
       order by place`,
    [JSON.stringify(cases)],
  );
  let accepted = 0;
  for (const [index, [lines, isAllDay]] of cases.entries()) {
    const problems = recurrenceProblems(lines, isAllDay ? 'date' : 'time');
    expect({ lines, isAllDay, ...rows[index] }).toEqual({
      lines,
      isAllDay,
      refused: problems.length > 0,
      line: problems[0]?.line ?? null,
    });
    accepted += Number(problems.length === 0);
  }
  expect(accepted).toBeGreaterThan(200);
});

test(`random series are empty for both or for neither (seed ${seed})`, async () => {
  const start = {
    kind: 'time',
    local: '2026-11-30T10:00:00',
    zone: 'Europe/Copenhagen',
    offset: null,
  } satisfies EventTime;
  const valid = sample(rule, 6_000).filter((text) => isAsked(text) && recurrenceProblems([text], 'time').length === 0);
  const { rows } = await database.pool.query<{ empty: boolean }>(
    `select calsync.series_is_empty(array[rule], '2026-11-30 10:00', 'Europe/Copenhagen') as empty
       from unnest($1::text[]) with ordinality as asked (rule, place) order by place`,
    [valid],
  );
  const differing = valid.filter(
    (text, index) => rows[index]?.empty !== (startOccurrence(start, [text]).kind === 'empty'),
  );
  expect(differing).toEqual([]);
  expect(rows.filter(({ empty }) => empty).length).toBeGreaterThan(10);
  expect(valid.length).toBeGreaterThan(300);
});

test.each([
  ['RRULE:FREQ=MONTHLY;INTERVAL=4;BYDAY=-1TU;BYMONTHDAY=21,23', true], // of November, March and July: from the 24th on
  ['RRULE:FREQ=MONTHLY;INTERVAL=4;BYDAY=-1TU;BYMONTHDAY=24', false], // in November, of 30 days
  ['RRULE:FREQ=MONTHLY;INTERVAL=4;BYDAY=-2TU;BYMONTHDAY=16', true],
  ['RRULE:FREQ=MONTHLY;INTERVAL=4;BYDAY=-2TU;BYMONTHDAY=17', false],
])('weekdays are counted from the end of the month in whole days: %s', async (rule, isEmpty) => {
  const start = { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null } as const;
  const { rows } = await database.pool.query<{ empty: boolean }>(
    `select calsync.series_is_empty(array[$1], '2026-11-30 10:00', 'Europe/Copenhagen') as empty`,
    [rule],
  );
  expect([rows[0]?.empty, startOccurrence(start, [rule]).kind === 'empty']).toEqual([isEmpty, isEmpty]);
});

test(`[S09B] random local times are in a gap, and stand for an instant, alike (seed ${seed})`, async () => {
  const zones = [
    'Europe/Copenhagen',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Santiago',
    'Asia/Kolkata',
    'Pacific/Apia',
    'UTC',
    'Africa/Casablanca',
  ];
  const minutes = fc
    .integer({ min: 0, max: 4 * 366 * 24 * 4 })
    .map((quarter) => new Date(Date.UTC(2022, 0, 1) + quarter * 900_000).toISOString().slice(0, 19));
  const nearChange = fc.constantFrom(
    '2023-03-26T02:30:00',
    '2023-10-29T02:30:00',
    '2023-03-12T02:15:00',
    '2023-11-05T01:45:00',
    '2023-10-01T02:15:00',
    '2023-04-02T01:45:00',
  );
  const cases = sample(fc.tuple(fc.oneof(minutes, nearChange), fc.constantFrom(...zones)), 4_000);
  const { rows } = await database.pool.query<{ gap: boolean; ms: number }>(
    `select (local at time zone zone) at time zone zone <> local as gap, (extract(epoch from calsync.instant(local, zone, null)) * 1000)::bigint as ms
       from unnest($1::timestamp[], $2::text[]) with ordinality as asked (local, zone, place) order by place`,
    [cases.map(([local]) => local), cases.map(([, zone]) => zone)],
  );
  for (const [index, [local, zone]] of cases.entries()) {
    const clock = resolveWallClock(local, zone);
    expect({ local, zone, ...rows[index] }).toEqual({ local, zone, gap: clock.kind === 'gap', ms: clock.epochMs });
  }
});

/** SQL takes all other rules to have an occurrence. */
function isAsked(text: string): boolean {
  const waysOfYear = text.includes('FREQ=YEARLY') ? (text.match(/BYDAY|BYMONTHDAY|BYYEARDAY/g)?.length ?? 0) : 0;
  const isOrdinalOfYear = text.includes('FREQ=YEARLY') && /BYDAY=[^;]*\d/.test(text);
  return !/BYSETPOS|BYWEEKNO|BYHOUR/.test(text) && waysOfYear < 2 && !isOrdinalOfYear;
}
