/** Accounts and calendars of a Google that is not the sandbox: the emulator, reached like the real one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { calsync } from './a-world.ts';

const directory = mkdtempSync(join(tmpdir(), 'calsync-accounts-'));
const ada = 'ada@example.com';
const eve = 'eve@example.com';
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
  };
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await closeEmulator();
  emulator.close();
  await database.close();
});

const run = (args: readonly string[], stdin = '') => calsync(args, environment, stdin);

function tokenFile(email: string): string {
  const { refreshToken } = emulator.administration.createAccount({ email });
  const path = join(directory, email);
  writeFileSync(path, `${refreshToken}\n`);
  return path;
}

const accountIds = async () =>
  (await database.pool.query<{ id: string }>('select id from calsync.account order by id')).rows.map(({ id }) => id);

describe('accounts add', () => {
  test('a token of another account stores nothing and names whose it is', async () => {
    const ran = await run(['accounts', 'add', ada, '--refresh-token-file', tokenFile(eve)]);
    expect(ran).toMatchObject({ code: 64, stdout: '' });
    expect(ran.stderr).toContain(`this token is of ${eve}, not of ${ada}: nothing was stored`);
    expect(await accountIds()).toEqual([]);
  });

  test('a dead token stores nothing', async () => {
    const path = tokenFile(ada);
    emulator.administration.revokeConsent(ada);
    const ran = await run(['accounts', 'add', ada, '--refresh-token-file', path]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('invalid_grant');
    expect(await accountIds()).toEqual([]);
  });

  test('a good one connects the account by Google’s own spelling, and is stored encrypted', async () => {
    const path = tokenFile(ada);
    expect(await run(['accounts', 'add', 'Ada@Example.com', '--refresh-token-file', path])).toEqual({
      code: 0,
      stdout: `connected ${ada}\n`,
      stderr: '',
    });
    const { rows } = await database.pool.query('select refresh_token from calsync.account');
    expect(rows).toEqual([{ refresh_token: expect.stringMatching(/^v1\./) }]);
  });

  test('the token may come from stdin', async () => {
    const { refreshToken } = emulator.administration.createAccount({ email: eve });
    expect(await run(['accounts', 'add', eve, '--refresh-token-file', '-'], refreshToken)).toMatchObject({ code: 0 });
    expect(await accountIds()).toEqual([ada, eve]);
  });
});

describe('calendars add', () => {
  test('outside the sandbox a missing calendar is not made, and the message says where to look', async () => {
    const ran = await run(['calendars', 'add', 'missing@group.calendar.google.com', '--account', ada]);
    expect(ran).toMatchObject({ code: 64, stdout: '' });
    expect(ran.stderr).toMatch(/Google shows ada@example\.com no calendar missing@group.*correct the id.*or share it/);
    expect(emulator.administration.calendars().some(({ id }) => id === 'missing@group.calendar.google.com')).toBe(
      false,
    );
  });

  test('a calendar that may only be read can be observed and nothing else', async () => {
    const id = 'shared@group.calendar.google.com';
    emulator.administration.createCalendar({ owner: eve, id });
    emulator.administration.share(id, ada, 'reader');
    const refused = await run(['calendars', 'add', id, '--account', ada, '--policy', 'sync']);
    expect(refused).toMatchObject({ code: 64, stdout: '' });
    expect(refused.stderr).toContain('only the role reader');
    expect(await run(['calendars', 'add', id, '--account', ada, '--policy', 'observe'])).toMatchObject({ code: 0 });
  });
});

test('another OAuth client stops the start: the event ids would mean nothing to it', async () => {
  const ran = await calsync(['status'], { ...environment, GOOGLE_CLIENT_ID: 'another' });
  expect(ran).toMatchObject({ code: 64, stdout: '' });
  expect(ran.stderr).toContain('another OAuth client');
});

test('a key that does not open the stored token says what to do, and prints neither', async () => {
  const otherKey = Buffer.alloc(32, 8).toString('base64');
  const ran = await calsync(['calendars', 'add', 'primary', '--account', ada], {
    ...environment,
    CALSYNC_SECRET_KEY: otherKey,
  });
  expect(ran).toMatchObject({ code: 64, stdout: '' });
  expect(ran.stderr).toMatch(/CALSYNC_SECRET_KEY does not hold: put it back/);
  expect(ran.stderr).not.toContain(otherKey);
});
