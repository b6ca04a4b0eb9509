/** The plans that writes keep for a session were made when tables were small, and are used when they have grown. */
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseEventSpec } from '../../src/core/event-spec.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { patchEvent } from '../../src/write/patch-event.ts';
import { putEvents } from '../../src/write/put.ts';
import { requireWritten } from '../../src/write/result.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';

const grownBy = 2_000;
const lateRounds = 3;
/** Until statistics are gathered anew a plan of small tables may take the worse of two indexes; none may join what has grown with itself. */
const mostRowsRead = lateRounds * 100 * grownBy;
/** What every write looks into has one index for each look: no plan walks through any of it. */
const mostRowsWithoutWalks = grownBy / 2;
/** But for one enrolment a round: what a foreign key looks up is planned by PostgreSQL itself, in the way of small tables, too. */
const mostRowsOfForeignKey = lateRounds * (grownBy + 100);

let database: MigratedDatabase;

/** Rows of others in what every write looks into. */
const desiredRows = (name: string, each: string) => `
    insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
      select '${name}-' || n, 'classes', '${name} ' || n, '2027-01-01 10:00', 'Europe/Copenhagen', '2027-01-01 11:00', 'Europe/Copenhagen' ${each};
    insert into calsync.desired_attendee (key, address) select '${name}-' || n, '${name}-guest-' || n || '@example.com' ${each};
    insert into calsync.binding (key, incarnation, calendar, event_id, state, hash_version)
      select '${name}-' || n, 0, 'classes', '${name}' || n, 'live', 1 ${each};
    insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, revision, outcome, settled_at)
      select 'classes', 1, '${name}-' || n, 'create', '${name}' || n, 0, 1, 'done', now() ${each}`;

/** And in what only some do. */
const otherRows = (name: string, each: string) => `
    insert into calsync.calendar (id, account, policy, namespace) select '${name}-test-' || n, 'owner@example.com', 'sync', 'test' ${each};
    insert into calsync.person (id) select '${name}-' || n ${each};
    insert into calsync.person_address (person, kind, address) select '${name}-' || n, 'calendar', '${name}-' || n || '@example.com' ${each};
    insert into calsync.unreachable_address (normal_address, address, source, reason)
      select '${name}-gone-' || n || '@example.com', '${name}-gone-' || n || '@example.com', 'bounce', 'no such mailbox' ${each};
    insert into calsync.reminder (key, address, minutes_before, starts_at, due_at)
      select '${name}-' || n, 'bob@example.com', 10, '2027-01-01', '2027-01-01' ${each};
    insert into calsync.outbox_mail (kind, key, sequence, address, message_id)
      select 'invitation', '${name}-' || n, 0, 'bob@example.com', '${name}-' || n ${each};
    insert into calsync.desired_attendee (key, person) select '${name}-' || n, '${name}-' || n ${each};
    insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, revision)
      select 'classes', 1, '${name}-' || n, 'create', '${name}-' || n, 0, 1 ${each}`;

/** Each statement by itself, as they come. */
async function add(name: string, count: number, rows: readonly (typeof desiredRows)[]): Promise<void> {
  const session = openPool({ connection: database.connection, maxConnections: 1 });
  const statements = rows.map((each) => each(name, `from generate_series(1, ${count}) n`)).join(';');
  for (const statement of statements.split(';')) await session.query(statement);
  await session.end();
}

const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;

function specOf(key: string, location: string) {
  const parsed = parseEventSpec({
    key,
    calendar: 'classes',
    summary: key,
    location,
    start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Europe/Copenhagen' },
    attendees: [{ email: 'few-gone-1@example.com' }],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.spec;
}

async function writeBySql(session: Pool, key: string, person: string | null): Promise<void> {
  await insertEvent(session, key);
  await insertAttendee(session, key, 'few-gone-1@example.com');
  if (person !== null)
    await session.query(`insert into calsync.desired_attendee (key, person) values ($1, $2)`, [key, person]);
  await session.query('update calsync.desired_event set location = $2 where key = $1', [key, 'Room 6']);
  await session.query('update calsync.desired_event set cancelled_at = now() where key = $1', [key]);
  await session.query('update calsync.desired_event set cancelled_at = null where key = $1', [key]);
  await session.query('update calsync.desired_attendee set optional = true where key = $1', [key]);
  await session.query(`delete from calsync.desired_attendee where key = $1 and person is null`, [key]);
}

async function writeByTypescript(session: Pool, key: string, person: string | null): Promise<void> {
  const db = openDatabase(session);
  requireWritten(await putEvents(db, [specOf(key, 'Room 1')], writer));
  requireWritten(await putEvents(db, [specOf(key, 'Room 2')], writer));
  const patched = await patchEvent(db, key, { location: 'Room 3' }, writer);
  if (patched.kind === 'invalid') throw new Error(JSON.stringify(patched.problems));
  requireWritten(patched);
  requireWritten(await addAttendees(db, key, [person === null ? { email: 'ada@example.com' } : { person }], writer));
  requireWritten(await removeAttendeesOf(db, key, ['few-gone-1@example.com'], writer));
  requireWritten(await cancelEvents(db, [key], writer));
}

/** Rows and entries of indexes that were read so far, by table. */
async function rowsRead(): Promise<ReadonlyMap<string, number>> {
  await database.pool.query('select pg_sleep(1)'); // a session tells of what it did when it ends; PostgreSQL 14 collects that elsewhere
  const { rows } = await database.pool.query<{ table: string; rows: number }>(
    `select relname as table, (seq_tup_read + coalesce((select sum(idx_tup_read) from pg_stat_user_indexes own where own.relid = told.relid), 0))::int as rows
       from pg_stat_user_tables told where schemaname = 'calsync'`,
  );
  return new Map(rows.map((row) => [row.table, row.rows]));
}

const doors = [
  ['sql', writeBySql],
  ['typescript', writeByTypescript],
] as const;

/** What a session reads, by table, that wrote when tables were small and writes on when they have grown. */
async function readWhenGrown(
  [name, write]: (typeof doors)[number],
  rows: readonly (typeof desiredRows)[],
  person: string | null,
): Promise<ReadonlyMap<string, number>> {
  const session = openPool({ connection: database.connection, maxConnections: 1 });
  for (let round = 0; round < 8; round += 1) await write(session, `${name}-early-${round}`, person);
  await add(name, grownBy, rows);
  const before = await rowsRead();
  for (let round = 0; round < lateRounds; round += 1) await write(session, `${name}-late-${round}`, person);
  await session.end();
  return new Map([...(await rowsRead())].map(([table, count]) => [table, count - (before.get(table) ?? 0)]));
}

describe.each([
  ['where there are events and guests alone', [desiredRows], null, mostRowsWithoutWalks + mostRowsOfForeignKey],
  ['where there is some of everything', [desiredRows, otherRows], 'few-1', mostRowsRead],
] as const)('%s', (_, rows, person, most) => {
  beforeAll(async () => {
    database = await openMigratedDatabase();
    await insertCalendar(database.pool);
    await add('few', 1, rows); // some of what writes look for, so that no look is left out
    await database.pool.query('vacuum analyze'); // a table of one page is what a plan would rather walk through
  });
  afterAll(() => database.close());

  test.each(doors)(
    `a session that has written by %s when tables were small reads at most ${most} rows of one when they have grown`,
    async (...door) => {
      const read = await readWhenGrown(door, rows, person);
      expect([...read].filter(([, count]) => count > most)).toEqual([]);
    },
  );
});
