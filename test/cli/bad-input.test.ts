/** Bad input, through the whole command line: one clear message that says what to do, the right exit code, nothing written. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { insertCalendar, insertEvent } from '../support/rows.ts';
import { calsync, type Ran } from './a-world.ts';

const directory = mkdtempSync(join(tmpdir(), 'calsync-cli-'));
let database: MigratedDatabase;
let empty: TestDatabase;

beforeAll(async () => {
  [database, empty] = await Promise.all([openMigratedDatabase(), createTestDatabase()]);
  await insertCalendar(database.pool);
  await insertEvent(database.pool, 'there');
  await insertEvent(database.pool, 'twin-of', { summary: 'Twin' });
  mkdirSync(join(directory, 'a-directory'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true });
  await Promise.all([database.close(), empty.drop()]);
});

const environment = () => ({ DATABASE_URL: database.url, CALSYNC_HOME: join(directory, 'home') });

const good = {
  key: 'new',
  calendar: 'classes',
  summary: 'Algebra',
  start: { dateTime: '2026-11-30T10:00:00', timeZone: 'Europe/Copenhagen' },
  end: { dateTime: '2026-11-30T11:00:00', timeZone: 'Europe/Copenhagen' },
};
const at = (dateTime: string, timeZone = 'Europe/Copenhagen') => ({ dateTime, timeZone });
const json = (changes: object) => JSON.stringify({ ...good, ...changes });

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Everything that a write could have left behind. */
async function traces(): Promise<unknown> {
  const { rows } = await database.pool.query(
    `select (select count(*) from calsync.desired_event) as events, (select count(*) from calsync.desired_attendee) as attendees,
            (select count(*) from calsync.history) as history, (select count(*) from calsync.calendar) as calendars,
            (select count(*) from calsync.account) as accounts, (select max(revision) from calsync.desired_event) as revision`,
  );
  return rows[0];
}

function expectRefusal(ran: Ran, code: number, told: RegExp): void {
  expect(ran.stderr).toMatch(told);
  expect(ran.code).toBe(code);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).not.toMatch(/\n\s+at .*[:(]\d+/); // a stack trace
  expect(ran.stderr).not.toMatch(/unexpected \w*Error|fault of calsync/);
}

describe('put', () => {
  test.each<[string, string | Uint8Array, number, RegExp]>([
    [
      'malformed JSON',
      '{"key": "x",\n "summary": oops}',
      64,
      /standard input is not JSON: line 2, column 13: expected a value/,
    ],
    ['JSON that breaks off', '[{"key": "x"', 64, /line 1, column 13: the text ends/],
    ['an empty stdin', '', 64, /the standard input is empty/],
    ['a binary stdin', new Uint8Array([0x7b, 0xff, 0xfe, 0x00]), 64, /is not UTF-8 text/],
    ['an empty array', '[]', 64, /has no event in it/],
    ['a number', '42', 64, /must be an object/],
    [
      'wrong types',
      json({ summary: 7, attendees: 'ada@example.com' }),
      64,
      /summary must be a text[\s\S]*attendees must be a list/,
    ],
    ['an unknown field', json({ sumary: 'x' }), 64, /sumary is not a known field: did you mean summary\?/],
    ['an impossible date', json({ start: at('2026-02-30T10:00:00') }), 64, /start\.dateTime/],
    ['an impossible zone', json({ start: at('2026-11-30T10:00:00', 'Europe/Copenhaven') }), 64, /start\.timeZone/],
    ['a time without a zone', json({ start: { dateTime: '2026-11-30T10:00:00' } }), 64, /timeZone/],
    [
      'a local time that does not exist',
      json({ start: at('2026-03-29T02:30:00'), end: at('2026-03-29T04:00:00') }),
      64,
      /Europe\/Copenhagen/,
    ],
    ['an end before the start', json({ end: at('2026-11-30T09:00:00') }), 64, /end/],
    [
      'a huge description',
      json({ description: 'x'.repeat(1_000_000) }),
      64,
      /description is longer than 8192 characters/,
    ],
    [
      'an address that is none',
      json({ attendees: [{ email: 'nobody' }] }),
      64,
      /attendees\[0\]\.email is not a mail address/,
    ],
    ['a key of 2,000 characters', json({ key: 'k'.repeat(2_000) }), 64, /key is longer than 512 bytes/],
    [
      'an unknown calendar',
      json({ calendar: 'elsewhere' }),
      64,
      /calendar elsewhere is not under management.*calendars add/,
    ],
    ['a key twice in one write', `[${json({})},${json({})}]`, 64, /new stands twice/],
    ['a twin', json({ summary: 'Twin' }), 1, /allowTwin/],
    [
      'a key that lives on another calendar',
      json({ key: 'there', calendar: 'other' }),
      64,
      /other is not under management/,
    ],
  ])('%s', async (_, stdin, code, told) => {
    const before = await traces();
    expectRefusal(await calsync(['put'], environment(), stdin), code, told);
    expect(await traces()).toEqual(before);
  });

  test('one wrong event among many stops them all, and every problem is told with the event it is of', async () => {
    const before = await traces();
    const many = [good, { ...good, key: 'second', summary: 1 }, { ...good, key: 'third', end: undefined }];
    const ran = await calsync(['put'], environment(), JSON.stringify(many));
    expectRefusal(
      ran,
      64,
      /2 problems, and nothing was written:\n {2}event 2 \("second"\): summary .*\n {2}event 3 \("third"\): end /,
    );
    expect(await traces()).toEqual(before);
  });

  test('a thousand problems are told by the first and by their number', async () => {
    const ran = await calsync(['put'], environment(), JSON.stringify(Array.from({ length: 1_000 }, () => 7)));
    expect(ran.stderr.split('\n').length).toBeLessThan(60);
    expect(ran.stderr).toContain('… and 950 more');
  });

  test('what is wrong with many events in the same way is said once', async () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...good,
      key: `k${index}`,
      calendar: 'elsewhere',
      allowTwin: true,
    }));
    const ran = await calsync(['put'], environment(), JSON.stringify(many));
    expectRefusal(ran, 64, /elsewhere is not under management/);
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('what was in the input is not repeated at length', async () => {
    const ran = await calsync(
      ['put'],
      environment(),
      json({ location: 'secret '.repeat(500), [`x${'secret'.repeat(50)}`]: 1 }),
    );
    expect(ran.stderr.match(/secret/g)?.length ?? 0).toBeLessThan(10);
  });

  test.each([
    [['put', '--generation', 'two'], /--generation.*must be a whole number/],
    [['put', '--generation', '-1'], /--generation/],
    [['put', '--colour'], /unknown option '--colour'/],
    [['put', 'a', 'b'], /too many arguments/],
  ])('%j', async (args, told) => {
    expectRefusal(await calsync(args, environment(), json({})), 64, told);
  });

  test('a generation that is not the row’s is a conflict', async () => {
    const ran = await calsync(['put', '--generation', '7'], environment(), json({ key: 'there' }));
    expectRefusal(ran, 1, /changed since generation 7; it is at generation 1/);
  });

  test('with --json a refusal is a document too', async () => {
    const ran = await calsync(['put', '--json'], environment(), json({ calendar: 'elsewhere' }));
    expect(ran.code).toBe(64);
    expect(JSON.parse(ran.stdout)).toEqual({
      keys: [],
      problems: [{ key: 'new', field: 'calendar', kind: 'unknown_calendar', message: expect.any(String) }],
    });
  });
});

describe('files', () => {
  test.each<[string, () => readonly string[], RegExp]>([
    [
      'that are missing',
      () => ['put', join(directory, 'nowhere.json')],
      /nowhere\.json cannot be read: there is no such file/,
    ],
    ['that are directories', () => ['put', join(directory, 'a-directory')], /is a directory: name a file in it/],
    ['that are binary', () => ['put', file('b.json', new Uint8Array([0x89, 0x50, 0x4e, 0x47]))], /not UTF-8 text/],
    ['that are empty', () => ['put', file('e.json', '')], /e\.json is empty/],
    [
      'to apply that are missing',
      () => ['apply', join(directory, 'nowhere.csv'), '--calendar', 'classes'],
      /there is no such file/,
    ],
    [
      'to apply that are directories',
      () => ['apply', join(directory, 'a-directory'), '--calendar', 'classes'],
      /is a directory/,
    ],
    [
      'to apply of another kind',
      () => ['apply', file('x.xlsx', 'PK'), '--calendar', 'classes'],
      /neither \.json, \.yaml, \.csv nor \.ics/,
    ],
    [
      'to apply that break off',
      () => ['apply', file('x.ics', 'BEGIN:VCALENDAR'), '--calendar', 'classes'],
      /line 1: the component that begins here has no END/,
    ],
    [
      'to apply that are binary',
      () => ['apply', file('b.csv', new Uint8Array([0xff, 0xfe, 0x00])), '--calendar', 'classes'],
      /not UTF-8/,
    ],
    [
      'to apply without a key column',
      () => ['apply', file('k.csv', 'summary,start,end\nA,2026-11-30,2026-12-01\n'), '--calendar', 'classes'],
      /key/,
    ],
    ['to apply with malformed JSON', () => ['apply', file('m.json', '[{]'), '--calendar', 'classes'], /is not JSON/],
    [
      'to apply for an unknown calendar',
      () => ['apply', file('u.json', json({ calendar: undefined })), '--calendar', 'elsewhere'],
      /events|elsewhere/,
    ],
    ['to prune without a schedule', () => ['apply', file('p.json', `[${json({})}]`), '--prune'], /--schedule/],
    [
      'to prune while rows are skipped',
      () => ['apply', file('p.json', `[${json({})}]`), '--schedule', 'a', '--prune', '--skip-invalid'],
      /--prune would remove the events of the rows that --skip-invalid leaves out/,
    ],
  ])('%s', async (_, args, told) => {
    const before = await traces();
    expectRefusal(await calsync(args(), environment()), 64, told);
    expect(await traces()).toEqual(before);
  });

  test.skipIf(process.getuid?.() === 0)('that may not be read', async () => {
    const path = file('closed.json', json({}));
    chmodSync(path, 0o000);
    expectRefusal(await calsync(['put', path], environment()), 64, /this user may not read it/);
  });
});

describe('other commands', () => {
  test.each<[readonly string[], number, RegExp]>([
    [['cancel', 'nowhere'], 64, /there is no event nowhere/],
    [['cancel', 'there', 'nowhere'], 64, /there is no event nowhere/],
    [['cancel'], 64, /missing required argument 'key'/],
    [['attendees', 'add', 'there', 'nobody'], 64, /is not a mail address/],
    [['attendees', 'add', 'nowhere', 'ada@example.com'], 64, /there is no event nowhere/],
    [['diff', 'nowhere'], 64, /nothing is known of the key nowhere/],
    [['diff', '--calendar', 'elsewhere'], 64, /elsewhere is not under management/],
    [['diff', 'there', '--calendar', 'classes'], 64, /leave --calendar out/],
    [['reconcile', '--calendar', 'elsewhere'], 64, /elsewhere is not under management/],
    [['approve', '12'], 64, /there is no open hold 12/],
    [['reject', 'twelve'], 64, /must be a whole number/],
    [['retry', 'nowhere'], 64, /nothing is known of "nowhere"/],
    [['retry', 'there', '--parked'], 64, /not both/],
    [['report', '--since', 'yesterday'], 64, /write a span such as 24h/],
    [['report', '--since', '2999-01-01'], 64, /lies in the future/],
    [['calendars', 'set', 'elsewhere', '--policy', 'sync'], 64, /elsewhere is not under management/],
    [['calendars', 'set', 'classes'], 64, /nothing to set/],
    [['calendars', 'set', 'classes', '--policy', 'all'], 64, /one of sync, upsert-only, create-only, observe/],
    [['calendars', 'set', 'classes', '--drift', 'colour=adopt'], 64, /A field is one of summary/],
    [['calendars', 'set', 'classes', '--drift', 'location=maybe'], 64, /one of enforce, adopt, flag, ignore/],
    [['calendars', 'set', 'classes', '--fallback', 'primary'], 64, /comes in a later version/],
    [['calendars', 'add', 'x'], 64, /--account/],
    [['accounts', 'add', 'ada@example.com'], 64, /--refresh-token-file/],
    [['accounts', 'add', 'ada@example.com', '--service-account', 'f'], 64, /later version/],
    [['accounts', 'connect', 'ada'], 64, /is not a mail address/],
    [
      ['accounts', 'connect', 'ada@example.com'],
      64,
      /set GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or CALSYNC_SANDBOX=1/,
    ],
    [['emulator', '--port', '70000'], 64, /0 to 65535/],
    [['serve', '--role', 'worker'], 64, /later version/],
    [['recncile'], 64, /Did you mean reconcile\?/],
  ])('%j', async (args, code, told) => {
    const before = await traces();
    expectRefusal(await calsync(args, environment()), code, told);
    expect(await traces()).toEqual(before);
  });

  test('outside the sandbox, connecting names the way that there is', async () => {
    const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 's' };
    const ran = await calsync(['accounts', 'connect', 'ada@example.com'], { ...environment(), ...client });
    expectRefusal(ran, 64, /accounts add ada@example\.com --refresh-token-file/);
  });

  test('a file that holds no token is refused without repeating what it holds', async () => {
    const google = {
      GOOGLE_CLIENT_ID: 'id',
      GOOGLE_CLIENT_SECRET: 's',
      CALSYNC_SECRET_KEY: Buffer.alloc(32).toString('base64'),
    };
    const path = file('token', 'not a token\nbut two secret lines');
    const ran = await calsync(['accounts', 'add', 'ada@example.com', '--refresh-token-file', path], {
      ...environment(),
      ...google,
    });
    expectRefusal(ran, 64, /is not a refresh token/);
    expect(ran.stderr).not.toContain('secret lines');
  });

  test('with a DATABASE_URL and no key for refresh tokens, nothing that needs one is begun', async () => {
    const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 's' };
    const args = ['accounts', 'add', 'ada@example.com', '--refresh-token-file', file('token', '1//abc')];
    expectRefusal(await calsync(args, { ...environment(), ...client }), 64, /CALSYNC_SECRET_KEY is missing/);
  });

  test('wrong settings are told together, before anything else', async () => {
    const ran = await calsync(['status'], { ...environment(), LOG_LEVEL: 'loud', CALSYNC_SANDBOX: '2' });
    expectRefusal(ran, 64, /2 settings are wrong:\n {2}CALSYNC_SANDBOX.*\n {2}LOG_LEVEL/);
  });

  test('report --send with a mail server and nobody to write to', async () => {
    const mail = { SMTP_URL: 'smtp://127.0.0.1:1', CALSYNC_MAIL_FROM: 'calsync@example.com' };
    expectRefusal(
      await calsync(['report', '--send'], { ...environment(), ...mail }),
      64,
      /CALSYNC_REPORT_TO is missing/,
    );
  });
});

describe('databases', () => {
  const put = (url: string) => calsync(['put'], { ...environment(), DATABASE_URL: url }, json({}));

  test('that nobody serves', async () => {
    expectRefusal(await put('postgres://u:hunter2@127.0.0.1:1/d'), 1, /cannot be reached/);
  });

  test('on a host that nobody knows', async () => {
    expectRefusal(await put('postgres://u:hunter2@nowhere.invalid/d'), 64, /host of DATABASE_URL is not known/);
  });

  test('that do not exist', async () => {
    expectRefusal(await put(empty.url.replace(empty.name, 'nowhere')), 64, /no such database/);
  });

  test('that were never migrated', async () => {
    expectRefusal(await put(empty.url), 64, /run `calsync migrate`/);
  });

  test('whose schema is newer than the program end with 3, and migrate leaves them alone', async () => {
    const newer = await openMigratedDatabase();
    try {
      await newer.pool.query(`insert into calsync.migration (name, timestamp) values ('9999_later', 'x')`);
      for (const args of [['status'], ['migrate'], ['migrate', '--check']])
        expectRefusal(
          await calsync(args, { ...environment(), DATABASE_URL: newer.url }),
          3,
          /9999_later; install a newer calsync/,
        );
    } finally {
      await newer.close();
    }
  });

  test('that are read-only refuse a write and still answer a diff', async () => {
    const before = await traces();
    const readOnly = `${database.url}&options=${encodeURIComponent('-c default_transaction_read_only=on')}`;
    expectRefusal(await put(readOnly), 64, /the database is read-only/);
    expect((await calsync(['diff'], { ...environment(), DATABASE_URL: readOnly })).code).toBe(2);
    expect(await traces()).toEqual(before);
  });

  test('that belong to the calendars of another Google stop the start', async () => {
    const other = await openMigratedDatabase();
    try {
      await other.pool.query(
        `insert into calsync.setting (name, value) values ('google', '{"root": "sandbox", "clientId": null}')`,
      );
      const client = { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 's', DATABASE_URL: other.url };
      expectRefusal(
        await calsync(['status'], { ...environment(), ...client }),
        64,
        /belongs to the calendars of sandbox/,
      );
    } finally {
      await other.close();
    }
  });
});
