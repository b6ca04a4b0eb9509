import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../src/cli/run.ts';
import type { Environment } from '../../src/config.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';
import { calsync } from './a-world.ts';

let database: MigratedDatabase;
beforeEach(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
});
afterEach(() => database.close());

const apiToken = 'an-api-token-of-the-tests';
const environment = (more: Environment = {}): Environment => ({
  DATABASE_URL: database.url,
  CALSYNC_SANDBOX: '0',
  PORT: '0',
  ...more,
});

interface Served {
  readonly origin: string;
  stderr(): string;
  /** As SIGTERM does; answers the exit code. */
  stop(): Promise<number>;
}

async function served(more: Environment = {}): Promise<Served> {
  const told: string[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      told.push(String(chunk));
      done();
    },
  });
  const wish = new AbortController();
  const streams = {
    stdin: Readable.from([]),
    stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stderr,
  };
  const ended = run(['serve'], { ...streams, environment: environment(more), signal: wish.signal });
  const text = () => told.join('');
  await expect.poll(text, { timeout: 20_000 }).toContain('answers at');
  return {
    origin: /http:\S+:\d+/.exec(text())?.[0] ?? '',
    stderr: text,
    stop: () => {
      wish.abort();
      return ended;
    },
  };
}

test('a served API writes the table, says where it answers, and ends well when it is asked to', async () => {
  const { origin, stop, stderr } = await served({ CALSYNC_API_TOKEN: apiToken });
  const written = await fetch(`${origin}/v1/events/served`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      calendar: 'classes',
      summary: 'secret title',
      start: { date: '2027-01-01' },
      end: { date: '2027-01-02' },
    }),
  });
  expect(written.status).toBe(201);
  expect(await stop()).toBe(0);
  await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
  const { rows } = await database.pool.query(`select actor, door from calsync.history where key = 'served'`);
  expect(rows).toEqual([{ actor: 'admin', door: 'http' }]);
  expect(stderr()).toContain('"route":"/v1/events/{key}"');
  expect(stderr()).not.toMatch(/secret title|an-api-token|events\/served/);
});

test('without a token of its own it makes one, and shows it once', async () => {
  const { origin, stop, stderr } = await served();
  const [token = ''] = /\b[0-9a-f]{64}\b/.exec(stderr()) ?? [];
  const asked = await fetch(`${origin}/v1/calendars`, { headers: { authorization: `Bearer ${token}` } });
  expect(asked.status).toBe(200);
  await stop();
  expect(stderr().split(token)).toHaveLength(2);
});

describe('refused', () => {
  test('an address that other machines reach, without a token: nothing listens', async () => {
    for (const HOST of ['0.0.0.0', '::', 'example.com']) {
      const { code, stderr } = await calsync(['serve'], environment({ HOST }));
      expect([code, stderr]).toEqual([64, expect.stringContaining('set CALSYNC_API_TOKEN first')]);
    }
  });

  test('roles of a later version, and those that are none', async () => {
    for (const role of ['worker', 'web,timer']) {
      const { code, stderr } = await calsync(['serve', '--role', role], environment());
      expect([code, stderr]).toEqual([64, expect.stringContaining('later version')]);
    }
    expect((await calsync(['serve', '--role', 'queue'], environment())).code).toBe(64);
  });

  test('a port that is taken', async () => {
    const first = await served({ CALSYNC_API_TOKEN: apiToken });
    const { code, stderr } = await calsync(['serve'], environment({ PORT: new URL(first.origin).port }));
    expect([code, stderr]).toEqual([64, expect.stringContaining('something listens there already')]);
    await first.stop();
  });

  test.each([
    ['PORT', 'x'],
    ['PORT', '65536'],
    ['CALSYNC_API_TOKEN', 'short'],
    ['CALSYNC_API_TOKEN', 'with spaces in it it is none'],
    ['HOST', 'two hosts'],
  ])('%s=%s', async (name, value) => {
    const { code, stderr } = await calsync(['tokens', 'list'], environment({ [name]: value }));
    expect([code, stderr]).toEqual([64, expect.stringContaining(name)]);
    expect(stderr).not.toContain(`${value}\n`);
  });
});

describe('tokens', () => {
  test('one is shown when it is made and never again; revoked, its name is free', async () => {
    const made = await calsync(
      ['tokens', 'add', 'booking', '--scope', 'read', 'write', '--rate', '60', '--json'],
      environment(),
    );
    const { token, ...stated } = JSON.parse(made.stdout);
    expect(stated).toEqual({ name: 'booking', scopes: ['read', 'write'], ratePerMinute: 60 });
    expect(token).toMatch(/^calsync_\d+_[0-9a-f]{64}$/);
    for (const more of [[], ['--json']]) {
      const listed = await calsync(['tokens', 'list', ...more], environment());
      expect(listed.stdout).toContain('booking');
      expect(listed.stdout).not.toContain(token.split('_')[2]);
    }
    expect((await calsync(['tokens', 'add', 'booking', '--scope', 'read'], environment())).code).toBe(64);
    expect((await calsync(['tokens', 'revoke', 'booking'], environment())).code).toBe(0);
    expect((await calsync(['tokens', 'revoke', 'booking'], environment())).code).toBe(64);
    expect((await calsync(['tokens', 'add', 'booking', '--scope', 'admin'], environment())).stdout).toMatch(
      /^calsync_/,
    );
  });

  test.each([
    [['add', 'x']],
    [['add', 'x', '--scope', 'root']],
    [['add', 'x', '--scope', 'read', '--rate', '0']],
    [['add', 'with space', '--scope', 'read']],
    [['add', 'ø', '--scope', 'read']],
  ])('%j is usage', async (args) => {
    expect((await calsync(['tokens', ...args], environment())).code).toBe(64);
  });
});
