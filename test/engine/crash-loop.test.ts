import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { markOf } from '../../src/core/identity.ts';
import type { Listening } from '../../src/emulator/index.ts';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, openHoldIds, rowsOf, unsettledCount } from './tables.ts';

const crashes = Number(process.env.CALSYNC_CRASHES ?? '50');
const seed = Number(process.env.CALSYNC_SEED ?? '20261122');
const rowCount = 300;
const command = fileURLToPath(new URL('../../bin/calsync.js', import.meta.url));

let world: World;
let listening: Listening;
beforeEach(async () => {
  world = await World.open();
  listening = await world.emulator.listen();
  const google = JSON.stringify({ root: listening.origin, clientId: 'test' });
  await rowsOf(world.store.db, `update calsync.setting set value = '${google}'::jsonb where name = 'google'`);
});
afterEach(async () => {
  await listening.close();
  await world.close();
});

function reconcileProcess(): ChildProcess {
  return spawn(process.execPath, [command, 'reconcile', '--once', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: world.store.url,
      CALSYNC_GOOGLE_ROOT_URL: listening.origin,
      CALSYNC_GOOGLE_TOKEN_URL: `${listening.origin}/token`,
      GOOGLE_CLIENT_ID: 'test',
      GOOGLE_CLIENT_SECRET: 'test',
      CALSYNC_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
      CALSYNC_QUOTA_USER_PER_MINUTE: '1000000',
      CALSYNC_QUOTA_PROJECT_PER_MINUTE: '1000000',
      CALSYNC_QUOTA_PER_DAY: '100000000',
      LOG_LEVEL: 'error',
    },
  });
}

/** mulberry32: the same numbers for the same seed. */
function chance(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills the run `delayMs` after its first request to Google; false when it had ended by then. */
async function killedAfter(delayMs: number): Promise<boolean> {
  const since = world.mark();
  const child = reconcileProcess();
  const ended = once(child, 'exit').then(() => true);
  while (child.exitCode === null && world.mark() === since) await wait(5);
  await Promise.race([wait(delayMs), ended]);
  const alive = child.exitCode === null;
  child.kill('SIGKILL');
  await ended;
  return alive;
}

/** The table, as this test knows it: summary by key. */
type Table = Map<string, string>;

async function change(table: Table, fraction: () => number, round: number): Promise<void> {
  const keys = [...table.keys()];
  const any = () => keys[Math.floor(fraction() * keys.length)] ?? '';
  const changed = new Map(Array.from({ length: 20 }, () => [any(), `Changed in ${round} to ${fraction()}`]));
  for (let index = 0; index < 3; index += 1) changed.set(`new-${round}-${index}`, `New ${round}.${index}`);
  for (const [key, summary] of changed) table.set(key, summary);
  await world.put([...changed].map(([key, summary]) => anEvent({ key, summary })));
  if (round % 4 === 0) {
    const key = any();
    table.delete(key);
    await world.store.db.deleteFrom('desired_event').where('key', '=', key).execute();
  }
  const ours = world.live().filter((event) => markOf(event) !== null);
  const event = ours[Math.floor(fraction() * ours.length)];
  if (event === undefined) return;
  if (round % 5 === 0) world.emulator.people.remove(home, event.id);
  else world.emulator.people.edit(home, event.id, { location: `The pub ${round}`, summary: `Party ${round}` });
}

const foreignIds = Array.from({ length: 5 }, (_, index) => `foreign${index}`);

test(`[S07A] [S08C] [S12C] killed ${crashes} times at random moments, then run to the end: one event a key (seed ${seed})`, {
  timeout: 60_000 + crashes * 5_000,
}, async () => {
  const fraction = chance(seed);
  for (const id of foreignIds) {
    world.emulator.people.add(home, { id, summary: id, start: { date: '2027-05-01' }, end: { date: '2027-05-02' } });
  }
  const table: Table = new Map(Array.from({ length: rowCount }, (_, index) => [`class-${index}`, `Class ${index}`]));
  await world.put([...table].map(([key, summary]) => anEvent({ key, summary })));

  let killed = 0;
  for (let round = 1; round <= crashes; round += 1) {
    if (await killedAfter(Math.floor(fraction() * (round <= 10 ? 400 : 150)))) killed += 1;
    // The lease of the dead ends.
    await world.advance(3 * 60_000);
    await change(table, fraction, round);
  }
  expect(killed).toBeGreaterThan(crashes / 2);

  await world.advance(90 * 60_000);
  const last = reconcileProcess();
  let output = '';
  last.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(last, 'exit')) as [number | null];
  expect({ code, output }).toMatchObject({ code: 0 });

  const found = world.live().map((event): [string, string] => [markOf(event)?.key ?? event.id, event.summary ?? '']);
  const wanted = [...table, ...foreignIds.map((id): [string, string] => [id, id])];
  expect(found.sort()).toEqual(wanted.sort());
  const touched = world.emulator
    .log()
    .filter(({ actor }) => actor !== 'person')
    .flatMap(({ changes }) => changes.map(({ eventId }) => eventId));
  expect(touched.filter((id) => foreignIds.includes(id))).toEqual([]);
  expect(await unsettledCount(world.store.db)).toBe(0);
  expect(await dirtyKeys(world.store.db)).toEqual([]);
  expect(await openHoldIds(world.store.db)).toEqual([]);
  expect(await openFindings(world.store.db)).toEqual([]);
});
