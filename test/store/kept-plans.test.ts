/** The plans that writes keep for a session were made when tables were small, and are used when they have grown. */
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await addOthers('few', 1); // some of everything that writes look for, so that no look is left out
  await database.pool.query('vacuum analyze'); // a table of one page is what a plan would rather walk through
});
afterAll(() => database.close());

/** Rows of others, in every table that writes look into; each statement by itself, as they come. */
async function addOthers(name: string, count: number): Promise<void> {
  const session = openPool({ connection: database.connection, maxConnections: 1 });
  const each = `from generate_series(1, ${count}) n`;
  const statements = `
    insert into calsync.calendar (id, account, policy, namespace) select '${name}-test-' || n, 'owner@example.com', 'sync', 'test' ${each};
    insert into calsync.person (id) select '${name}-' || n ${each};
    insert into calsync.person_address (person, kind, address) select '${name}-' || n, 'calendar', '${name}-' || n || '@example.com' ${each};
    insert into calsync.unreachable_address (normal_address, address, source, reason)
      select '${name}-gone-' || n || '@example.com', '${name}-gone-' || n || '@example.com', 'bounce', 'no such mailbox' ${each};
    insert into calsync.reminder (key, address, minutes_before, starts_at, due_at)
      select '${name}-' || n, 'bob@example.com', 10, '2027-01-01', '2027-01-01' ${each};
    insert into calsync.outbox_mail (kind, key, sequence, address, message_id)
      select 'invitation', '${name}-' || n, 0, 'bob@example.com', '${name}-' || n ${each};
    insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
      select '${name}-' || n, 'classes', '${name} ' || n, '2027-01-01 10:00', 'Europe/Copenhagen', '2027-01-01 11:00', 'Europe/Copenhagen' ${each};
    insert into calsync.desired_attendee (key, person) select '${name}-' || n, '${name}-' || n ${each};
    insert into calsync.binding (key, incarnation, calendar, event_id, state, hash_version)
      select '${name}-' || n, 0, 'classes', '${name}' || n, 'live', 1 ${each};
    insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, revision)
      select 'classes', 1, '${name}-' || n, 'create', '${name}' || n, 0, 1 ${each}`;
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

async function writeBySql(session: Pool, key: string): Promise<void> {
  await insertEvent(session, key);
  await insertAttendee(session, key, 'few-gone-1@example.com');
  await session.query(`insert into calsync.desired_attendee (key, person) values ($1, 'few-1')`, [key]);
  await session.query('update calsync.desired_event set location = $2 where key = $1', [key, 'Room 6']);
  await session.query('update calsync.desired_event set cancelled_at = now() where key = $1', [key]);
  await session.query('update calsync.desired_event set cancelled_at = null where key = $1', [key]);
  await session.query('update calsync.desired_attendee set optional = true where key = $1', [key]);
  await session.query(`delete from calsync.desired_attendee where key = $1 and person is null`, [key]);
}

async function writeByTypescript(session: Pool, key: string): Promise<void> {
  const db = openDatabase(session);
  requireWritten(await putEvents(db, [specOf(key, 'Room 1')], writer));
  requireWritten(await putEvents(db, [specOf(key, 'Room 2')], writer));
  const patched = await patchEvent(db, key, { location: 'Room 3' }, writer);
  if (patched.kind === 'invalid') throw new Error(JSON.stringify(patched.problems));
  requireWritten(patched);
  requireWritten(await addAttendees(db, key, [{ person: 'few-1' }], writer));
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

test.each([
  ['sql', writeBySql],
  ['typescript', writeByTypescript],
])(
  'a session that has written by %s when tables were small joins no two of them when they have grown',
  async (door, write) => {
    const session = openPool({ connection: database.connection, maxConnections: 1 });
    for (let round = 0; round < 8; round += 1) await write(session, `${door}-early-${round}`);
    await addOthers(door, grownBy);
    const before = await rowsRead();
    for (let round = 0; round < lateRounds; round += 1) await write(session, `${door}-late-${round}`);
    await session.end();
    const read = [...(await rowsRead())].map(([table, rows]) => [table, rows - (before.get(table) ?? 0)]);
    expect(read.filter(([, rows]) => Number(rows) > mostRowsRead)).toEqual([]);
  },
);
