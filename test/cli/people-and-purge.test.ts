/** People, the list of test addresses and the purge of tests, as commands against a Google of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { calsync, type Ran } from './a-world.ts';

const directory = mkdtempSync(join(tmpdir(), 'calsync-people-'));
const ada = 'ada@example.com';
const trial = 'trial@group.calendar.google.com';
let database: MigratedDatabase;
let emulator: Emulator;
let environment: Readonly<Record<string, string>>;
let closeEmulator: () => Promise<void>;

beforeAll(async () => {
  database = await openMigratedDatabase();
  emulator = createEmulator({ secret: 'client-secret' });
  const listening = await emulator.listen();
  closeEmulator = () => listening.close();
  environment = {
    DATABASE_URL: database.url,
    CALSYNC_HOME: join(directory, 'home'),
    CALSYNC_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    CALSYNC_GOOGLE_ROOT_URL: listening.origin,
    CALSYNC_GOOGLE_TOKEN_URL: `${listening.origin}/token`,
    GOOGLE_CLIENT_ID: 'client',
    GOOGLE_CLIENT_SECRET: 'client-secret',
    CALSYNC_QUOTA_USER_PER_MINUTE: '100000',
    LOG_LEVEL: 'silent',
  };
  const { refreshToken } = emulator.administration.createAccount({ email: ada });
  emulator.administration.createCalendar({ id: trial, owner: ada, summary: 'Trial', timeZone: 'Europe/Copenhagen' });
  writeFileSync(join(directory, 'token'), refreshToken);
  expect(await run('accounts', 'add', ada, '--refresh-token-file', join(directory, 'token'))).toMatchObject({
    code: 0,
  });
  expect(await run('calendars', 'add', trial, '--account', ada, '--namespace', 'test')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await closeEmulator();
  emulator.close();
  await database.close();
});

const run = (...args: readonly string[]): Promise<Ran> => calsync(args, environment);
const json = async (...args: readonly string[]) => JSON.parse((await run(...args, '--json')).stdout);
const live = () => emulator.administration.events(trial).filter(({ status }) => status !== 'cancelled');

async function put(events: readonly object[]): Promise<Ran> {
  return calsync(['put'], environment, JSON.stringify(events));
}

function aTry(index: number, more: object = {}): object {
  const time = (hour: string) => ({ dateTime: `2190-03-01T${hour}:00:00`, timeZone: 'Europe/Copenhagen' });
  return { key: `try-${index}`, calendar: trial, summary: `Try ${index}`, start: time('10'), end: time('11'), ...more };
}

test('people are enrolled and taken off by their ids, beside guests by address; nobody at all is refused', async () => {
  await run('people', 'allow', '@calendar.example');
  await run('people', 'put', 'p-7', '--calendar', 'eve@calendar.example');
  await put([aTry(7)]);
  const guests = async () =>
    (await json('get', 'try-7')).attendees.map(({ email, person }: Record<string, string>) => [email, person]);
  expect(await run('attendees', 'add', 'try-7', '--person', 'p-7', 'bob@calendar.example')).toMatchObject({ code: 0 });
  expect(await guests()).toEqual([
    ['bob@calendar.example', undefined],
    ['eve@calendar.example', 'p-7'],
  ]);
  const twice = [
    'eve@calendar.example',
    '--person',
    'p-7',
    '--person',
    'p-7',
    'carl@calendar.example',
    'CARL@calendar.example',
  ];
  expect(await run('attendees', 'add', 'try-7', ...twice)).toMatchObject({ code: 0 });
  expect((await guests()).sort()).toEqual([
    ['CARL@calendar.example', undefined],
    ['bob@calendar.example', undefined],
    ['eve@calendar.example', 'p-7'],
  ]);
  expect(await run('attendees', 'remove', 'try-7', 'carl@calendar.example')).toMatchObject({ code: 0 });
  expect(await run('attendees', 'remove', 'try-7', '--person', 'p-7')).toMatchObject({ code: 0 });
  expect(await guests()).toEqual([['bob@calendar.example', undefined]]);
  const unknown = await run('attendees', 'add', 'try-7', '--person', 'p-unknown');
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no person p-unknown') });
  expect(await run('attendees', 'add', 'try-7')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('--person'),
  });
  await run('people', 'disallow', '@calendar.example');
  await database.pool.query(`delete from calsync.desired_event where key = 'try-7'`);
});

test('[S14A][S20A] people are put and invited; in tests only those who are on the list', async () => {
  expect(
    await json('people', 'put', 'p-17', '--name', 'Ada', '--calendar', 'ada@test.example', '--login', 'a@b.c'),
  ).toEqual({
    person: 'p-17',
    displayName: 'Ada',
    calendarAddress: 'ada@test.example',
    loginAddresses: ['a@b.c'],
  });
  expect(await put([aTry(0, { attendees: [{ person: 'p-99' }] })])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no person p-99'),
  });
  const refused = await put([aTry(0, { attendees: [{ person: 'p-17' }] })]);
  expect(refused).toMatchObject({ code: 64, stderr: expect.stringContaining('test_guest_is_allowed') });
  expect(await json('people', 'allow', '@test.example')).toEqual({ allowed: ['@test.example'] });
  expect(await put([aTry(0, { attendees: [{ person: 'p-17' }] })])).toMatchObject({ code: 0 });
  expect(await run('people', 'put', 'p-17', '--calendar', 'ada@real.example')).toMatchObject({ code: 64 });
  expect(await run('people', 'put', 'p-17', '--calendar', 'lovelace@test.example')).toMatchObject({ code: 0 });
  expect((await run('people', 'list')).stdout).toContain('lovelace@test.example');
  await run('reconcile', '--once');
  expect(live()).toMatchObject([{ attendees: [{ email: 'lovelace@test.example' }] }]);
  expect(await run('calendars', 'set', trial, '--namespace', 'live')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('calendar_has_rows'),
  });
});

test('[S20B] purge --test shows first, removes with --yes, and then finds nothing', async () => {
  await put(Array.from({ length: 30 }, (_, index) => aTry(index + 1)));
  await run('reconcile', '--once');
  expect(live()).toHaveLength(31);
  expect(await run('purge')).toMatchObject({ code: 64 });
  const shown = await run('purge', '--test');
  expect(shown).toMatchObject({ code: 2, stdout: expect.stringContaining(`${trial}: 31 rows, 31 events of ours`) });
  expect(live()).toHaveLength(31);
  expect(await run('purge', '--test', '--yes')).toMatchObject({
    code: 0,
    stdout: 'Removed 31 rows and 31 events in Google.\n',
  });
  expect(live()).toEqual([]);
  expect(await json('purge', '--test', '--yes')).toEqual({ removed: { rows: 0, events: 0 }, left: [] });
  expect(await json('holds')).toEqual({ holds: [] });
  expect((await run('status')).stdout).not.toContain(trial);
  expect((await run('status', '--include-test')).stdout).toContain('Trial');
});
