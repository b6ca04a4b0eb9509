import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readDesired } from '../../src/store/desired.ts';
import { callerTransaction } from '../../src/store/transaction.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { type PutOptions, putEvents } from '../../src/write/put.ts';
import { requireWritten } from '../../src/write/result.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, storyOf } from '../support/rows.ts';
import { ada, aGuest, aSpec } from '../support/specs.ts';

let database: MigratedDatabase;
let key: string;
let count = 0;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'other');
});
afterAll(() => database.close());
beforeEach(() => {
  count += 1;
  key = `class-${count}`;
});

const put = (stated: Partial<Parameters<typeof aSpec>[0]> = {}, options: PutOptions = {}) =>
  putEvents(database.db, [aSpec({ key, ...stated })], ada, options);
const stored = async () => (await readDesired(database.db, [key])).get(key);
const refusal = (kind: string) => ({ kind: 'refused', problems: [expect.objectContaining({ kind, key })] });

test('an event is created and reads back exactly as it was stated', async () => {
  const spec = aSpec({
    key,
    schedule: 'spring',
    description: 'Lines\nand <b>bold</b>',
    location: 'Room 5',
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;TZID=Europe/Copenhagen:20261207T100000'],
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
    attendees: [aGuest('ada@example.com', 'Ada'), { email: 'bob@example.com', displayName: null, optional: true }],
    labels: { payment: 'confirmed', 'a longer name': '"quoted"' },
    sendUpdates: 'none',
    allowTwin: true,
  });
  const keys = requireWritten(await putEvents(database.db, [spec], ada));
  expect(keys).toEqual([{ kind: 'created', key, generation: 1, revision: 2 }]);
  expect(await stored()).toEqual({
    spec,
    generation: 1,
    revision: 2,
    policies: { drift: null, onDelete: null, onMove: null },
    cancelledAt: null,
  });
});

test("an all-day event, and a time with an offset of the caller's, read back as they were stated", async () => {
  const days = aSpec({ key, start: { kind: 'date', date: '2026-12-24' }, end: { kind: 'date', date: '2026-12-27' } });
  const hour = aSpec({
    key: `${key}-hour`,
    start: { kind: 'time', local: '2026-10-25T02:30:00', zone: 'Europe/Copenhagen', offset: '+02:00' },
    end: { kind: 'time', local: '2026-10-25T02:30:00', zone: 'Europe/Copenhagen', offset: '+01:00' },
  });
  requireWritten(await putEvents(database.db, [days, hour], ada));
  const rows = await readDesired(database.db, [key, `${key}-hour`]);
  expect([...rows.values()].map(({ spec }) => spec)).toEqual([days, hour].map((spec) => ({ ...spec, attendees: [] })));
});

test('the same put again changes nothing, and what is no longer stated is not kept', async () => {
  await put({ location: 'Room 5', labels: { a: '1', bb: '2' } });
  expect(requireWritten(await put({ location: 'Room 5', labels: { bb: '2', a: '1' } }))).toEqual([
    { kind: 'unchanged', key, generation: 1, revision: 1 },
  ]);
  expect(requireWritten(await put())).toEqual([{ kind: 'changed', key, generation: 2, revision: 2 }]);
  expect((await stored())?.spec).toMatchObject({ location: null, labels: {} });
});

test('[S08A] two clicks at the same moment are one event: one creates it, the others change nothing', async () => {
  const results = await Promise.all(Array.from({ length: 8 }, () => put()));
  const kinds = results.flatMap(requireWritten).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['created', ...Array(7).fill('unchanged')]);
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1']);
});

test('[S08A] a second key with the same calendar, time and title is refused unless a twin is allowed', async () => {
  await put({ summary: `twins of ${key}` });
  const twin = aSpec({ key: `${key}-twin`, summary: `twins of ${key}` });
  expect(await putEvents(database.db, [twin], ada)).toMatchObject({
    kind: 'refused',
    problems: [{ kind: 'twin', key: twin.key }],
  });
  const both = [
    aSpec({ key: `${key}-x`, summary: `pair of ${key}` }),
    aSpec({ key: `${key}-y`, summary: `pair of ${key}` }),
  ];
  expect(await putEvents(database.db, both, ada)).toMatchObject({
    kind: 'refused',
    problems: [{ kind: 'twin', key: `${key}-y` }],
  });
  requireWritten(await putEvents(database.db, [{ ...twin, allowTwin: true }], ada));
  expect(requireWritten(await put({ summary: `twins of ${key}`, location: 'elsewhere' }))[0]?.kind).toBe('changed');
});

test('[S08B] the same key days later and at a new time is still one event', async () => {
  await put();
  await put({
    start: { kind: 'time', local: '2026-12-07T14:00:00', zone: 'Europe/Copenhagen', offset: null },
    end: { kind: 'time', local: '2026-12-07T15:00:00', zone: 'Europe/Copenhagen', offset: null },
  });
  const { rows } = await database.pool.query('select count(*)::int as rows from calsync.desired_event where key = $1', [
    key,
  ]);
  expect(rows).toEqual([{ rows: 1 }]);
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'updated 2.2']);
});

test('[S08C] a connection that is cut before the commit leaves nothing, and the repeated request makes one event', async () => {
  const client = await database.pool.connect();
  await client.query('begin');
  requireWritten(await putEvents(await callerTransaction(client), [aSpec({ key })], ada));
  client.release(true);
  expect(await stored()).toBeUndefined();
  expect(requireWritten(await put())[0]?.kind).toBe('created');
  expect(requireWritten(await put())[0]?.kind).toBe('unchanged');
});

test('a put joins the transaction that the caller has open, whatever type parsers its client has', async () => {
  const client = await database.pool.connect();
  await client.query('begin');
  requireWritten(
    await putEvents(await callerTransaction(client), [aSpec({ key, attendees: [aGuest('ada@example.com')] })], ada),
  );
  expect(await stored()).toBeUndefined();
  await client.query('commit');
  client.release();
  expect((await stored())?.spec.attendees).toEqual([aGuest('ada@example.com')]);
});

test('attendees: absent leaves them, a list adds and restates, and taking one off needs the revision', async () => {
  await put({ attendees: [aGuest('ada@example.com'), aGuest('bob@example.com')] });
  await put({ location: 'Room 5' });
  expect((await stored())?.spec.attendees).toHaveLength(2);

  expect(await put({ attendees: [aGuest('ADA@example.com')] })).toEqual(refusal('revision_needed'));
  expect(await put({ attendees: [aGuest('ada@example.com')] }, { revision: 2 })).toEqual(refusal('revision_moved'));
  const revision = (await stored())?.revision ?? 0;
  requireWritten(await put({ attendees: [aGuest('ada@example.com', 'Ada')] }, { revision }));
  expect((await stored())?.spec.attendees).toEqual([aGuest('ada@example.com', 'Ada')]);
});

test('a generation that moved on is a conflict that names where it is now', async () => {
  await put();
  await put({ location: 'Room 5' });
  const result = await put({ location: 'Room 6' }, { generation: 1 });
  expect(result).toEqual(refusal('generation_moved'));
  expect(() => requireWritten(result)).toThrow(/generation 2, revision 2/);
  expect(requireWritten(await put({ location: 'Room 6' }, { generation: 2 }))[0]).toMatchObject({
    kind: 'changed',
    generation: 3,
  });
  expect(await putEvents(database.db, [aSpec({ key: `${key}-new` })], ada, { generation: 1 })).toMatchObject({
    kind: 'refused',
  });
});

test('of two writers who saw the same generation, one writes and the other is told', async () => {
  await put();
  const results = await Promise.all(['Room 5', 'Room 6'].map((location) => put({ location }, { generation: 1 })));
  expect(results.map(({ kind }) => kind).sort()).toEqual(['refused', 'written']);
});

test('a late retry does not revive a cancelled event; naming the generation does', async () => {
  await put({ attendees: [aGuest('ada@example.com')] });
  requireWritten(await cancelEvents(database.db, [key], ada));
  expect(await put()).toEqual(refusal('cancelled'));
  expect(requireWritten(await put({}, { generation: 2 }))).toEqual([
    { kind: 'revived', key, generation: 3, revision: 4 },
  ]);
  expect(await stored()).toMatchObject({ cancelledAt: null, spec: { attendees: [aGuest('ada@example.com')] } });
});

test('a key that lives on another calendar is a conflict unless the move is asked for', async () => {
  await put();
  expect(await put({ calendar: 'other' })).toEqual(refusal('other_calendar'));
  requireWritten(await put({ calendar: 'other' }, { move: true }));
  expect((await stored())?.spec.calendar).toBe('other');
});

test('one bad event in many: nothing at all is written, and every problem is named', async () => {
  await put({ calendar: 'other' });
  const result = await putEvents(
    database.db,
    [aSpec({ key: `${key}-good` }), aSpec({ key: `${key}-bad`, calendar: 'nowhere' }), aSpec({ key })],
    ada,
  );
  expect(result).toMatchObject({
    kind: 'refused',
    problems: [
      { kind: 'unknown_calendar', key: `${key}-bad`, message: expect.stringContaining('calendars add nowhere') },
      { kind: 'other_calendar', key },
    ],
  });
  expect((await readDesired(database.db, [`${key}-good`, `${key}-bad`])).size).toBe(0);
});

test('one key twice in one put is refused', async () => {
  expect(await putEvents(database.db, [aSpec({ key }), aSpec({ key })], ada)).toEqual(refusal('duplicate_key'));
});

test('the history names the writer and the door', async () => {
  await put();
  const { rows } = await database.pool.query('select actor, door, source from calsync.history where key = $1', [key]);
  expect(rows).toEqual([{ actor: 'ada', door: 'typescript', source: 'caller' }]);
});

test('[S09B] an end that is not after the start is refused by the database too, daylight saving counted', async () => {
  const backwards = put({
    start: { kind: 'time', local: '2026-10-25T02:30:00', zone: 'Europe/Copenhagen', offset: '+01:00' },
    end: { kind: 'time', local: '2026-10-25T02:45:00', zone: 'Europe/Copenhagen', offset: '+02:00' },
  });
  await expect(backwards).rejects.toMatchObject({ kind: 'usage', reason: 'end_after_start' });
  expect(await stored()).toBeUndefined();
});
