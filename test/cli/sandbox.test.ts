/** The command line from the first account to a diff that is in sync, on the embedded database and the emulator of a home of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestHome } from '../sandbox/homes.ts';
import { calsync, type Ran } from './a-world.ts';

const home = new TestHome();
const owner = 'owner@example.com';
const classes = 'classes@group.calendar.google.com';
const busy = 'busy@group.calendar.google.com';

/** Every command takes some units in advance; with Google's own limit so many in a row would wait for each other. */
const environment = { CALSYNC_HOME: home.path, CALSYNC_QUOTA_USER_PER_MINUTE: '100000' };
const run = (args: readonly string[], stdin = '') => calsync(args, environment, stdin);

/** The document that a command prints; it has to end well. */
async function documentOf(args: readonly string[], code = 0, stdin = ''): Promise<Record<string, unknown>> {
  const ran = await run([...args, '--json'], stdin);
  expect(ran).toMatchObject({ code });
  return JSON.parse(ran.stdout);
}

/** What people do in Google, through the emulator's control door. */
async function people(door: string, body: unknown): Promise<Record<string, unknown>> {
  const secret = readFileSync(join(home.path, 'sandbox', 'secret'), 'utf8').trim();
  const port = readFileSync(join(home.path, 'sandbox', 'port'), 'utf8').trim();
  const response = await fetch(`http://127.0.0.1:${port}/control/${door}`, {
    method: body === null ? 'GET' : 'POST',
    headers: { 'x-emulator-secret': secret },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Record<string, unknown>;
}

interface ShownEvent {
  readonly id: string;
  readonly status: string;
  readonly summary: string;
  readonly extendedProperties?: { readonly private: Readonly<Record<string, string>> };
}

async function eventOf(key: string): Promise<ShownEvent> {
  const { events } = (await people(`events?calendarId=${classes}`, null)) as unknown as {
    events: readonly ShownEvent[];
  }; // the emulator's own
  const found = events.filter(
    (event) => event.extendedProperties?.private['calsync.key'] === key && event.status !== 'cancelled',
  );
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} live events of ${key}`);
  return found[0];
}

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const event = (key: string, summary: string, offset = 7) => ({
  key,
  calendar: classes,
  summary,
  start: { dateTime: `${day(offset)}T10:00:00`, timeZone: 'Europe/Copenhagen' },
  end: { dateTime: `${day(offset)}T11:00:00`, timeZone: 'Europe/Copenhagen' },
});

let connected: Ran;
beforeAll(async () => {
  connected = await run(['accounts', 'connect', owner]);
});
afterAll(() => home.remove());

test('the first command makes database and schema, and says in one line on stderr that it is the sandbox', () => {
  expect(connected).toEqual({
    code: 0,
    stdout: `connected ${owner}\n`,
    stderr: `sandbox: nothing reaches Google; its calendars live in ${home.path}\n`,
  });
});

test('consenting twice is one account with a working token', async () => {
  expect(await documentOf(['accounts', 'connect', owner])).toMatchObject({ account: owner, state: 'active' });
  expect(await documentOf(['accounts', 'list'])).toEqual({
    accounts: [
      {
        account: owner,
        state: 'active',
        reason: null,
        since: expect.any(String),
        pausedUntil: null,
        scopes: ['https://www.googleapis.com/auth/calendar'],
        connectedAt: expect.any(String),
      },
    ],
  });
});

describe('calendars add', () => {
  test('a missing calendar is made, and one without events is synced', async () => {
    const added = await documentOf(['calendars', 'add', classes, '--account', owner]);
    expect(added).toMatchObject({
      calendar: classes,
      made: true,
      policy: 'sync',
      policyBecause: 'is_empty',
      drift: 'enforce',
    });
    expect((await run(['calendars', 'add', classes, '--account', owner])).stderr).toContain(
      'is under management already',
    );
  });

  test('a calendar that has events already is only observed, and a line says so', async () => {
    await people('calendars', { owner, id: busy });
    const date = { start: { date: day(3) }, end: { date: day(4) } };
    await people('people/add', { calendarId: busy, event: { summary: 'Someone’s own', ...date } });
    const ran = await run(['calendars', 'add', busy, '--account', owner]);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('with --policy observe');
    expect(ran.stdout).toContain('It has events already, so calsync only observes it and changes nothing there.');
    expect(ran.stdout).toContain(`calsync calendars set ${busy} --policy sync`);
  });

  test('primary is kept under its own id', async () => {
    expect(await documentOf(['calendars', 'add', 'primary', '--account', owner])).toMatchObject({
      calendar: owner,
      made: false,
    });
  });

  test('every option is kept as it was stated', async () => {
    const id = 'optioned@group.calendar.google.com';
    const options =
      '--policy upsert-only --drift flag --drift location=adopt --drift summary=ignore --on-delete accept --on-move follow';
    const added = await documentOf([
      ...['calendars', 'add', id, '--account', owner, ...options.split(' ')],
      ...['--orphans', 'delete', '--duplicates', 'delete', '--fallback', 'hold', '--namespace', 'live'],
    ]);
    expect(added).toMatchObject({
      policy: 'upsert-only',
      policyBecause: 'stated',
      drift: 'flag',
      driftFields: { location: 'adopt', summary: 'ignore' },
      onDelete: 'accept',
      onMove: 'follow',
      orphans: 'delete',
      duplicates: 'delete',
      fallback: 'hold',
      namespace: 'live',
    });
    const set = await documentOf(['calendars', 'set', id, '--drift', 'location=enforce', '--on-move', 'flag']);
    expect(set).toMatchObject({
      drift: 'flag',
      driftFields: { location: 'enforce', summary: 'ignore' },
      onMove: 'flag',
      onDelete: 'accept',
    });
  });

  test('an account that is not connected is named with what to do', async () => {
    const ran = await run(['calendars', 'add', 'x@group.calendar.google.com', '--account', 'eve@example.com']);
    expect(ran).toMatchObject({ code: 64, stdout: '' });
    expect(ran.stderr).toContain(
      'there is no account eve@example.com: connect it with `calsync accounts connect eve@example.com`',
    );
  });
});

describe('from the table to Google and back', () => {
  test('a calendar that was never observed is unknown: exit 2', async () => {
    expect(await documentOf(['diff', '--calendar', classes], 2)).toMatchObject({
      inSync: false,
      observedAt: null,
      calendars: [{ state: 'unknown' }],
    });
  });

  test('what is put is a pending create in the diff, goes out with reconcile, and is in sync then', async () => {
    const written = await documentOf(['put'], 0, JSON.stringify([event('a', 'Algebra'), event('b', 'Biology', 8)]));
    expect(written).toEqual({
      keys: [
        { key: 'a', kind: 'created', generation: 1, revision: 1 },
        { key: 'b', kind: 'created', generation: 1, revision: 1 },
      ],
    });
    const pending = await run(['diff', '--live', '--calendar', classes]);
    expect(pending.code).toBe(2);
    expect(pending.stdout).toContain('+ a “Algebra”  new in the table: will be created in Google');

    expect(await documentOf(['reconcile', '--once', '--calendar', classes])).toEqual({
      calendars: [
        {
          calendar: classes,
          state: 'in_sync',
          created: 2,
          patched: 0,
          moved: 0,
          deleted: 0,
          recreated: 0,
          adopted: 0,
          failed: 0,
          parked: 0,
          held: 0,
          apiCalls: expect.any(Number),
          listCalls: expect.any(Number),
          error: null,
        },
      ],
      inSync: true,
    });
    expect(await eventOf('a')).toMatchObject({ summary: 'Algebra' });
    expect((await run(['diff', '--calendar', classes])).code).toBe(0);
  });

  test('a person’s change is told with its three sides and what will be done, and put back by reconcile', async () => {
    const { id } = await eventOf('a');
    await people('people/edit', { calendarId: classes, eventId: id, fields: { summary: 'Algebra \u001b[2J moved!' } });
    const { calendars } = await documentOf(['diff', '--live', '--calendar', classes], 2);
    expect(calendars).toEqual([
      expect.objectContaining({
        state: 'out_of_sync',
        counts: { create: 0, patch: 1, move: 0, delete: 0, recreate: 0, adopt: 0, held: 0 },
        items: [
          {
            key: 'a',
            title: 'Algebra',
            calendar: classes,
            eventId: id,
            action: 'patch',
            kind: 'drift',
            fields: [
              {
                field: 'summary',
                kind: 'drift',
                desired: 'Algebra',
                applied: 'Algebra',
                observed: expect.stringContaining('moved!'),
              },
            ],
            reason: expect.any(String),
            withheld: null,
            flagged: false,
          },
        ],
      }),
    ]);
    const text = await run(['diff', '--live', '--calendar', classes]);
    expect(text.stdout).toContain(
      '~ a “Algebra”  changed in Google: will be put back in Google to what the table says',
    );
    expect(text.stdout).not.toContain('\u001b');

    expect(await documentOf(['reconcile', '--once', '--calendar', classes])).toMatchObject({
      inSync: true,
      calendars: [{ patched: 1 }],
    });
    expect(await eventOf('a')).toMatchObject({ summary: 'Algebra' });
  });

  test('a diff of one key shows its sides whole', async () => {
    const { sides } = await documentOf(['diff', 'a']);
    expect(sides).toMatchObject({
      desired: { key: 'a', summary: 'Algebra', cancelled: false, generation: 1 },
      applied: { calendar: classes, revision: 1, event: { summary: 'Algebra' } },
      observed: [{ calendar: classes, live: true, event: { summary: 'Algebra' } }],
    });
    const text = await run(['diff', 'a']);
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/the table says +last written +Google shows\n +title +Algebra +Algebra +Algebra\n/);
    expect(text.stdout).toContain('nothing differs');
  });

  test('attendees and a cancellation go the same way', async () => {
    expect(await documentOf(['attendees', 'add', 'a', 'ada@example.com', 'bob@example.com'])).toMatchObject({
      keys: [{ kind: 'changed' }],
    });
    expect(await documentOf(['attendees', 'remove', 'a', 'bob@example.com'])).toMatchObject({
      keys: [{ kind: 'changed' }],
    });
    expect(await documentOf(['cancel', 'b'])).toMatchObject({ keys: [{ key: 'b', kind: 'cancelled' }] });
    expect(await documentOf(['reconcile', '--once', '--calendar', classes])).toMatchObject({ inSync: true });
    expect(await eventOf('a')).toMatchObject({ attendees: [{ email: 'ada@example.com' }] });
    await expect(eventOf('b')).rejects.toThrow('0 live events');
  });

  test('a changed policy is acted on by the next reconcile although no row changed', async () => {
    await documentOf(['calendars', 'set', classes, '--drift', 'flag']);
    const { id } = await eventOf('a');
    await people('people/edit', { calendarId: classes, eventId: id, fields: { summary: 'Renamed' } });
    expect(await documentOf(['reconcile', '--once', '--calendar', classes], 2)).toMatchObject({
      calendars: [{ state: 'out_of_sync', patched: 0 }],
    });
    expect(await documentOf(['status'])).toMatchObject({ inSync: false });
    await documentOf(['calendars', 'set', classes, '--drift', 'enforce']);
    expect(await documentOf(['reconcile', '--once', '--calendar', classes])).toMatchObject({
      inSync: true,
      calendars: [{ patched: 1 }],
    });
    expect(await eventOf('a')).toMatchObject({ summary: 'Algebra' });
  });

  test('the report is printed, and sent into a file that is named', async () => {
    expect((await run(['report'])).stdout).toContain('calsync drift report');
    const { sentTo } = await documentOf(['report', '--send', '--since', '2h']);
    expect(readFileSync(String(sentTo), 'utf8')).toMatch(/^Subject: calsync: /m);
  });
});

describe('holds', () => {
  test('what the guard stopped is listed with both ways out, and approve lets exactly that go on', async () => {
    const many = Array.from({ length: 14 }, (_, index) => event(`term/${index}`, `Lecture ${index}`, 10 + index));
    await documentOf(['put'], 0, JSON.stringify(many.map((each) => ({ ...each, schedule: 'term' }))));
    await documentOf(['reconcile', '--once', '--calendar', classes]);
    const left = JSON.stringify([{ ...many[0], schedule: 'term' }]);
    const file = join(home.parent, 'term.json');
    writeFileSync(file, left);
    const dry = await documentOf(['apply', file, '--schedule', 'term', '--prune', '--dry-run']);
    expect(dry).toMatchObject({ applied: false, added: [], changed: [], unchanged: 1 });
    expect(await documentOf(['apply', file, '--schedule', 'term', '--prune'])).toMatchObject({
      applied: true,
      removed: dry.removed,
    });

    const stopped = await documentOf(['reconcile', '--once', '--calendar', classes], 2);
    expect(stopped).toMatchObject({ inSync: false, calendars: [{ state: 'held', deleted: 0, held: 13 }] });
    expect(await documentOf(['diff', '--calendar', classes], 2)).toMatchObject({
      calendars: [{ state: 'held', counts: { delete: 0, held: 13 } }],
    });
    const { holds } = (await documentOf(['holds'])) as {
      holds: readonly { hold: number; kind: string; items: readonly unknown[] }[];
    };
    expect(holds).toEqual([expect.objectContaining({ calendar: classes, kind: 'withdrawals' })]);
    expect(holds[0]?.items).toHaveLength(13);
    const number = String(holds[0]?.hold);
    const text = (await run(['holds'])).stdout;
    expect(text).toContain(`calsync approve ${number}  delete exactly these events`);
    expect(text).toContain('… and 3 more');

    expect(await documentOf(['approve', number])).toMatchObject({ decision: 'approved', events: 13 });
    expect(await documentOf(['reconcile', '--once', '--calendar', classes])).toMatchObject({
      inSync: true,
      calendars: [{ deleted: 13 }],
    });
    expect((await run(['approve', number])).code).toBe(64);
    expect((await run(['holds'])).stdout).toBe('Nothing waits for a decision.\n');
  });
});

describe('db', () => {
  test('status names what runs, stop stops it, and the next command finds everything again', async () => {
    expect(await documentOf(['db', 'status'])).toMatchObject({
      home: home.path,
      used: true,
      state: 'running',
      clients: 0,
    });
    expect(await documentOf(['db', 'stop'])).toEqual({ home: home.path, stopped: true });
    expect(await documentOf(['db', 'status'])).toMatchObject({ state: 'stopped' });
    expect((await run(['diff', '--calendar', classes])).code).toBe(0);
  });
});
