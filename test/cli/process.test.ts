/** The command line as the process that people and cron start. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/app.ts';
import { defaultSettings } from '../../src/cli/calendar-options.ts';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import { connectAccount } from '../../src/store/account.ts';
import { addCalendar } from '../../src/store/calendar.ts';
import { parseSecretKeys } from '../../src/store/secret-box.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';

const program = fileURLToPath(new URL('../../bin/calsync.js', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'calsync-process-'));
const owner = 'owner@example.com';
const calendar = 'classes@group.calendar.google.com';
const key = Buffer.alloc(32, 7).toString('base64');
const events = 400;

let database: MigratedDatabase;
let emulator: Emulator;
let environment: Record<string, string>;
let closeEmulator: () => Promise<void>;

beforeAll(async () => {
  database = await openMigratedDatabase();
  emulator = createEmulator({ limits: { unitsPerMinutePerUser: 1e9, unitsPerMinutePerProject: 1e9 } });
  const listening = await emulator.listen();
  closeEmulator = () => listening.close();
  const { refreshToken } = emulator.administration.createAccount({ email: owner });
  emulator.administration.createCalendar({ owner, id: calendar });
  const google = { root: listening.origin, clientId: 'client' };
  await connectAccount(
    database.db,
    { id: owner, refreshToken, scopes: [] },
    google,
    parseSecretKeys(key),
    systemRandom,
  );
  await addCalendar(database.db, {
    id: calendar,
    account: owner,
    summary: 'Classes',
    timeZone: 'UTC',
    ...defaultSettings,
    policy: 'sync',
  });
  await database.pool.query(
    `insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
       select 'key-' || n, $1, 'Lecture ' || n, date_trunc('hour', now()::timestamp) + n * interval '1 hour' + interval '1 day', 'UTC',
              date_trunc('hour', now()::timestamp) + n * interval '1 hour' + interval '25 hours', 'UTC'
         from generate_series(1, $2::int) n`,
    [calendar, events],
  );
  environment = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: database.url,
    CALSYNC_HOME: join(directory, 'home'),
    CALSYNC_SECRET_KEY: key,
    CALSYNC_GOOGLE_ROOT_URL: listening.origin,
    CALSYNC_GOOGLE_TOKEN_URL: `${listening.origin}/token`,
    GOOGLE_CLIENT_ID: 'client',
    GOOGLE_CLIENT_SECRET: 'anything',
    CALSYNC_QUOTA_PROJECT_PER_MINUTE: '10000000',
    CALSYNC_QUOTA_USER_PER_MINUTE: '10000000',
    CALSYNC_QUOTA_PER_DAY: '10000000',
  };
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await closeEmulator();
  emulator.close();
  await database.close();
});

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

function start(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [program, ...args], { env: { ...environment, ...settings }, cwd: directory });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined); // it may end without reading
  return { child, ended: once(child, 'close').then(([code]) => ({ code, stdout, stderr })) };
}

test('a failure is one message on stderr, nothing on stdout, and the exit code of its kind', async () => {
  const { child, ended } = start(['put']);
  child.stdin.end('{"key": }');
  expect(await ended).toEqual({
    code: 64,
    stdout: '',
    stderr: 'calsync: the standard input is not JSON: line 1, column 9: expected a value\n',
  });
});

test('an unknown command and an unknown option end with 64, help and version with 0', async () => {
  const runs = [['nope'], ['diff', '--nope'], ['--help'], ['--version']].map((args) => start(args).ended);
  const codes = (await Promise.all(runs)).map(({ code }) => code);
  expect(codes).toEqual([64, 64, 0, 0]);
});

test('a reader that stops reading is no failure: the exit code stays what it is, and nobody complains', async () => {
  const { child, ended } = start(['diff', '--live', '--json']);
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await ended).toMatchObject({ code: 2, stderr: '' });
});

describe('an interruption', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s while it waits for its input ends at once with 130',
    async (signal) => {
      const { child, ended } = start(['put'], { CALSYNC_SETTLED_AFTER_DAY: '1' });
      // By then it is under way: settings are checked after signals are listened to.
      await once(child.stderr, 'data');
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(stderr).toMatch(/^warning: CALSYNC_SETTLED_AFTER_DAY .*\ncalsync: interrupted: .*\n$/);
    },
  );

  test('in the middle of a reconcile loses nothing: the lease is given back, and the next run makes every event exactly once', async () => {
    const { child, ended } = start(['reconcile', '--once']);
    await until(() => emulator.administration.events(calendar).length > 100);
    child.kill('SIGINT');
    child.kill('SIGINT'); // a parent passes on what the terminal sent to both
    expect((await ended).code).toBe(130);
    const made = emulator.administration.events(calendar).length;
    expect(made).toBeLessThan(events);
    const { rows } = await database.pool.query('select lease_owner from calsync.calendar where id = $1', [calendar]);
    expect(rows).toEqual([{ lease_owner: null }]);

    const second = await start(['reconcile', '--once', '--json']).ended;
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ inSync: true, calendars: [{ created: events - made }] });
    const keys = emulator.administration.events(calendar).map((event) => JSON.stringify(event.extendedProperties));
    expect(new Set(keys).size).toBe(events);
    expect(keys).toHaveLength(events);
  });
});

test('logs are JSON lines on stderr, and hold neither token nor title', async () => {
  const { stderr, code } = await start(['reconcile'], { LOG_LEVEL: 'debug' }).ended;
  expect(code).toBe(0);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ msg }) => msg)).toEqual(['google', 'turn']);
  expect(stderr).not.toMatch(/Lecture|ya29|1\/\/|Bearer/);
});

async function until(found: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (await found()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('it did not happen within 30 s');
}
