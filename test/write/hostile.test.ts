/** Input that is meant to do harm is refused by the name of its field, or is stored and shown as the text that it is: through every door. */
import { isUtf8 } from 'node:buffer';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseEventSpec } from '../../src/core/event-spec.ts';
import { calsync } from '../cli/a-world.ts';
import { type EntryDoor, entryDoors } from '../corpus/doors.ts';
import { hostileBodies, hostileEvents } from '../corpus/hostile.ts';
import { type AServer, aServer } from '../server/a-server.ts';
import { home, World } from '../support/world.ts';

const directory = mkdtempSync(join(tmpdir(), 'calsync-hostile-'));
let server: AServer;
let doors: readonly EntryDoor[];
beforeAll(async () => {
  server = await aServer();
  doors = entryDoors(server, directory);
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => server.pool.query('delete from calsync.desired_event'));

/** What `jsonb` says of a NUL and of half a character, before there is any field. */
const refusedByJsonb = /^SQLSTATE 22P0[25]$/;

async function rowCount(): Promise<number> {
  const { rows } = await server.pool.query('select count(*)::int as rows from calsync.desired_event');
  return rows[0].rows;
}

/** As it is stored: \r\n is a line break, and white space round an address or a line goes. */
function asStored(event: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(JSON.stringify(event).replaceAll('\\r\\n', '\\n'));
}

test('there are more than 200 of them', () => {
  expect(hostileEvents.length + hostileBodies.length).toBeGreaterThan(400);
});

describe('events', () => {
  /** The command line takes longest and reads as TypeScript does: a third of them go through it. */
  const places = hostileEvents.map((hostile, index) => ({ ...hostile, doorCount: index % 3 === 0 ? 5 : 4 }));
  test.each(places)('$name', async ({ event, doorCount }) => {
    const parsed = parseEventSpec(event);
    const named = parsed.ok ? [] : parsed.problems.map(({ path }) => path);
    for (const door of doors.slice(0, doorCount)) {
      const verdict = await door.tell(event);
      if (verdict === null) continue;
      const isKnown = parsed.ok && parsed.spec.calendar !== 'classes';
      if (isKnown) expect(verdict, door.name).toEqual(['calendar']);
      else if (parsed.ok) expect(verdict, door.name).toEqual([]);
      else expectNamed(door, verdict, named);
      expect(await rowCount(), door.name).toBe(parsed.ok && !isKnown ? 1 : 0);
      if (parsed.ok && !isKnown && ['put_event', 'HTTP'].includes(door.name)) await expectLiteral(event);
      if (parsed.ok) await server.pool.query('delete from calsync.desired_event');
    }
  });

  /** At least one field is named, and none that the strictest reader does not name. */
  function expectNamed(door: EntryDoor, verdict: readonly string[], named: readonly string[]): void {
    expect(verdict.length, door.name).toBeGreaterThan(0);
    if (refusedByJsonb.test(verdict[0] ?? '')) return;
    const columnOf = (field: string): string =>
      door.namesColumns ? (/^\w+/.exec(field)?.[0] ?? field) : field.replaceAll(/\p{C}/gu, '\ufffd');
    const known = named.map(columnOf);
    for (const field of verdict.map(columnOf)) expect(known, `${door.name} names ${field}`).toContain(field);
  }

  async function expectLiteral(event: Readonly<Record<string, unknown>>): Promise<void> {
    const { rows } = await server.pool.query('select key from calsync.desired_event');
    const got = await server.send('GET', `/v1/events/${encodeURIComponent(rows[0].key)}`);
    expect(got.status).toBe(200);
    expect(got.body).toMatchObject(asStored(event) as object);
  }
});

describe('bodies', () => {
  test.each(hostileBodies)('$name is refused, and nothing is written', async ({ bytes, isEventOfJsonb }) => {
    const http = await server.send('PUT', '/v1/events/hostile', bytes);
    expect(http.status).toBe(400);
    expect(http.body.errors.length).toBeGreaterThan(0);

    const environment = { DATABASE_URL: server.url, CALSYNC_HOME: directory };
    const put = await calsync(['put'], environment, bytes);
    expect({ code: put.code, stdout: put.stdout }).toEqual({ code: 64, stdout: '' });
    const path = join(directory, 'plan.json');
    writeFileSync(path, bytes);
    const applied = await calsync(['apply', path], environment);
    expect({ code: applied.code, stdout: applied.stdout }).toEqual({ code: 64, stdout: '' });
    for (const told of [put.stderr, applied.stderr]) {
      expect(told).not.toMatch(/\n\s+at .*[:(]\d+|fault of calsync/);
      expect(told.length).toBeLessThan(4_000);
      expectQuiet(told);
    }

    if (!isUtf8(bytes)) return; // no client can send it as a text
    const sql = server.pool.query('select calsync.put_event($1)', [Buffer.from(bytes).toString()]);
    if (isEventOfJsonb === true) expect((await sql).rowCount).toBe(1);
    else await expect(sql).rejects.toMatchObject({ severity: 'ERROR' });
    expect(await rowCount()).toBe(isEventOfJsonb === true ? 1 : 0);
  });
});

/** No control character but line breaks, nothing that turns the direction of what stands around it. */
function expectQuiet(shown: string): void {
  expect(shown.replaceAll(/\n/g, '')).not.toMatch(/\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
}

describe('what is stored, shown', () => {
  let world: World;
  let keys: readonly string[];
  beforeAll(async () => {
    world = await World.open();
    const accepted = hostileEvents
      .map(({ event }, index) => ({
        ...event,
        calendar: event.calendar === 'classes' ? home : event.calendar,
        key:
          event.summary === 'Algebra' && !String(event.key).startsWith('hostile/')
            ? event.key
            : `k${index}/${String(event.key)}`,
        allowTwin: true,
      }))
      .filter((event) => event.calendar === home && parseEventSpec(event).ok);
    keys = [...new Map(accepted.map((event) => [String(event.key), event])).keys()];
    await world.put([...new Map(accepted.map((event) => [String(event.key), event])).values()]);
    await world.turn();
  });
  afterAll(() => world.close());
  const environment = () => ({ DATABASE_URL: world.store.url, CALSYNC_HOME: directory, CALSYNC_SANDBOX: '0' });

  test('Google is given every text as it is, and gives it back: in sync, nothing refused', async () => {
    await world.reconcile();
    expect(keys.length).toBeGreaterThan(120);
    expect(world.live()).toHaveLength(keys.length);
    const diff = await calsync(['diff', '--json'], environment());
    expect(JSON.parse(diff.stdout)).toMatchObject({ inSync: true });
  });

  test('text views show no control characters, and JSON has every key and text as it is', async () => {
    await world.store.pool.query(`update calsync.desired_event set summary = coalesce(summary, '') || ' (changed)'`);
    const diff = await calsync(['diff', '--json'], environment());
    const { calendars } = JSON.parse(diff.stdout);
    const items = calendars.flatMap(({ items }: { readonly items: readonly { readonly key: string }[] }) => items);
    expect(items.map(({ key }: { readonly key: string }) => key).sort()).toEqual([...keys].sort());
    const views = [
      ['diff'],
      ['status'],
      ['holds'],
      ...keys.slice(0, 12).flatMap((key) => [
        ['diff', '--', key],
        ['history', '--', key],
      ]),
    ];
    for (const view of views) {
      const shown = await calsync(view, environment());
      expectQuiet(shown.stdout);
      expectQuiet(shown.stderr);
    }
    const [key = ''] = keys.filter((each) => each.includes('drop table'));
    const history = await calsync(['history', '--json', '--', key], environment());
    expect(JSON.stringify(JSON.parse(history.stdout))).toContain('drop table calsync.desired_event');
    const { rows } = await world.store.pool.query('select count(*)::int as rows from calsync.desired_event');
    expect(rows).toEqual([{ rows: keys.length }]);
  });

  test('refusals about hostile keys are quiet too', async () => {
    for (const key of keys.slice(0, 12)) {
      const again = await calsync(
        ['put', '--generation', '77'],
        environment(),
        JSON.stringify({ key, calendar: home, start: { date: '2027-01-01' }, end: { date: '2027-01-02' } }),
      );
      expect(again.code).not.toBe(0);
      expectQuiet(again.stderr);
    }
  });

  test('a report with these texts in it has no markup but its own', async () => {
    for (const event of world.live().slice(0, 150))
      world.emulator.people.edit(home, event.id, { location: `${event.summary} <script>x</script>` });
    await world.store.pool.query(`update calsync.desired_event set location = 'Room 5'`);
    await world.reconcile();
    const sent = await calsync(['report', '--send'], { ...environment(), CALSYNC_REPORT_TO: 'owner@example.com' });
    expect(sent.code).toBe(0);
    const [name = ''] = readdirSync(join(directory, 'mail')).filter((each) => each.endsWith('.eml'));
    const mail = await simpleParser(readFileSync(join(directory, 'mail', name)));
    const html = String(mail.html);
    expect(html.length).toBeGreaterThan(1_000);
    expect(html).not.toMatch(/<script|<img|onerror=alert\(1\)>|<b>x|<\/table><img/i);
    expectQuiet(String(mail.text));
    const shown = await calsync(['report'], environment());
    expectQuiet(shown.stdout);
  });
});
