import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import { parseEventSpec, type WrittenEvent } from '../../src/core/event-spec.ts';
import { readPeople } from '../../src/store/person.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { putPerson, setCalendarAddress } from '../../src/write/person.ts';
import { putEvents } from '../../src/write/put.ts';
import { restoreRows } from '../../src/write/restore.ts';
import { requireWritten } from '../../src/write/result.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent, numbersOf, storyOf } from '../support/rows.ts';

const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());
beforeEach(async () => {
  await sql`delete from calsync.desired_event`.execute(database.db);
  await sql`delete from calsync.person`.execute(database.db);
});

async function guests(key: string): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select address || coalesce(' ' || person, '') || case state when 'closed' then ' closed' else '' end as line
       from calsync.desired_attendee where key = $1 order by normal_address`,
    [key],
  );
  return rows.map(({ line }) => line);
}

function specOf(fields: object): WrittenEvent {
  const parsed = parseEventSpec({
    key: 'class',
    calendar: 'classes',
    summary: 'Algebra',
    start: { dateTime: '2190-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2190-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
    ...fields,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

const put = (fields: object, options = {}) => putEvents(database.db, [specOf(fields)], writer, options);
const ahead = { start_local: '2190-11-30T10:00:00', end_local: '2190-11-30T11:00:00' };
const person = (calendarAddress: string | null, id = 'p-17') => putPerson(database.db, { id, calendarAddress }, writer);
const enrol = (key: string, id = 'p-17') => addAttendees(database.db, key, [{ person: id }], writer);

describe('[S04C][S14A] where a person is invited', () => {
  test('[S04C][S14A] who signs in with one address and uses another for the calendar is invited at the calendar', async () => {
    await putPerson(
      database.db,
      { id: 'p-17', calendarAddress: 'ada@calendar.example', loginAddresses: ['ada@login.example'] },
      writer,
    );
    requireWritten(await put({ attendees: [{ person: 'p-17', displayName: 'Ada' }] }));
    expect(await guests('class')).toEqual(['ada@calendar.example p-17']);
  });

  test('[S14A] SQL alone: a row with the person gets the address at the door', async () => {
    await person('ada@calendar.example');
    await insertEvent(database.pool, 'class', ahead);
    await database.pool.query(`insert into calsync.desired_attendee (key, person) values ('class', 'p-17')`);
    expect(await guests('class')).toEqual(['ada@calendar.example p-17']);
  });

  test('the same list put again changes nothing, by person, by address, or as it was read', async () => {
    await person('ada@calendar.example');
    await put({ attendees: [{ person: 'p-17' }] });
    const before = await numbersOf(database.pool, 'class');
    for (const entry of [
      { person: 'p-17' },
      { email: 'ada@calendar.example' },
      { email: 'ada@calendar.example', person: 'p-17' },
    ])
      expect(requireWritten(await put({ attendees: [entry] }))).toMatchObject([{ kind: 'unchanged' }]);
    expect(await numbersOf(database.pool, 'class')).toEqual(before);
    expect(await guests('class')).toEqual(['ada@calendar.example p-17']);
  });

  test('one who is stated by address and as a person is one guest', async () => {
    await person('ada@calendar.example');
    await put({ attendees: [{ email: 'Ada@Calendar.example' }, { person: 'p-17' }] });
    expect(await guests('class')).toEqual(['ada@calendar.example p-17']);
  });

  test('who was known by address becomes the person, without a new revision: Google is told nothing of that', async () => {
    await person('ada@calendar.example');
    await put({ attendees: [{ email: 'ada@calendar.example' }] });
    const before = await numbersOf(database.pool, 'class');
    requireWritten(await enrol('class'));
    expect(await guests('class')).toEqual(['ada@calendar.example p-17']);
    expect(await numbersOf(database.pool, 'class')).toEqual(before);
    expect((await storyOf(database.pool, 'class')).at(-1)).toBe(
      `attendee_changed ${before.generation}.${before.revision}`,
    );
  });

  test('a person is taken off under whatever address they were invited', async () => {
    await person('ada@calendar.example');
    await put({ attendees: [{ person: 'p-17' }, { email: 'bob@example.com' }] });
    requireWritten(await removeAttendeesOf(database.db, 'class', [{ person: 'p-17' }], writer));
    expect(await guests('class')).toEqual(['bob@example.com']);
  });

  test.each([
    ['nobody put', { person: 'p-99' }, 'unknown_person', 'attendees[1].person'],
    ['has no calendar address', { person: 'p-17' }, 'person_without_address', 'attendees[1].person'],
    [
      'has another address',
      { person: 'p-18', email: 'x@example.com' },
      'not_the_persons_address',
      'attendees[1].email',
    ],
  ])('a person whom %s is refused by field, and nothing is written', async (_, entry, kind, field) => {
    await person(null);
    await person('p18@example.com', 'p-18');
    const result = await put({ attendees: [{ email: 'bob@example.com' }, entry] });
    expect(result).toMatchObject({ kind: 'refused', problems: [{ kind, field, key: 'class' }] });
    const { rows } = await database.pool.query('select from calsync.desired_event');
    expect(rows).toHaveLength(0);
  });

  test.each([
    ['nobody put', `('class', null, 'p-99')`, 'desired_attendee_person_fkey', '23503'],
    ['has no calendar address', `('class', null, 'p-17')`, 'person_has_calendar_address', '23514'],
    ['has another address', `('class', 'x@example.com', 'p-18')`, 'address_is_the_persons', '23514'],
  ])('SQL: a person whom %s is refused with a hint', async (_, values, constraint, code) => {
    await person(null);
    await person('p18@example.com', 'p-18');
    await insertEvent(database.pool, 'class', ahead);
    await expect(
      database.pool.query(`insert into calsync.desired_attendee (key, address, person) values ${values}`),
    ).rejects.toMatchObject({ constraint, code, hint: expect.any(String) });
  });

  test('a person or an address twice in one list is refused by place', () => {
    const twice = parseEventSpec({
      ...documentOf(),
      attendees: [{ person: 'p' }, { email: 'a@b.c' }, { person: 'p' }],
    });
    expect(twice).toMatchObject({ ok: false, problems: [{ path: 'attendees[2].person' }] });
    const neither = parseEventSpec({ ...documentOf(), attendees: [{ displayName: 'Ada' }] });
    expect(neither).toMatchObject({ ok: false, problems: [{ path: 'attendees[0].email' }] });
  });
});

function documentOf(): object {
  return { key: 'k', calendar: 'c', start: { date: '2190-11-30' }, end: { date: '2190-12-01' } };
}

describe('[S14A] a new calendar address', () => {
  beforeEach(async () => {
    await person('old@example.com');
  });

  test('[S14A] takes the invitations ahead along, with one revision an event; past and cancelled ones stay', async () => {
    await insertEvent(database.pool, 'first', ahead);
    await insertEvent(database.pool, 'series', {
      start_local: '2020-01-06T10:00:00',
      end_local: '2020-01-06T11:00:00',
      recurrence: ['RRULE:FREQ=WEEKLY'],
    });
    await insertEvent(database.pool, 'over', { start_local: '2020-01-06T10:00:00', end_local: '2020-01-06T11:00:00' });
    await insertEvent(database.pool, 'series-over', {
      start_local: '2020-01-06T10:00:00',
      end_local: '2020-01-06T11:00:00',
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'],
    });
    await insertEvent(database.pool, 'cancelled', ahead);
    const keys = ['first', 'series', 'over', 'series-over', 'cancelled'];
    for (const key of keys) requireWritten(await enrol(key));
    requireWritten(await cancelEvents(database.db, ['cancelled'], writer));

    await setCalendarAddress(database.db, 'p-17', 'new@example.com', writer);
    expect(await guests('first')).toEqual(['new@example.com p-17']);
    expect(await guests('series')).toEqual(['new@example.com p-17']);
    expect(await guests('over')).toEqual(['old@example.com p-17']);
    expect(await guests('series-over')).toEqual(['old@example.com p-17']);
    expect(await guests('cancelled')).toEqual(['old@example.com p-17 closed']);
    expect(await storyOf(database.pool, 'first')).toEqual([
      'inserted 1.1',
      'attendee_added 1.2',
      'attendee_removed 1.3',
      'attendee_added 1.3',
    ]);
    const { rows } = await database.pool.query(
      `select revision, actor from calsync.history where key = 'first' order by id desc limit 1`,
    );
    expect(rows).toEqual([{ revision: 3, actor: 'test' }]);
  });

  test('[S14A] SQL alone moves them too', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await database.pool.query(
      `update calsync.person_address set address = 'new@example.com' where person = 'p-17' and kind = 'calendar'`,
    );
    expect(await guests('ahead')).toEqual(['new@example.com p-17']);
  });

  test('where the new address is on the event already the two become one, with one revision', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await addAttendees(database.db, 'ahead', [{ email: 'new@example.com', displayName: 'Ada' }], writer);
    const before = await numbersOf(database.pool, 'ahead');
    await setCalendarAddress(database.db, 'p-17', 'New@example.com', writer);
    expect(await guests('ahead')).toEqual(['new@example.com p-17']);
    expect(await numbersOf(database.pool, 'ahead')).toEqual({ ...before, revision: Number(before.revision) + 1 });
  });

  test('a cancelled event that comes back, and one that is put off, invite at the address of now', async () => {
    await insertEvent(database.pool, 'back', ahead);
    await insertEvent(database.pool, 'late', { start_local: '2020-01-06T10:00:00', end_local: '2020-01-06T11:00:00' });
    await enrol('back');
    await enrol('late');
    await cancelEvents(database.db, ['back'], writer);
    await setCalendarAddress(database.db, 'p-17', 'new@example.com', writer);
    await restoreRows(database.db, ['back'], writer);
    await database.pool.query(
      `update calsync.desired_event set start_local = '2190-01-06T10:00', end_local = '2190-01-06T11:00' where key = 'late'`,
    );
    expect(await guests('back')).toEqual(['new@example.com p-17']);
    expect(await guests('late')).toEqual(['new@example.com p-17']);
  });

  test('at an event that is over a person keeps the address of then, and the list can be put again', async () => {
    const past = {
      start: { date: '2020-01-06' },
      end: { date: '2020-01-07' },
      attendees: [{ person: 'p-17', displayName: 'Ada' }],
    };
    await put(past);
    await setCalendarAddress(database.db, 'p-17', 'new@example.com', writer);
    expect(requireWritten(await put(past))).toMatchObject([{ kind: 'unchanged' }]);
    requireWritten(await put({ ...past, attendees: [{ person: 'p-17', displayName: 'Ada L.' }] }));
    expect(await guests('class')).toEqual(['old@example.com p-17']);
  });

  test('a withdrawn event that is restored invites at the address of now', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await database.pool.query(`delete from calsync.desired_event where key = 'ahead'`);
    await setCalendarAddress(database.db, 'p-17', 'new@example.com', writer);
    requireWritten(await restoreRows(database.db, ['ahead'], writer));
    expect(await guests('ahead')).toEqual(['new@example.com p-17']);
  });

  test('an address is the calendar of one person alone', async () => {
    await expect(person('OLD@example.com', 'p-18')).rejects.toMatchObject({
      kind: 'usage',
      reason: 'address_of_one_person',
    });
    expect((await readPeople(database.db, { ids: ['p-18'] })).length).toBe(0);
  });

  test('without an address from now on, what was invited stays and nothing new is', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await insertEvent(database.pool, 'next', ahead);
    await enrol('ahead');
    await setCalendarAddress(database.db, 'p-17', null, writer);
    expect(await guests('ahead')).toEqual(['old@example.com p-17']);
    expect(await enrol('next')).toMatchObject({ kind: 'refused', problems: [{ kind: 'person_without_address' }] });
  });

  test('nobody is invited under two people: the second says whose address has to change first', async () => {
    await person('other@example.com', 'p-18');
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await enrol('ahead', 'p-18');
    await setCalendarAddress(database.db, 'p-18', null, writer);
    const refused = setCalendarAddress(database.db, 'p-17', 'other@example.com', writer);
    await expect(refused).rejects.toMatchObject({ kind: 'usage', reason: 'address_is_another_guests' });
    expect(await guests('ahead')).toEqual(['old@example.com p-17', 'other@example.com p-18']);
  });

  test('a person who goes leaves guests by address', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await database.pool.query(`delete from calsync.person where id = 'p-17'`);
    expect(await guests('ahead')).toEqual(['old@example.com']);
  });

  test('an attendee cannot be turned into another guest under cover of a person', async () => {
    await insertEvent(database.pool, 'ahead', ahead);
    await enrol('ahead');
    await addAttendees(database.db, 'ahead', [{ email: 'bob@example.com' }], writer);
    for (const change of [
      `set address = 'x@example.com' where person = 'p-17'`,
      `set address = 'old@example.com', person = 'p-17' where address = 'bob@example.com'`,
      `set address = 'x@example.com', person = null where person = 'p-17'`,
    ])
      await expect(database.pool.query(`update calsync.desired_attendee ${change}`)).rejects.toMatchObject({
        code: expect.stringMatching(/^23/),
      });
    expect(await guests('ahead')).toEqual(['bob@example.com', 'old@example.com p-17']);
  });
});

test('a change of address that comes while an enrolment is open waits for it, and takes it along', async () => {
  await person('old@example.com');
  await insertEvent(database.pool, 'open', ahead);
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query(`insert into calsync.desired_attendee (key, person) values ('open', 'p-17')`);
  const change = setCalendarAddress(database.db, 'p-17', 'new@example.com', writer);
  await expect
    .poll(async () => {
      const { rows } = await database.pool.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return rows.length;
    })
    .toBeGreaterThan(0);
  await client.query('commit');
  client.release();
  await change;
  expect(await guests('open')).toEqual(['new@example.com p-17']);
});

test('enrolments and a change of address at the same moment: nobody stays behind at the old address', async () => {
  const count = 40;
  await person('old@example.com');
  for (let index = 0; index < count; index += 1) await insertEvent(database.pool, `class-${index}`, ahead);
  await Promise.all([
    ...Array.from({ length: count }, (_, index) => enrol(`class-${index}`).then(requireWritten)),
    ...Array.from({ length: 5 }, (_, index) =>
      setCalendarAddress(database.db, 'p-17', `new${index}@example.com`, writer),
    ),
  ]);
  const { rows } = await database.pool.query(
    `select distinct guest.address = home.address as there, count(*) from calsync.desired_attendee guest
       join calsync.person_address home using (person) where home.kind = 'calendar' group by 1`,
  );
  expect(rows).toEqual([{ there: true, count }]);
});

test('what is stated of a person is checked, what is not stated stays', async () => {
  await putPerson(
    database.db,
    { id: 'p', displayName: 'Ada', calendarAddress: ' ada@example.com ', loginAddresses: ['a@b.c'] },
    writer,
  );
  const kept = await putPerson(database.db, { id: 'p' }, writer);
  expect(kept).toEqual({ id: 'p', displayName: 'Ada', calendarAddress: 'ada@example.com', loginAddresses: ['a@b.c'] });
  const changed = await putPerson(database.db, { id: 'p', displayName: null, loginAddresses: ['x@y.z'] }, writer);
  expect(changed).toMatchObject({ displayName: null, calendarAddress: 'ada@example.com', loginAddresses: ['x@y.z'] });
  for (const [facts, reason] of [
    [{ id: '' }, 'person.id'],
    [{ id: 'é'.repeat(129) }, 'person.id'],
    [{ id: 'a\u0000' }, 'person.id'],
    [{ id: 'p', calendarAddress: 'ada' }, 'person.calendarAddress'],
    [{ id: 'p', loginAddresses: ['a@b.c', '@'] }, 'person.loginAddresses'],
    [{ id: 'p', displayName: 'x'.repeat(257) }, 'person.displayName'],
  ] as const) {
    const refused: unknown = await putPerson(database.db, facts, writer).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CalsyncError);
    expect(refused).toMatchObject({ kind: 'usage', reason });
  }
  await expect(setCalendarAddress(database.db, 'nobody', 'a@b.c', writer)).rejects.toMatchObject({
    reason: 'unknown_person',
  });
});
