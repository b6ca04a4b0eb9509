/** Writes of single keys that wait for each other go in one statement; each is decided, answered and refused by itself. */
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Db, openDatabase } from '../../src/store/database.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { patchEvent } from '../../src/write/patch-event.ts';
import { putEvents } from '../../src/write/put.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent, storyOf } from '../support/rows.ts';
import { ada, aGuest, aSpec } from '../support/specs.ts';

const seed = Number(process.env.CALSYNC_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

let database: MigratedDatabase;
let other: PoolClient;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterAll(() => database.close());
let name = '';
let count = 0;
beforeEach(async () => {
  count += 1;
  name = `t${count}`;
  other = await database.pool.connect();
});
afterEach(async () => {
  await other.query('rollback');
  other.release();
});

/**
 * The same database while two writes occupy the way to it, so that what is begun meanwhile waits together; they are held until `letGo`.
 * `statements` are those of the others by name, as they come; before each `meanwhile` is done.
 */
function busy(meanwhile: (statement: string) => Promise<unknown> = async () => undefined): {
  readonly db: Db;
  readonly statements: readonly string[];
  letGo(): Promise<void>;
} {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const statements: string[] = [];
  const connect = async () => {
    const client = await database.pool.connect();
    return Object.assign(Object.create(client) as PoolClient, {
      async query(text: string, values: readonly unknown[] = []) {
        if (JSON.stringify(values).includes('/occupied-')) {
          await held;
        } else {
          const statement = /calsync\.(\w+)/.exec(text)?.[1] ?? text;
          statements.push(statement);
          await meanwhile(statement);
        }
        return client.query(text, [...values]);
      },
      release: () => client.release(),
    });
  };
  const db = openDatabase({ connect, end: async () => undefined } as never); // all that Kysely asks of a pool
  const occupying = [1, 2].map((each) => cancelEvents(db, [`${name}/occupied-${each}`], ada));
  return {
    db,
    statements,
    async letGo() {
      release();
      await Promise.all(occupying);
    },
  };
}

/** Until a statement waits for a lock, in one of these functions. */
async function untilOneWaitsIn(...functions: readonly string[]): Promise<void> {
  const waiting = async () => {
    const { rows } = await database.pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and query ~ $1 and datname = current_database()`,
      [functions.join('|')],
    );
    return rows.length;
  };
  await expect.poll(waiting, { interval: 2 }).toBe(1);
}

const stateOf = async (connection = database.pool) =>
  (
    await connection.query(
      `select event.key, calendar, summary, location, generation, revision, cancelled_at is not null as cancelled,
              array(select address || ' ' || state from calsync.desired_attendee guest where guest.key = event.key order by 1) as guests
         from calsync.desired_event event order by event.key`,
    )
  ).rows as readonly { readonly key: string; readonly location: string | null }[];

test('what waits goes together, and every kind of write gets its own answer', async () => {
  const key = (which: string) => `${name}/${which}`;
  for (const which of ['replace', 'patch', 'cancel', 'enrol', 'leave', 'same', 'gone', 'moved-on', 'to-twin'])
    await insertEvent(database.pool, key(which));
  await insertAttendee(database.pool, key('leave'), 'bob@example.com');
  await cancelEvents(database.db, [key('gone')], ada);
  const { db, statements, letGo } = busy();
  const answers = Promise.all([
    putEvents(db, [aSpec({ key: key('create'), summary: 'new', attendees: [aGuest('eve@example.com')] })], ada),
    putEvents(db, [aSpec({ key: key('replace'), location: 'Room 2' })], ada),
    patchEvent(db, key('patch'), { location: 'Room 3' }, ada),
    cancelEvents(db, [key('cancel')], ada),
    addAttendees(db, key('enrol'), [{ email: 'eve@example.com' }], ada),
    removeAttendeesOf(db, key('leave'), ['bob@example.com'], ada),
    putEvents(db, [aSpec({ key: key('same') })], ada),
    addAttendees(db, key('gone'), [{ email: 'eve@example.com' }], ada),
    patchEvent(db, key('moved-on'), { location: 'Room 3' }, ada, { generation: 7 }),
    patchEvent(db, key('unknown'), { location: 'Room 3' }, ada),
    putEvents(db, [aSpec({ key: key('nowhere'), calendar: 'nobody-knows' })], ada),
    putEvents(db, [aSpec({ key: key('twin'), summary: key('leave') })], ada),
    patchEvent(db, key('to-twin'), { summary: key('same') }, ada),
  ]);
  await letGo();
  const told = (await answers).map((answer) =>
    answer.kind === 'written'
      ? answer.keys.map((now) => `${now.kind} ${now.generation}.${now.revision}`).join()
      : `${answer.kind} ${answer.problems.map((problem) => ('kind' in problem ? problem.kind : '')).join()}`,
  );
  expect(told).toEqual([
    'created 1.2',
    'changed 2.2',
    'changed 2.2',
    'cancelled 2.2',
    'changed 1.2',
    'changed 1.3',
    'unchanged 1.1',
    'refused cancelled',
    'refused generation_moved',
    'refused unknown_key',
    'refused unknown_calendar',
    'refused twin',
    'refused twin',
  ]);
  expect(statements).toEqual(['read_desired', 'find_places', 'write_apart']); // who becomes a twin by a patch is asked by itself
  expect((await stateOf()).filter((row) => row.key.startsWith(`${name}/`))).toMatchObject([
    { key: key('cancel'), cancelled: true },
    { key: key('create'), summary: 'new', guests: ['eve@example.com active'] },
    { key: key('enrol'), guests: ['eve@example.com active'] },
    { key: key('gone'), cancelled: true, guests: [] },
    { key: key('leave'), guests: [] },
    { key: key('moved-on'), location: null },
    { key: key('patch'), location: 'Room 3' },
    { key: key('replace'), location: 'Room 2' },
    { key: key('same'), location: null },
    { key: key('to-twin'), summary: key('to-twin') },
  ]);
  expect(await storyOf(database.pool, key('create'))).toEqual(['inserted 1.1', 'attendee_added 1.2']);
});

test('one that the database refuses is refused alone', async () => {
  await database.pool.query(`
    create function public.no_bad_rooms() returns trigger language plpgsql as $$ begin
      if new.location = 'Bad room' then raise exception 'no such room' using errcode = 'check_violation', constraint = 'rooms'; end if;
      return new;
    end $$;
    create trigger no_bad_rooms before insert on calsync.desired_event for each row execute function public.no_bad_rooms()`);
  const { db, letGo } = busy();
  const answers = Promise.allSettled(
    ['a', 'b', 'c'].map((which) =>
      putEvents(db, [aSpec({ key: `${name}/${which}`, location: which === 'b' ? 'Bad room' : null })], ada),
    ),
  );
  await letGo();
  expect(await answers).toMatchObject([
    { status: 'fulfilled', value: { kind: 'written', keys: [{ kind: 'created' }] } },
    { status: 'rejected', reason: { kind: 'usage', reason: 'rooms' } },
    { status: 'fulfilled', value: { kind: 'written', keys: [{ kind: 'created' }] } },
  ]);
  expect((await stateOf()).map(({ key }) => key).filter((key) => key.startsWith(`${name}/`))).toEqual([
    `${name}/a`,
    `${name}/c`,
  ]);
  await database.pool.query('drop function public.no_bad_rooms() cascade');
});

test('[S13A] a key that moved after it was read is decided anew, and the others are written', async () => {
  await insertEvent(database.pool, `${name}/a`);
  await insertEvent(database.pool, `${name}/b`);
  await insertEvent(database.pool, `${name}/c`);
  await insertEvent(database.pool, `${name}/d`);
  const { db, statements, letGo } = busy(async (statement) => {
    if (statement !== 'write_apart') return;
    await insertAttendee(database.pool, `${name}/c`, 'bob@example.com');
    await database.pool.query(`update calsync.desired_event set location = 'Room 5' where key = $1`, [`${name}/d`]);
    await database.pool.query(
      `update calsync.desired_event set labels = '{"payment": "paid"}', location = 'Room 5' where key = $1`,
      [`${name}/a`],
    );
  });
  const answers = Promise.all([
    patchEvent(db, `${name}/a`, { labels: { seats: '12' } }, ada),
    patchEvent(db, `${name}/b`, { location: 'Room 6' }, ada),
    addAttendees(db, `${name}/c`, [{ email: 'bob@example.com' }, { email: 'eve@example.com' }], ada),
    cancelEvents(db, [`${name}/d`], ada, { generation: 1 }),
  ]);
  await letGo();
  expect(await answers).toMatchObject([
    { kind: 'written', keys: [{ kind: 'changed', generation: 3, revision: 3 }] },
    { kind: 'written', keys: [{ kind: 'changed', generation: 2, revision: 2 }] },
    { kind: 'written', keys: [{ kind: 'changed', generation: 1, revision: 3 }] },
    { kind: 'refused', problems: [{ kind: 'generation_moved' }] },
  ]);
  expect(await storyOf(database.pool, `${name}/d`)).toEqual(['inserted 1.1', 'updated 2.2']);
  expect(statements.filter((statement) => /^(write_apart|lock_desired)$/.test(statement))).toEqual([
    'write_apart',
    'lock_desired',
    'lock_desired',
    'lock_desired',
  ]);
  expect(await storyOf(database.pool, `${name}/c`)).toEqual([
    'inserted 1.1',
    'attendee_added 1.2',
    'attendee_added 1.3',
  ]);
  const { rows } = await database.pool.query('select labels, location from calsync.desired_event where key = $1', [
    `${name}/a`,
  ]);
  expect(rows).toEqual([{ labels: { payment: 'paid', seats: '12' }, location: 'Room 5' }]);
});

const createdFirst = [
  { kind: 'refused', problems: [{ kind: 'key_exists' }] },
  { kind: 'written', keys: [{ kind: 'created', generation: 1, revision: 2 }] },
];
const newKeys = (db: Db) =>
  Promise.all(
    ['a', 'b'].map((which) =>
      putEvents(db, [aSpec({ key: `${name}/${which}`, attendees: [aGuest('eve@example.com')] })], ada, {
        exists: false,
      }),
    ),
  );

test('[S13A] a key that somebody else creates before it is written is decided anew, and the others are written', async () => {
  const { db, statements, letGo } = busy(async (statement) => {
    if (statement === 'write_apart') await insertEvent(database.pool, `${name}/a`, { summary: 'somebody was faster' });
  });
  const answers = newKeys(db);
  await letGo();
  expect(await answers).toMatchObject(createdFirst);
  expect(statements.filter((statement) => statement === 'lock_desired')).toHaveLength(1);
  expect(await storyOf(database.pool, `${name}/a`)).toEqual(['inserted 1.1']);
  expect(await storyOf(database.pool, `${name}/b`)).toEqual(['inserted 1.1', 'attendee_added 1.2']);
});

test('[S13A] of a key that somebody else creates while it is written nothing stays, nor of those beside it', async () => {
  await other.query('begin');
  await insertEvent(other, `${name}/a`, { summary: 'somebody was faster' });
  const { db, letGo } = busy();
  const answers = newKeys(db);
  await letGo();
  await untilOneWaitsIn('write_apart', 'write_decided'); // a wait in company may be over before it is seen
  await other.query('commit');
  expect(await answers).toMatchObject(createdFirst);
  expect(await storyOf(database.pool, `${name}/b`)).toEqual(['inserted 1.1', 'attendee_added 1.2']);
});

test.each([
  ['holds a row', `update calsync.desired_event set location = 'Room 5' where key = $1`, 'held'],
  [
    'is creating one of the keys',
    `insert into calsync.desired_event (key, calendar, summary, start_date, end_date) values ($1, 'classes', 'first', '2026-11-30', '2026-12-01')`,
    'fresh',
  ],
])('nobody waits for a transaction that %s but who wants the same key', async (_what, change, which) => {
  await insertEvent(database.pool, `${name}/held`);
  await insertEvent(database.pool, `${name}/free`);
  await other.query('begin');
  await other.query(change, [`${name}/${which}`]);
  const { db, statements, letGo } = busy();
  let done = false;
  const waits = putEvents(db, [aSpec({ key: `${name}/${which}`, description: 'Bring a pen' })], ada).finally(() => {
    done = true;
  });
  const free = patchEvent(db, `${name}/free`, { location: 'Room 6' }, ada);
  await letGo();
  expect(await free).toMatchObject({ kind: 'written', keys: [{ kind: 'changed', generation: 2 }] });
  await untilOneWaitsIn(which === 'held' ? 'lock_desired' : 'write_decided');
  expect(done).toBe(false);
  await other.query('commit');
  expect(await waits).toMatchObject({
    kind: 'written',
    keys: [{ kind: 'changed', generation: 2 + Number(which === 'held') }],
  });
  // Who creates a key makes others wait, but not for long: each is written by itself then, and the key is decided once more.
  expect(statements.filter((statement) => statement === 'lock_desired')).toHaveLength(which === 'held' ? 1 : 3);
});

test('of one key the next write begins with what the one before it left, and no row is locked for it', async () => {
  await insertEvent(database.pool, name);
  const { db, statements, letGo } = busy();
  const answers = Promise.all(
    Array.from({ length: 20 }, (_, index) => addAttendees(db, name, [{ email: `guest-${index}@example.com` }], ada)),
  );
  await letGo();
  expect((await answers).map((answer) => answer.kind === 'written' && answer.keys[0]?.revision)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 2),
  );
  expect(new Set(statements)).toEqual(new Set(['read_desired', 'write_apart']));
});

test('of two that would be twins of each other one waits, and is refused', async () => {
  const { db, letGo } = busy();
  const answers = Promise.all(
    ['a', 'b', 'c'].map((which) =>
      putEvents(db, [aSpec({ key: `${name}/${which}`, summary: 'the same', allowTwin: which === 'c' })], ada),
    ),
  );
  await letGo();
  expect(await answers).toMatchObject([
    { kind: 'written' },
    { kind: 'refused', problems: [{ kind: 'twin' }, { kind: 'twin' }] }, // of the one that was first, and of the one that may be one
    { kind: 'written' },
  ]);
});

test('[S04B] those who write go each in their own name', async () => {
  const { db, letGo } = busy();
  const writers = ['ada', 'bob', 'cy'].flatMap((actor) =>
    [1, 2, 3].map((each) => ({ actor, key: `${name}/${actor}-${each}` })),
  );
  const answers = Promise.all(
    writers.map(({ actor, key }) => putEvents(db, [aSpec({ key })], { actor, door: 'http', source: 'caller' })),
  );
  await letGo();
  await answers;
  const { rows } = await database.pool.query(
    `select key, actor, door from calsync.history where key like $1 order by key`,
    [`${name}/%`],
  );
  expect(rows).toEqual(writers.map(({ actor, key }) => ({ key, actor, door: 'http' })));
});

test('a lost connection is told to all whom it concerns, and nobody is told that it was written', async () => {
  const { db, statements, letGo } = busy(async (statement) => {
    if (statement === 'write_apart') throw new Error('Connection terminated unexpectedly');
  });
  const answers = Promise.allSettled(
    ['a', 'b'].map((which) => putEvents(db, [aSpec({ key: `${name}/${which}` })], ada)),
  );
  await letGo();
  expect(await answers).toMatchObject([
    { status: 'rejected', reason: { message: 'Connection terminated unexpectedly' } },
    { status: 'rejected', reason: { message: 'Connection terminated unexpectedly' } },
  ]);
  expect(statements).toEqual(['read_desired', 'write_apart']);
  expect(await putEvents(db, [aSpec({ key: `${name}/later` })], ada).catch(String)).toContain('Connection terminated');
});

test('one whose decision fails is told so alone', async () => {
  const { db, letGo } = busy(async (statement) => {
    if (!['read_desired', 'write_apart'].includes(statement)) throw new Error('people cannot be read');
  });
  const eve = { email: null, person: 'eve', displayName: null, optional: false };
  const answers = Promise.allSettled([
    putEvents(db, [{ ...aSpec({ key: `${name}/a` }), attendees: [eve] }], ada),
    putEvents(db, [aSpec({ key: `${name}/b` })], ada),
  ]);
  await letGo();
  expect(await answers).toMatchObject([
    { status: 'rejected', reason: { message: 'people cannot be read' } },
    { status: 'fulfilled', value: { kind: 'written' } },
  ]);
});

/** What one writer may do with one key. */
const deed = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    location: fc.constantFrom(null, 'Room 1', 'Room 2'),
    guests: fc.subarray(['a', 'b', 'c']),
  }),
  fc.record({ kind: fc.constant('patch' as const), location: fc.constantFrom(null, 'Room 1', 'Room 2') }),
  fc.record({ kind: fc.constant('cancel' as const) }),
  fc.record({ kind: fc.constant('enrol' as const), guest: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ kind: fc.constant('leave' as const), guest: fc.constantFrom('a', 'b', 'c') }),
);
type Deed = typeof deed extends fc.Arbitrary<infer One> ? One : never;

async function doIt(db: Db, key: string, one: Deed): Promise<unknown> {
  switch (one.kind) {
    case 'put':
      return putEvents(
        db,
        [aSpec({ key, location: one.location, attendees: one.guests.map((guest) => aGuest(`${guest}@example.com`)) })],
        ada,
      );
    case 'patch':
      return patchEvent(db, key, { location: one.location }, ada);
    case 'cancel':
      return cancelEvents(db, [key], ada);
    case 'enrol':
      return addAttendees(db, key, [{ email: `${one.guest}@example.com` }], ada);
    case 'leave':
      return removeAttendeesOf(db, key, [`${one.guest}@example.com`], ada);
  }
}

test(`all at once and one after the other come to the same answers, rows and history (seed ${seed})`, async () => {
  const keys = Array.from({ length: 30 }, (_, index) => `${name}/${index}`);
  const rounds = fc.sample(fc.array(deed, { minLength: keys.length, maxLength: keys.length }), { numRuns: 12, seed });
  const apart = await openMigratedDatabase();
  try {
    await insertCalendar(apart.pool);
    for (const round of rounds) {
      const { db, letGo } = busy();
      const together = Promise.all(keys.map((key, index) => doIt(db, key, round[index] as Deed)));
      await letGo();
      const answers: unknown[] = [];
      for (const [index, key] of keys.entries()) answers.push(await doIt(apart.db, key, round[index] as Deed));
      expect(await together).toEqual(answers);
    }
    const own = (await stateOf()).filter(({ key }) => keys.includes(key));
    expect(own).toEqual(await stateOf(apart.pool));
    expect(own.length).toBeGreaterThan(20);
    for (const key of keys) expect(await storyOf(database.pool, key)).toEqual(await storyOf(apart.pool, key));
  } finally {
    await apart.close();
  }
});
