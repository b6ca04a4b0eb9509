/** The SQL door: the page's own statements, the functions, and what they leave in the two tables and the history. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DatabaseError, type Pool, type QueryResult } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPool } from '../../src/store/database.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent, numbersOf, storyOf } from '../support/rows.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/sql.md', import.meta.url)), 'utf8');
const key = 'class-42/slot-7';

let database: MigratedDatabase;
/** A role with the two grants of the page and nothing else. */
let writer: Pool;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'annex');
  const role = `my_app_${database.connection.database}`;
  await database.pool.query(`create role ${role} login`);
  await database.pool.query(blocks('sql')[0]?.replaceAll('my_app', role) ?? 'the page has no grants');
  writer = openPool({ connection: { ...database.connection, user: role } });
});
afterAll(async () => {
  const user = `my_app_${database.connection.database}`;
  await writer.end();
  await database.pool.query(`drop owned by ${user}; drop role ${user}`);
  await database.close();
});
beforeEach(async () => {
  await database.pool.query('delete from calsync.desired_event');
  await forget();
});

/** Empties what nobody may empty, for the next test. */
async function forget(): Promise<void> {
  await database.pool.query(
    'begin; set local session_replication_role = replica; truncate calsync.history, calsync.key_counter; commit',
  );
}

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, code = '']) => code);
}

/** The statements in a program, with its parameters made `$1`, `$2`. */
function statementsIn(code: string, parameter: RegExp): readonly string[] {
  const texts = [...code.matchAll(/"((?:select|insert|update|delete) [^"]*)"/g)].map(([, text = '']) => text);
  return texts.map((text) => {
    const pieces = text.split(parameter);
    return pieces.map((piece, index) => (index === 0 ? piece : `$${index}${piece}`)).join('');
  });
}

describe('the page', () => {
  const parameters = [['enrolment service, user 4711'], [key, 'ada@example.com', 'Ada'], ['Room 6', key]];
  const done = { actors: ['enrolment service, user 4711'], location: 'Room 6', guests: ['ada@example.com Ada'] };

  beforeEach(async () => {
    await insertEvent(database.pool, key);
    await forget();
  });

  async function whatIsThere() {
    const { rows } = await database.pool.query(
      `select (select array_agg(distinct actor) from calsync.history where key = $1) as actors, location,
              (select array_agg(address || ' ' || display_name) from calsync.desired_attendee where key = $1) as guests
         from calsync.desired_event where key = $1`,
      [key],
    );
    return rows[0];
  }

  test('what it shows for psql enrols the student and changes the event, in the name of the caller', async () => {
    const [, psql = ''] = blocks('sql');
    expect(psql).toContain('begin;');
    await writer.query(psql);
    expect(await whatIsThere()).toEqual(done);
  });

  test.each([
    ['Python', 'python', /%s/g],
    ['Java', 'java', /\?/g],
  ])('so do the statements of %s', async (_, language, parameter) => {
    const statements = statementsIn(blocks(language).join('\n'), parameter);
    expect(statements).toHaveLength(parameters.length);
    const client = await writer.connect();
    await client.query('begin');
    for (const [index, statement] of statements.entries()) await client.query(statement, parameters[index]);
    await client.query('commit');
    client.release();
    expect(await whatIsThere()).toEqual(done);
  });

  test('and what it shows of the functions, one after the other', async () => {
    await database.pool.query('delete from calsync.desired_event');
    const [, , functions = ''] = blocks('sql');
    const answers = (await writer.query(functions)) as unknown as readonly QueryResult[]; // several statements, several answers
    expect(answers.flatMap(({ rows }) => rows.map(({ kind }) => kind))).toEqual(['created', 'changed', 'cancelled']);
  });

  test('every function that it lists is there with these parameters, and every one that is meant for writers is listed', async () => {
    const { rows } = await database.pool.query<{ signature: string }>(
      `select 'calsync.' || proname || '(' || array_to_string(array(
            select name || ' ' || format_type(kind, null) from unnest(proargnames, proargtypes::oid[]) as parameter (name, kind)), ', ') || ')' as signature
         from pg_proc where pronamespace = 'calsync'::regnamespace and prorettype = 'calsync.written'::regtype
           and proname not in ('written_now') order by 1`,
    );
    const listed = [...page.matchAll(/^\| `(calsync\.\w+\([^`]*\))` \|/gm)].map(([, signature]) => signature);
    expect(listed.toSorted()).toEqual(rows.map(({ signature }) => signature));
  });
});

const event = (fields: object = {}) => ({
  key,
  calendar: 'classes',
  summary: 'Algebra',
  start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
  end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
  ...fields,
});

interface Written {
  readonly kind: string;
  readonly generation: number;
  readonly revision: number;
}

async function put(
  fields: object = {},
  named: { generation?: number; revision?: number; move?: boolean } = {},
): Promise<Written> {
  const { rows } = await writer.query(
    'select * from calsync.put_event($1, generation => $2, revision => $3, move => coalesce($4, false))',
    [JSON.stringify(event(fields)), named.generation, named.revision, named.move],
  );
  return rows[0];
}

/** What a refusal says to a program. */
async function refusalOf(done: Promise<unknown>): Promise<string> {
  try {
    await done;
  } catch (thrown) {
    if (!(thrown instanceof DatabaseError)) throw thrown;
    expect(thrown.hint).not.toBe('');
    return `${thrown.code} ${thrown.constraint} ${thrown.column}`;
  }
  return 'nothing was refused';
}

describe('put_event', () => {
  test('creates, leaves alone what is equal, and clears what is no longer stated', async () => {
    expect(await put({ location: 'Room 5', attendees: [{ email: 'ada@example.com' }] })).toMatchObject({
      kind: 'created',
      generation: 1,
    });
    expect(await put({ location: 'Room 5' })).toMatchObject({ kind: 'unchanged', generation: 1 });
    expect(await put()).toMatchObject({ kind: 'changed', generation: 2 });
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1', 'attendee_added 1.2', 'updated 2.3']);
    const { rows } = await database.pool.query('select location from calsync.desired_event');
    expect(rows).toEqual([{ location: null }]);
  });

  test('another spelling of the same is unchanged', async () => {
    await put({ recurrence: ['RRULE:FREQ=DAILY;COUNT=2'], reminders: { useDefault: true }, description: 'a\nb' });
    const spelt = {
      recurrence: [' RRULE:FREQ=DAILY;COUNT=2 '],
      reminders: { useDefault: true, overrides: [] },
      description: 'a\r\nb',
    };
    const start = { dateTime: '2026-11-30T10:00:00+01:00', timeZone: 'Europe/Copenhagen' };
    expect(await put({ ...spelt, start })).toMatchObject({ kind: 'unchanged', revision: 1 });
  });

  test('[S13A] a write that rests on an older generation or revision is refused', async () => {
    await put();
    await put({ location: 'Room 5' }, { generation: 1 });
    expect(await refusalOf(put({ location: 'Room 6' }, { generation: 1 }))).toBe('55000 generation_moved ');
    await writer.query(`select calsync.add_attendee($1, 'ada@example.com')`, [key]);
    expect(await refusalOf(put({}, { revision: 2 }))).toBe('55000 revision_moved ');
    expect(await refusalOf(put({ key: 'nobody' }, { generation: 1 }))).toBe('55000 unknown_key key');
  });

  test('a list takes nobody off without the revision, and exactly those whom it leaves out with it', async () => {
    await put({ attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] });
    const later = { attendees: [{ email: 'Ada@example.com', optional: true }, { email: 'eve@example.com' }] };
    expect(await refusalOf(put(later))).toBe('55000 revision_needed attendees');
    const { revision } = await numbersOf(database.pool, key);
    expect(await put(later, { revision })).toMatchObject({ kind: 'changed', generation: 1 });
    const { rows } = await database.pool.query(
      'select address, optional from calsync.desired_attendee order by normal_address',
    );
    expect(rows).toEqual([
      { address: 'Ada@example.com', optional: true },
      { address: 'eve@example.com', optional: false },
    ]);
  });

  test('a late retry does not revive a cancelled key; naming its generation does, guests included', async () => {
    await put({ attendees: [{ email: 'ada@example.com' }] });
    await writer.query('select calsync.cancel_event($1)', [key]);
    expect(await refusalOf(put())).toBe('55000 event_is_cancelled ');
    expect(await refusalOf(writer.query(`select calsync.add_attendee($1, 'bob@example.com')`, [key]))).toBe(
      '23514 event_is_cancelled attendees',
    );
    expect(await put({}, { generation: 2 })).toMatchObject({ kind: 'revived', generation: 3 });
    const { rows } = await database.pool.query('select state from calsync.desired_attendee');
    expect(rows).toEqual([{ state: 'active' }]);
  });

  test('an event goes to another calendar only when it is asked to', async () => {
    await put();
    expect(await refusalOf(put({ calendar: 'annex' }))).toBe('55000 other_calendar calendar');
    expect(await put({ calendar: 'annex' }, { move: true })).toMatchObject({ kind: 'changed' });
  });

  test('[S08A] two keys with one calendar, time and title are refused unless both are meant', async () => {
    await put();
    expect(await refusalOf(put({ key: 'other' }))).toBe('23505 twin summary');
    expect(await put({ key: 'other', allowTwin: true })).toMatchObject({ kind: 'created' });
    expect(await put({ key: 'other', allowTwin: true, location: 'Room 5' })).toMatchObject({ kind: 'changed' });
  });

  test('a person is a guest by the address of their calendar', async () => {
    await database.pool.query(`insert into calsync.person (id) values ('p-17')`);
    expect(await refusalOf(put({ attendees: [{ person: 'p-17' }] }))).toBe(
      '23514 person_has_calendar_address attendees.person',
    );
    await database.pool.query(
      `insert into calsync.person_address (person, kind, address) values ('p-17', 'calendar', 'ada@example.com')`,
    );
    await put({ attendees: [{ person: 'p-17' }] });
    expect(await put({ attendees: [{ person: 'p-17' }] })).toMatchObject({ kind: 'unchanged' });
    const { rows } = await database.pool.query('select person, address from calsync.desired_attendee');
    expect(rows).toEqual([{ person: 'p-17', address: 'ada@example.com' }]);
    expect(await refusalOf(put({ attendees: [{ person: 'p-18' }] }, { revision: 2 }))).toBe(
      '23503 desired_attendee_person_fkey attendees.person',
    );
    await database.pool.query('delete from calsync.person');
  });

  test('[S08C] a refusal leaves nothing behind, and the caller goes on in its transaction from a savepoint', async () => {
    const client = await writer.connect();
    await client.query('begin');
    await client.query('savepoint before_put');
    expect(
      await refusalOf(client.query('select calsync.put_event($1)', [JSON.stringify(event({ calendar: 'nowhere' }))])),
    ).toBe('23503 desired_event_calendar_fkey calendar');
    await client.query('rollback to before_put');
    await client.query('select calsync.put_event($1)', [JSON.stringify(event())]);
    await client.query('commit');
    client.release();
    expect(await storyOf(database.pool, key)).toEqual(['inserted 1.1']);
  });
});

describe('guests and cancellation', () => {
  test('a guest who is added again with more said of them keeps what is left out', async () => {
    await put();
    const add = (rest: string) =>
      writer.query(`select (calsync.add_attendee('${key}', ' Ada@example.com '${rest})).kind`);
    expect((await add(`, 'Ada'`)).rows).toEqual([{ kind: 'changed' }]);
    expect((await add(', optional => true')).rows).toEqual([{ kind: 'changed' }]);
    expect((await add('')).rows).toEqual([{ kind: 'unchanged' }]);
    const { rows } = await database.pool.query('select address, display_name, optional from calsync.desired_attendee');
    expect(rows).toEqual([{ address: 'Ada@example.com', display_name: 'Ada', optional: true }]);
    const remove = (address: string) => writer.query('select (calsync.remove_attendee($1, $2)).kind', [key, address]);
    expect((await remove('ADA@EXAMPLE.COM')).rows).toEqual([{ kind: 'changed' }]);
    expect((await remove('ada@example.com')).rows).toEqual([{ kind: 'unchanged' }]);
  });

  test('what they refuse names the field', async () => {
    await put();
    const call = (sql: string) => refusalOf(writer.query(sql));
    expect(await call(`select calsync.add_attendee('nobody', 'ada@example.com')`)).toBe('P0002 unknown_key key');
    expect(await call(`select calsync.remove_attendee('nobody', 'ada@example.com')`)).toBe('P0002 unknown_key key');
    expect(await call(`select calsync.cancel_event('nobody')`)).toBe('P0002 unknown_key key');
    expect(await call(`select calsync.add_attendee('${key}', 'ada at example.com')`)).toBe(
      '23514 address_form attendees.email',
    );
    expect(await call(`select calsync.cancel_event('${key}', generation => 7)`)).toBe('55000 generation_moved ');
  });

  test('an event is cancelled once', async () => {
    await put();
    const cancel = async () => (await writer.query('select * from calsync.cancel_event($1)', [key])).rows[0];
    expect(await cancel()).toMatchObject({ kind: 'cancelled', generation: 2 });
    expect(await cancel()).toMatchObject({ kind: 'unchanged', generation: 2 });
  });
});

test('a row that was right when it was written can be cancelled when the rules of its zone have changed', async () => {
  await insertEvent(database.pool, key);
  await database.pool.query('alter table calsync.desired_event disable trigger verify');
  await database.pool.query(
    `update calsync.desired_event set start_local = '2026-03-29 02:30', end_local = '2026-03-29 04:00'`,
  );
  await database.pool.query('alter table calsync.desired_event enable trigger verify');
  await writer.query('select calsync.cancel_event($1)', [key]);
  const again = `update calsync.desired_event set start_local = '2026-03-29 02:31'`;
  expect(await refusalOf(writer.query(again))).toBe('23514 start_time_exists start_local');
});
