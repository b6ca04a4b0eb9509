import { afterAll, beforeAll, expect, test } from 'vitest';
import * as calsync from '../../src/index.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, numbersOf } from '../support/rows.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());

const writer = { actor: 'booking', door: 'typescript', source: 'caller' } as const;
const event = {
  key: 'class-42/slot-7',
  calendar: 'classes',
  summary: 'Algebra',
  start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
  end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
};

test('the door has the write path and what goes with it, and nothing else', () => {
  expect(Object.keys(calsync).sort()).toEqual([
    'CalsyncError',
    'addAttendees',
    'applySchedule',
    'callerTransaction',
    'cancelEvents',
    'getEvent',
    'listEvents',
    'markReachable',
    'openDatabase',
    'openPool',
    'parseEventSpec',
    'patchEvent',
    'peopleOfAddress',
    'putEvents',
    'putPerson',
    'readEventStatus',
    'readHistory',
    'readPeople',
    'recordBounce',
    'removeAttendeesOf',
    'requireWritten',
    'restoreVersion',
    'setCalendarAddress',
    'verifyReplay',
  ]);
});

test('an event that is put through the library in a caller’s own transaction is there when the caller commits', async () => {
  const parsed = calsync.parseEventSpec(event);
  if (!parsed.ok) throw new Error('the event is right');
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    const tx = await calsync.callerTransaction(client);
    const [written] = calsync.requireWritten(await calsync.putEvents(tx, [parsed.spec], writer));
    expect(written).toMatchObject({ kind: 'created', key: event.key });
    await expect(numbersOf(database.pool, event.key)).rejects.toThrow('no row');
    await client.query('commit');
  } finally {
    client.release();
  }
  expect(await numbersOf(database.pool, event.key)).toEqual({ generation: 1, revision: 1 });
});

test('a refusal is an error of our class, with its kind and reason', async () => {
  const refused = await calsync.cancelEvents(database.db, ['nowhere'], writer);
  expect(() => calsync.requireWritten(refused)).toThrow(
    expect.objectContaining({ name: 'CalsyncError', kind: 'conflict', reason: 'unknown_key' }),
  );
});
