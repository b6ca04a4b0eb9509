import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';
import { calsync, type Ran } from './a-world.ts';

let database: MigratedDatabase;
let run: (...args: readonly string[]) => Promise<Ran>;
beforeAll(async () => {
  database = await openMigratedDatabase();
  run = (...args) => calsync(args, { DATABASE_URL: database.url });
  await insertCalendar(database.pool);
  await insertEvent(database.pool, 'class-1', { summary: 'Algebra' });
  await insertAttendee(database.pool, 'class-1', 'ada@example.com');
  await database.pool.query(`update calsync.desired_event set summary = 'Geo\u202emetry' where key = 'class-1'`);
});
afterAll(() => database.close());

test('[S11A] history: who, by which way, what; nothing in it can steer a terminal', async () => {
  const { code, stdout } = await run('history', 'class-1');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /put the event into the table +generation 1, revision 1\n +title: Algebra\n +calendar: classes/,
  );
  expect(stdout).toContain('added the guest ada@example.com');
  expect(stdout).toContain('title: Algebra → Geo\ufffdmetry');
  const document = JSON.parse((await run('history', 'class-1', '--json')).stdout);
  expect(document).toMatchObject({ key: 'class-1', whole: true });
  expect(document.entries.map(({ kind }: { kind: string }) => kind)).toEqual(['inserted', 'attendee_added', 'updated']);
  expect(document.entries[2]).toMatchObject({ source: 'caller', door: 'sql', before: { summary: 'Algebra' } });
  expect((await run('history', 'class-2')).code).toBe(64);
});

test('[S11A] history tells who answered what', async () => {
  const guest = (answer: object) =>
    JSON.stringify({ calendar: 'classes', attendees: [{ email: 'a\u202eda@example.com', ...answer }] });
  await database.pool.query(
    `insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after)
       values ('class-1', 'google_answered', 2, 3, 'somebody in Google Calendar', 'google', 'engine', $1, $2)`,
    [guest({ responseStatus: 'accepted', additionalGuests: 2 }), guest({ responseStatus: 'declined', comment: 'ill' })],
  );
  expect((await run('history', 'class-1')).stdout).toContain(
    'somebody in Google Calendar set the answer of the guest a\ufffdda@example.com: yes, brings 2 → no, “ill”\n'.trimEnd(),
  );
});

test('[S11B] restore: by generation or by time, never by neither; a version that is not there is refused', async () => {
  const { code, stdout } = await run('restore', 'class-1', '--generation', '1', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ keys: [{ key: 'class-1', kind: 'changed', generation: 3, revision: 4 }] });
  expect((await run('restore', 'class-1', '--generation', '77')).code).toBe(1);
  expect((await run('restore', 'class-1', '--at', '2020-01-01')).code).toBe(1);
  expect((await run('restore', 'class-1', '--at', 'yesterday')).stderr).toContain('--at');
  expect((await run('restore', 'class-1')).code).toBe(64);
  expect((await run('restore', 'class-1', '--at', '1h', '--generation', '1')).code).toBe(64);
  const { rows } = await database.pool.query(`select summary from calsync.desired_event where key = 'class-1'`);
  expect(rows).toEqual([{ summary: 'Algebra' }]);
});

test('[S11C] explain: status and reason, the three sides and what happened, on one page', async () => {
  const { code, stdout } = await run('explain', 'class-1');
  expect(code).toBe(0);
  for (const part of [
    'Status: pending',
    'the table says',
    'no event stands for this key',
    'What happened',
    'Algebra',
  ]) {
    expect(stdout).toContain(part);
  }
  const document = JSON.parse((await run('explain', 'class-1', '--json')).stdout);
  expect(document).toMatchObject({ key: 'class-1', status: { status: 'pending' }, findings: [], holds: [] });
  expect((await run('explain', 'class-2')).code).toBe(64);
});

test('replay --verify: 0 while the tables are what the history says, 2 with every difference else', async () => {
  expect(await run('replay', '--verify')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 key, 2 rows') });
  await database.db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    await sql`update calsync.desired_event set location = 'Roof'`.execute(connection);
    await sql`set session_replication_role = origin`.execute(connection);
  });
  expect(await run('replay', '--verify')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('differs in location'),
  });
  const document = JSON.parse((await run('replay', '--verify', '--json')).stdout);
  expect(document.differences).toEqual([{ kind: 'row_differs', key: 'class-1', columns: ['location'] }]);
  expect((await run('replay')).code).not.toBe(0);
});

test('[S23B] [S23C] config: bounds are named; who changed what is shown', async () => {
  expect((await run('config', 'set', 'history.retentionDays', '7')).stderr).toContain('from 30 to 36500');
  expect((await run('config', 'set', 'history.retentionDays', '400')).code).toBe(0);
  const document = JSON.parse((await run('config', 'show', '--json')).stdout);
  expect(document).toMatchObject({
    settings: [{ name: 'history.retentionDays', value: 400, isSet: true }],
    changes: [{ name: 'history.retentionDays', before: null, after: 400, door: 'cli' }],
  });
  expect((await run('config', 'set', 'installation', '7')).code).toBe(64);
});
