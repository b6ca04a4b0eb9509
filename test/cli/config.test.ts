import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { laterSettings, readConfig, settingNames } from '../../src/config.ts';
import { CalsyncError } from '../../src/core/error.ts';

const key = Buffer.alloc(32, 1).toString('base64');

function problemsOf(environment: Readonly<Record<string, string>>): string {
  try {
    readConfig(environment);
  } catch (thrown) {
    if (thrown instanceof CalsyncError && thrown.kind === 'usage') return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was wrong with it');
}

describe('defaults', () => {
  test('with nothing set it is the sandbox, an embedded database and the contract’s numbers', () => {
    const config = readConfig({});
    expect(config.google).toEqual({ kind: 'sandbox' });
    expect(config.database).toEqual({ kind: 'embedded' });
    expect(config.home).toBe(`${process.cwd()}/.calsync`);
    expect(config.quota).toEqual({ projectPerMinute: 10_000, userPerMinute: 600, perDay: 1_000_000 });
    expect(config.settledAfterMs).toBe(7 * 24 * 3_600_000);
    expect(config.mail).toEqual({ kind: 'files' });
    expect(config.logLevel).toBe('info');
    expect(config.warnings).toEqual([]);
  });

  test('an empty setting counts as unset', () => {
    const unset = readConfig({});
    const empty = readConfig({
      DATABASE_URL: '',
      CALSYNC_SANDBOX: '',
      LOG_LEVEL: ' ',
      CALSYNC_SETTLED_AFTER_DAYS: '',
      SMTP_URL: '',
    });
    expect(empty).toEqual(unset);
  });

  test('0 days settles nothing', () => {
    expect(readConfig({ CALSYNC_SETTLED_AFTER_DAYS: '0' }).settledAfterMs).toBeNull();
  });
});

describe('which Google', () => {
  const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
  const url = { DATABASE_URL: 'postgres://u:p@h/d' };

  test.each([
    ['nothing set', {}, 'sandbox'],
    ['a database of one’s own', url, 'unset'],
    ['another origin', { CALSYNC_GOOGLE_ROOT_URL: 'http://127.0.0.1:1' }, 'unset'],
    ['refused', { CALSYNC_SANDBOX: '0' }, 'unset'],
    ['a client', client, 'google'],
    ['a client and the sandbox refused', { ...client, CALSYNC_SANDBOX: '0' }, 'google'],
    ['the sandbox asked for, whatever else is set', { ...client, ...url, CALSYNC_SANDBOX: '1' }, 'sandbox'],
  ])('with %s', (_, environment, kind) => {
    expect(readConfig(environment).google.kind).toBe(kind);
  });

  test('the real one is Google’s own origin, another one is served at its root', () => {
    expect(readConfig(client).google).toMatchObject({
      endpoints: { rootUrl: 'https://www.googleapis.com', tokenUrl: 'https://oauth2.googleapis.com/token' },
    });
    const other = {
      ...client,
      CALSYNC_GOOGLE_ROOT_URL: 'http://127.0.0.1:8123/',
      CALSYNC_GOOGLE_TOKEN_URL: 'http://127.0.0.1:8123/token',
    };
    expect(readConfig(other).google).toMatchObject({
      endpoints: { rootUrl: 'http://127.0.0.1:8123', tokenUrl: 'http://127.0.0.1:8123/token' },
    });
  });
});

describe('problems', () => {
  test('all of them are named at once, and no value is', () => {
    const message = problemsOf({
      DATABASE_URL: 'mysql://root:hunter2@host/db',
      CALSYNC_SANDBOX: 'yes',
      CALSYNC_SECRET_KEY: 'c2hvcnQ=',
      CALSYNC_GOOGLE_ROOT_URL: 'https://host/calendar',
      CALSYNC_QUOTA_USER_PER_MINUTE: '0',
      CALSYNC_QUOTA_PER_DAY: '1e9',
      CALSYNC_SETTLED_AFTER_DAYS: '-1',
      SMTP_URL: 'http://user:hunter2@host',
      CALSYNC_MAIL_FROM: 'nobody',
      CALSYNC_REPORT_TO: 'ada@example.com, bob',
      LOG_LEVEL: 'loud',
    });
    expect(message.split('\n').map((line) => line.trim().split(' ')[0])).toEqual([
      '11',
      'DATABASE_URL',
      'CALSYNC_SANDBOX',
      'CALSYNC_GOOGLE_ROOT_URL',
      'CALSYNC_SECRET_KEY',
      'CALSYNC_QUOTA_USER_PER_MINUTE',
      'CALSYNC_QUOTA_PER_DAY',
      'CALSYNC_SETTLED_AFTER_DAYS',
      'SMTP_URL',
      'CALSYNC_MAIL_FROM',
      'CALSYNC_REPORT_TO',
      'LOG_LEVEL',
    ]);
    expect(message).not.toMatch(/hunter2|c2hvcnQ|loud|nobody/);
  });

  test.each([
    [{ GOOGLE_CLIENT_ID: 'id' }, 'GOOGLE_CLIENT_SECRET is missing'],
    [{ GOOGLE_CLIENT_SECRET: 'secret' }, 'GOOGLE_CLIENT_ID is missing'],
    [{ SMTP_URL: 'smtp://localhost:25' }, 'CALSYNC_MAIL_FROM is missing'],
    [{ CALSYNC_SECRET_KEY: `${key},short` }, 'secret key 2'],
  ])('%o', (environment, told) => {
    expect(problemsOf(environment)).toContain(told);
  });

  test('several keys are a rotation', () => {
    expect(readConfig({ CALSYNC_SECRET_KEY: `${key},${key}` }).secretKey).toBe(`${key},${key}`);
  });
});

describe('warnings', () => {
  test('what switches off a protection is allowed and told', () => {
    const environment = {
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_CLIENT_SECRET: 'secret',
      CALSYNC_GOOGLE_ROOT_URL: 'http://emulator:8080',
    };
    expect(readConfig(environment).warnings).toEqual([
      'CALSYNC_GOOGLE_ROOT_URL is plain http: tokens and event texts can be read on the way',
    ]);
  });

  test('a quota above what Google grants is told, but not for the sandbox', () => {
    const quota = { CALSYNC_QUOTA_USER_PER_MINUTE: '601' };
    const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
    expect(readConfig({ ...client, ...quota }).warnings).toEqual([expect.stringContaining('above the 600')]);
    expect(readConfig(quota).warnings).toEqual([]);
  });

  test('a misspelt name is told with the one that was meant; names of later versions and of others are not', () => {
    const later = Object.fromEntries(laterSettings.map((name) => [name, 'x']));
    const { warnings } = readConfig({
      ...later,
      CALSYNC_SETLED_AFTER_DAYS: '0',
      CALSYNC_TEST_DATA: '/data',
      HOMEX: '1',
    });
    expect(warnings).toEqual([expect.stringContaining('did you mean CALSYNC_SETTLED_AFTER_DAYS?')]);
  });
});

test('every setting of the contract is read or named as one of a later version', () => {
  const contract =
    `DATABASE_URL CALSYNC_HOME GOOGLE_CLIENT_ID GOOGLE_CLIENT_SECRET CALSYNC_SANDBOX CALSYNC_GOOGLE_ROOT_URL
    CALSYNC_GOOGLE_TOKEN_URL CALSYNC_GOOGLE_AUTH_URL CALSYNC_SECRET_KEY CALSYNC_QUOTA_PROJECT_PER_MINUTE
    CALSYNC_QUOTA_USER_PER_MINUTE CALSYNC_QUOTA_PER_DAY CALSYNC_SETTLED_AFTER_DAYS CALSYNC_PUBLIC_URL CALSYNC_API_TOKEN SMTP_URL
    CALSYNC_MAIL_FROM CALSYNC_REPORT_TO PORT HOST LOG_LEVEL`.split(/\s+/);
  expect([...settingNames, ...laterSettings].sort()).toEqual(contract.sort());
});

test('docs/settings.md has a row or a mention for every setting', () => {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  for (const name of [...settingNames, ...laterSettings]) expect(page).toContain(`\`${name}\``);
});
