import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readDesired } from '../../src/store/desired.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { patchFields } from '../../src/write/patch.ts';
import { putEvents } from '../../src/write/put.ts';
import { restoreRows } from '../../src/write/restore.ts';
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
});
afterAll(() => database.close());
beforeEach(async () => {
  count += 1;
  key = `class-${count}`;
  await putEvents(
    database.db,
    [aSpec({ key, location: 'Room 5', attendees: [aGuest('ada@example.com', 'Ada')] })],
    ada,
  );
});

const stored = async () => (await readDesired(database.db, [key])).get(key);
const guests = async () => (await stored())?.spec.attendees;

test('[S16B] a cancellation keeps the row and says so once; a second one changes nothing', async () => {
  expect(requireWritten(await cancelEvents(database.db, [key, key], ada))).toEqual([
    { kind: 'cancelled', key, generation: 2, revision: 3 },
  ]);
  const first = (await stored())?.cancelledAt;
  expect(requireWritten(await cancelEvents(database.db, [key], ada))).toEqual([
    { kind: 'unchanged', key, generation: 2, revision: 3 },
  ]);
  expect((await stored())?.cancelledAt).toBe(first);
  const { rows } = await database.pool.query('select state from calsync.desired_attendee where key = $1', [key]);
  expect(rows).toEqual([{ state: 'closed' }]);
});

test('one unknown key among many: nothing is cancelled', async () => {
  expect(await cancelEvents(database.db, [key, 'nobody knows it'], ada)).toMatchObject({
    kind: 'refused',
    problems: [{ kind: 'unknown_key' }],
  });
  expect((await stored())?.cancelledAt).toBeNull();
  expect(await cancelEvents(database.db, [key], ada, { generation: 9 })).toMatchObject({
    problems: [{ kind: 'generation_moved' }],
  });
});

test('a guest is added beside the others; one who is there keeps what is not restated', async () => {
  requireWritten(await addAttendees(database.db, key, [{ email: 'bob@example.com' }], ada));
  expect(requireWritten(await addAttendees(database.db, key, [{ email: 'ADA@example.com' }], ada))[0]?.kind).toBe(
    'unchanged',
  );
  expect(await guests()).toEqual([aGuest('ada@example.com', 'Ada'), aGuest('bob@example.com')]);
  expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'attendee_added 1.2', 'attendee_added 1.3']);
});

test('a guest is taken off in whatever spelling, and one who is not there changes nothing', async () => {
  expect(requireWritten(await removeAttendeesOf(database.db, key, ['eve@example.com'], ada))[0]?.kind).toBe(
    'unchanged',
  );
  expect(requireWritten(await removeAttendeesOf(database.db, key, ['Ada@Example.com'], ada))[0]?.kind).toBe('changed');
  expect(await guests()).toEqual([]);
});

test('nobody is added to a cancelled event or to none', async () => {
  await cancelEvents(database.db, [key], ada);
  expect(await addAttendees(database.db, key, [{ email: 'bob@example.com' }], ada)).toMatchObject({
    problems: [{ kind: 'cancelled' }],
  });
  expect(await addAttendees(database.db, 'none', [{ email: 'bob@example.com' }], ada)).toMatchObject({
    problems: [{ kind: 'unknown_key' }],
  });
});

test('[S04A] fifty people who enrol through the write path at the same moment are all on the event', async () => {
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      addAttendees(database.db, key, [{ email: `student-${index}@example.com` }], ada),
    ),
  );
  expect(results.every((result) => result.kind === 'written')).toBe(true);
  expect(await guests()).toHaveLength(51);
});

test('a patch changes the fields it names, clears those it nulls, and leaves the rest', async () => {
  requireWritten(
    await patchFields(
      database.db,
      key,
      { location: null, summary: 'Algebra' },
      { actor: 'calendar', door: 'engine', source: 'google' },
    ),
  );
  expect((await stored())?.spec).toMatchObject({
    location: null,
    summary: 'Algebra',
    attendees: [aGuest('ada@example.com', 'Ada')],
  });
  const { rows } = await database.pool.query(
    `select actor, source, door from calsync.history where key = $1 and kind = 'updated'`,
    [key],
  );
  expect(rows).toEqual([{ actor: 'calendar', source: 'google', door: 'engine' }]);
  expect(requireWritten(await patchFields(database.db, key, { summary: 'Algebra' }, ada))[0]?.kind).toBe('unchanged');
});

test('a patch of what moved on, is cancelled, is not there or goes to an unknown calendar is refused', async () => {
  expect(await patchFields(database.db, key, { summary: 'x' }, ada, { generation: 9 })).toMatchObject({
    problems: [{ kind: 'generation_moved' }],
  });
  expect(await patchFields(database.db, key, { calendar: 'nowhere' }, ada)).toMatchObject({
    problems: [{ kind: 'unknown_calendar' }],
  });
  await cancelEvents(database.db, [key], ada);
  expect(await patchFields(database.db, key, { summary: 'x' }, ada)).toMatchObject({
    problems: [{ kind: 'cancelled' }],
  });
  expect(await patchFields(database.db, 'none', { summary: 'x' }, ada)).toMatchObject({
    problems: [{ kind: 'unknown_key' }],
  });
});

test('a withdrawn row comes back with its attendees and policies, as a new generation', async () => {
  await addAttendees(database.db, key, [{ email: 'bob@example.com' }, { email: 'eve@example.com' }], ada);
  await removeAttendeesOf(database.db, key, ['bob@example.com'], ada);
  await addAttendees(database.db, key, [{ email: 'eve@example.com', displayName: 'Eve' }], ada);
  await database.pool.query(`update calsync.desired_event set drift = 'flag' where key = $1`, [key]);
  const before = await stored();
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);

  expect(requireWritten(await restoreRows(database.db, [key], ada))[0]?.kind).toBe('restored');
  const after = await stored();
  expect(after?.spec).toEqual(before?.spec);
  expect(after?.policies.drift).toBe('flag');
  expect(after?.generation).toBeGreaterThan(before?.generation ?? 0);
  expect(after?.revision).toBeGreaterThan((before?.revision ?? 0) + 1);
});

test('a row that was withdrawn, inserted otherwise and withdrawn again comes back as it was last', async () => {
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);
  await putEvents(database.db, [aSpec({ key, location: 'Room 6' })], ada);
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);
  requireWritten(await restoreRows(database.db, [key], ada));
  expect((await stored())?.spec).toMatchObject({ location: 'Room 6', attendees: [] });
});

test('a cancellation is taken back, a live row left alone, and a row that was cancelled when withdrawn comes back cancelled', async () => {
  expect(requireWritten(await restoreRows(database.db, [key], ada))[0]?.kind).toBe('unchanged');
  await cancelEvents(database.db, [key], ada);
  await database.pool.query('delete from calsync.desired_event where key = $1', [key]);
  requireWritten(await restoreRows(database.db, [key], ada));
  expect((await stored())?.cancelledAt).not.toBeNull();
  expect(requireWritten(await restoreRows(database.db, [key], ada))[0]?.kind).toBe('revived');
  expect((await stored())?.cancelledAt).toBeNull();
});

test('what was never there cannot come back, and then nothing does', async () => {
  await cancelEvents(database.db, [key], ada);
  expect(await restoreRows(database.db, [key, 'never there'], ada)).toMatchObject({
    problems: [{ kind: 'nothing_to_restore', key: 'never there' }],
  });
  expect((await stored())?.cancelledAt).not.toBeNull();
});
