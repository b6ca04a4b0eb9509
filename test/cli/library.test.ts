import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
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

test('the same inside the transaction of a caller’s own Kysely, whatever its tables, plugins and type parsers', async () => {
  interface School {
    course: { id: number; fullTitle: string };
  }
  const pool = new pg.Pool({ connectionString: database.url });
  const school = new Kysely<School>({ dialect: new PostgresDialect({ pool }), plugins: [new CamelCasePlugin()] });
  await database.pool.query('create table public.course (id int, full_title text)');
  const parsed = calsync.parseEventSpec({
    ...event,
    key: 'class-43',
    attendees: [{ email: 'ada@example.com' }],
    allowTwin: true,
  });
  if (!parsed.ok) throw new Error('the event is right');
  const enrol = async (end: 'commit' | 'rollback') => {
    const own = await school.startTransaction().execute();
    await own.insertInto('course').values({ id: 1, fullTitle: 'Algebra' }).execute();
    const tx = await calsync.callerTransaction(own);
    const results = [
      await calsync.putEvents(tx, [parsed.spec], writer),
      await calsync.patchEvent(tx, 'class-43', { location: 'Room 5' }, writer),
      await calsync.addAttendees(tx, 'class-43', [{ email: 'bob@example.com' }], writer),
    ];
    expect((await calsync.getEvent(tx, 'class-43'))?.spec.attendees).toHaveLength(2);
    results.push(await calsync.cancelEvents(tx, ['class-43'], writer));
    await (end === 'commit' ? own.commit() : own.rollback()).execute();
    return results.map((result) => (result.kind === 'written' ? result.keys[0]?.kind : result.kind));
  };
  const all = ['created', 'changed', 'changed', 'cancelled'];
  expect(await enrol('rollback')).toEqual(all);
  await expect(numbersOf(database.pool, 'class-43')).rejects.toThrow('no row');
  expect(await enrol('commit')).toEqual(all);
  expect(await numbersOf(database.pool, 'class-43')).toEqual({ generation: 3, revision: 5 });
  expect((await database.pool.query('select full_title from public.course')).rows).toEqual([{ full_title: 'Algebra' }]);
  await school.destroy();
});

test('a refusal is an error of our class, with its kind and reason', async () => {
  const refused = await calsync.cancelEvents(database.db, ['nowhere'], writer);
  expect(() => calsync.requireWritten(refused)).toThrow(
    expect.objectContaining({ name: 'CalsyncError', kind: 'conflict', reason: 'unknown_key' }),
  );
});
