/**
 * The write path at 500 writes a second: each door by itself, for some seconds in turns, so that what else the machine does falls on all.
 * Writes begin when their time has come, whatever became of those before, and their time counts from there: a door that falls behind shows it.
 * Beside each door stands the time of the database by itself: the very statements of that door's writes, sent by a bare `pg` client; and of
 * the machine by itself: one row of a table without rules or indexes and its commit, a question that reads nothing, and how long at most the
 * disk took to keep 8 KiB of a file of ours while each round went on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pool, PoolClient } from 'pg';
import { createApp } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { parseEventSpec } from '../src/core/event-spec.ts';
import { attachSandbox } from '../src/sandbox/attach.ts';
import { removeHome } from '../src/sandbox/remove.ts';
import { openDatabase, openPool } from '../src/store/database.ts';
import { addAttendees } from '../src/write/attendees.ts';
import { patchEvent } from '../src/write/patch-event.ts';
import { putEvents } from '../src/write/put.ts';
import { requireWritten } from '../src/write/result.ts';

const writesPerSecond = Number(process.env.BENCH_WRITES_PER_SECOND ?? 500);
/** `off`: no commit waits for the disk, so what is left is the processor's time. A write that was acknowledged may be lost then. */
const synchronousCommit = process.env.BENCH_SYNCHRONOUS_COMMIT === 'off' ? 'off' : 'on';
const secondsPerRound = 4;
const rounds = 5;
const warmUpSeconds = 6;
/** Segments of the log, 16 MiB each, that are there before anything is measured. */
const segments = 30;
const connections = 10;
const calendar = 'bench@group.calendar.google.com';
const token = 'the-token-of-the-write-bench';

/** What a write does; every event goes through all four, so each is a quarter of the load. */
const deeds = ['create', 'replace', 'patch', 'enrol'] as const;
type Deed = (typeof deeds)[number];

interface Write {
  readonly deed: Deed;
  readonly key: string;
  readonly index: number;
}

type Door = (write: Write) => Promise<void>;

const directory = mkdtempSync(join(tmpdir(), 'calsync-bench-write-'));
const home = join(directory, 'home');
const environment = { ...process.env, CALSYNC_SANDBOX: '1', CALSYNC_HOME: home, LOG_LEVEL: 'warn' };
const app = createApp(readConfig(environment));
const writer = { actor: 'bench', door: 'typescript', source: 'caller' } as const;

async function main(): Promise<void> {
  await app.database();
  const attachment = await attachSandbox({ home, needs: { emulator: false }, clock: app.clock });
  const pool = openPool({ connection: attachment.postgres, maxConnections: connections });
  await manageCalendar(pool);
  await setCommits(attachment.postgres);
  const { origin, server } = await startServer();
  const disk = await watchDisk();
  try {
    const heard = new Map<Deed, readonly Statement[]>();
    const typescript = typescriptDoor(pool);
    const doors: Readonly<Record<string, Door>> = {
      HTTP: httpDoor(origin),
      TypeScript: typescript,
      SQL: sqlDoor(pool),
      'TypeScript’s statements by bare pg': bareDoor(pool, heard),
      'a row without rules, and its commit': async ({ key }) => {
        await pool.query('insert into public.bench_floor (key) values ($1)', [key]);
      },
      'a question that reads nothing': async () => {
        await pool.query('select 1');
      },
    };
    await pool.query('create table public.bench_floor (key text)');
    await fillLog(pool);
    await hearStatements(pool, heard);
    for (const [deed, statements] of heard) console.log(`   ${deed}: ${statements.length} statements`);
    for (const door of Object.values(doors)) await load(door, `warm-${nextRun()}`, warmUpSeconds);
    const measured = new Map(Object.keys(doors).map((name) => [name, [] as Round[]]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, door] of Object.entries(doors)) {
        disk.longestMs(); // what was before does not count
        const taken = await load(door, `run-${nextRun()}`, secondsPerRound);
        measured.get(name)?.push({ taken, diskMs: disk.longestMs() });
      }
    }
    report(measured);
  } finally {
    await disk.stop();
    if (server.exitCode === null && server.kill('SIGTERM')) await once(server, 'exit');
    await pool.end();
    await attachment.detach();
  }
}

let run = 0;
function nextRun(): number {
  run += 1;
  return run;
}

async function manageCalendar(pool: Pool): Promise<void> {
  await pool.query("insert into calsync.account (id, refresh_token) values ('bench@example.com', 'none')");
  await pool.query(`insert into calsync.calendar (id, account, policy) values ($1, 'bench@example.com', 'sync')`, [
    calendar,
  ]);
}

/** For every connection that is opened from now on, the server's among them; those that are open are closed. */
async function setCommits(connection: Parameters<typeof openPool>[0]['connection']): Promise<void> {
  const once = openPool({ connection, maxConnections: 1 });
  await once.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = ${synchronousCommit}', current_database()); end $$`,
  );
  await once.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await once.end();
}

/**
 * A database that has run for a while writes its log into segments that it has used before. A new one makes each when it is needed, and all
 * commits wait until 16 MiB of it are on the disk: that is measured nowhere but here.
 */
async function fillLog(pool: Pool): Promise<void> {
  await pool.query("alter system set min_wal_size = '640MB'");
  await pool.query('select pg_reload_conf()');
  for (let segment = 0; segment < segments; segment += 1) {
    await pool.query("insert into public.bench_floor (key) values ('log')");
    await pool.query('select pg_switch_wal()');
  }
  await pool.query('checkpoint');
}

/** The server as it is used: a process of its own. */
async function startServer(): Promise<{ readonly origin: string; readonly server: ChildProcess }> {
  const port = await freePort();
  const server = spawn(process.execPath, [fileURLToPath(new URL('../bin/calsync.js', import.meta.url)), 'serve'], {
    env: { ...environment, HOST: '127.0.0.1', PORT: String(port), CALSYNC_API_TOKEN: token, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  for await (const chunk of server.stderr ?? []) {
    said += String(chunk);
    if (said.includes('calsync answers at')) return { origin: `http://127.0.0.1:${port}`, server };
  }
  throw new Error(`the server did not start: ${said}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

interface Taken {
  readonly deed: Deed;
  readonly ms: number;
}

interface Round {
  readonly taken: readonly Taken[];
  /** The longest that the disk took for itself meanwhile. */
  readonly diskMs: number;
}

/** Keeps writing pages of a file that is there, as the database's log is, and waits for the disk each time. */
async function watchDisk(): Promise<{ longestMs(): number; stop(): Promise<void> }> {
  const file: FileHandle = await open(join(directory, 'disk'), 'w');
  const page = Buffer.alloc(8_192);
  const pages = 512;
  await file.writeFile(Buffer.alloc(pages * page.length));
  await file.sync();
  let longest = 0;
  let going = true;
  const watching = (async () => {
    for (let index = 0; going; index += 1) {
      const startedAt = performance.now();
      await file.write(page, 0, page.length, (index % pages) * page.length);
      await file.datasync();
      longest = Math.max(longest, performance.now() - startedAt);
      await app.clock.sleep(20);
    }
    await file.close();
  })();
  return {
    longestMs() {
      const ms = longest;
      longest = 0;
      return ms;
    },
    async stop() {
      going = false;
      await watching;
    },
  };
}

/** What went wrong, each once. */
const failures = new Set<string>();

/**
 * Writes at the stated rate for so many seconds, the four deeds in turn, each event's half a second apart; answers how long each took from
 * the time when it was due: for ever, if it failed. What comes before all four are under way is not counted. Of a write that is over
 * nothing is kept but its number: what the collector of garbage would have to carry along would be counted as the door's.
 */
async function load(door: Door, name: string, seconds: number): Promise<readonly Taken[]> {
  const apart = Math.max(1, Math.round(writesPerSecond / (2 * deeds.length))); // events begun in half a second
  const runIn = apart * (deeds.length - 1) * deeds.length;
  const total = runIn + writesPerSecond * seconds;
  const periodMs = 1_000 / writesPerSecond;
  const startedAt = performance.now();
  const took = new Float64Array(total - runIn);
  const underWay = new Map<string, Promise<void>>(); // an event's write waits for the one before it where that took longer
  for (let index = 0; index < total; index += 1) {
    const dueAt = startedAt + index * periodMs;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await app.clock.sleep(Math.max(1, Math.floor(waitMs)));
    const event = Math.floor(index / deeds.length) - (index % deeds.length) * apart;
    if (event < 0) continue;
    const key = `${name}/${event}`;
    const write = { deed: deedOf(index), key, index: event };
    const done = (underWay.get(key) ?? Promise.resolve())
      .then(() => door(write))
      .then(
        () => Math.max(0, performance.now() - dueAt), // a timer may come a little early
        (thrown: unknown) => {
          failures.add(thrown instanceof Error ? thrown.message.slice(0, 120) : String(thrown));
          return Number.POSITIVE_INFINITY;
        },
      )
      .then((ms) => {
        if (index >= runIn) took[index - runIn] = ms;
        if (underWay.get(key) === done) underWay.delete(key);
      });
    underWay.set(key, done);
  }
  await Promise.all(underWay.values());
  return [...took].map((ms, index) => ({ deed: deedOf(index + runIn), ms }));
}

function deedOf(index: number): Deed {
  return deeds[index % deeds.length] ?? 'create';
}

function times(index: number): { readonly start: string; readonly end: string } {
  const startMs = Date.UTC(2030, 0, 1) + index * 60_000;
  const local = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  return { start: local(startMs), end: local(startMs + 3_600_000) };
}

function eventOf({ deed, key, index }: Write): object {
  const { start, end } = times(index);
  return {
    calendar,
    summary: `Class ${key}`,
    location: deed === 'create' ? 'Room 1' : 'Room 2',
    start: { dateTime: start, timeZone: 'Europe/Copenhagen' },
    end: { dateTime: end, timeZone: 'Europe/Copenhagen' },
    labels: { course: 'bench' },
    ...(deed === 'create' && { attendees: [{ email: `first-${index}@example.com` }] }),
  };
}

const patch = { location: 'Room 3' };
const guestOf = ({ index }: Write) => `second-${index}@example.com`;

function httpDoor(origin: string): Door {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const send = (method: string, path: string, body: object) =>
    new Promise<void>((resolve, reject) => {
      const text = JSON.stringify(body);
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = request(`${origin}/v1/events/${path}`, {
        agent,
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': Buffer.byteLength(text) },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        response.resume();
        response.on('end', () =>
          (response.statusCode ?? 500) < 300
            ? resolve()
            : reject(new Error(`${method} ${path}: ${response.statusCode}`)),
        );
      });
      sent.end(text);
    });
  return (write) => {
    const path = encodeURIComponent(write.key);
    switch (write.deed) {
      case 'create':
      case 'replace':
        return send('PUT', path, eventOf(write));
      case 'patch':
        return send('PATCH', path, patch);
      case 'enrol':
        return send('PUT', `${path}/attendees/${encodeURIComponent(guestOf(write))}`, {});
    }
  };
}

function typescriptDoor(pool: Pool): Door {
  const db = openDatabase(pool);
  return async (write) => {
    switch (write.deed) {
      case 'create':
      case 'replace': {
        const parsed = parseEventSpec({ key: write.key, ...eventOf(write) });
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
        requireWritten(await putEvents(db, [parsed.spec], writer));
        return;
      }
      case 'patch': {
        const result = await patchEvent(db, write.key, patch, writer);
        if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problems));
        requireWritten(result);
        return;
      }
      case 'enrol':
        requireWritten(await addAttendees(db, write.key, [{ email: guestOf(write) }], writer));
    }
  };
}

/** What a program in another language sends: a transaction of plain statements. */
function sqlDoor(pool: Pool): Door {
  return async (write) => {
    const { key, index } = write;
    const { start, end } = times(index);
    switch (write.deed) {
      case 'create':
        await pool.query(
          `with event as (
             insert into calsync.desired_event (key, calendar, summary, location, start_local, start_zone, end_local, end_zone, labels)
               values ($1, $2, $3, 'Room 1', $4, 'Europe/Copenhagen', $5, 'Europe/Copenhagen', '{"course":"bench"}') returning key)
           select key from event`,
          [key, calendar, `Class ${key}`, start, end],
        );
        return;
      case 'replace':
        await pool.query(`update calsync.desired_event set location = 'Room 2' where key = $1`, [key]);
        return;
      case 'patch':
        await pool.query(`update calsync.desired_event set location = 'Room 3' where key = $1`, [key]);
        return;
      case 'enrol':
        await pool.query('insert into calsync.desired_attendee (key, address) values ($1, $2)', [key, guestOf(write)]);
    }
  };
}

interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The key and number that stand in the statements that were heard, where those of a write then go. */
const example = { key: 'the-example-key', index: 987_654 };

/** Listens to one write of each kind. */
async function hearStatements(pool: Pool, heard: Map<Deed, readonly Statement[]>): Promise<void> {
  const statements: Statement[] = [];
  const client = await pool.connect();
  const query = client.query.bind(client) as (...args: readonly unknown[]) => unknown;
  const listening = Object.assign(Object.create(client) as PoolClient, {
    query(text: string, values: readonly unknown[] = []) {
      statements.push({ text, values });
      return query(text, values);
    },
    release: () => undefined,
  });
  const one = { connect: async () => listening, end: async () => undefined } as unknown as Pool; // all that Kysely asks of a pool
  const door = typescriptDoor(one);
  for (const deed of deeds) {
    statements.length = 0;
    await door({ deed, ...example });
    heard.set(deed, [...statements]);
  }
  client.release();
}

function bareDoor(pool: Pool, heard: ReadonlyMap<Deed, readonly Statement[]>): Door {
  return async (write) => {
    const client = await pool.connect();
    try {
      for (const { text, values } of heard.get(write.deed) ?? []) {
        await client.query(
          text,
          values.map((value) => asOf(write, value)),
        );
      }
    } finally {
      client.release();
    }
  };
}

/** A value of the example, as it is in another write. */
function asOf(write: Write, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => asOf(write, each));
  if (typeof value !== 'string') return value;
  const [from, to] = [times(example.index), times(write.index)];
  return value
    .replaceAll(example.key, write.key)
    .replaceAll(String(example.index), String(write.index))
    .replaceAll(from.start, to.start)
    .replaceAll(from.end, to.end);
}

function report(measured: ReadonlyMap<string, readonly Round[]>): void {
  const taken = new Map([...measured].map(([name, each]) => [name, each.flatMap((round) => round.taken)]));
  const bare = taken.get('TypeScript’s statements by bare pg') ?? [];
  console.log(
    `\n   at ${writesPerSecond} writes a second${synchronousCommit === 'off' ? ', no commit waits for the disk' : ''}; milliseconds from when a write was due\n`,
  );
  console.log(
    `   ${'door'.padEnd(36)}${['p50', 'p95', 'p99', 'most', 'p99 to the database’s own', 'n'].map((name) => name.padStart(8)).join(' ')}`,
  );
  for (const [name, all] of taken) {
    const ms = all.map((each) => each.ms);
    const share = `${(
      quantile(ms, 0.99) /
        quantile(
          bare.map((each) => each.ms),
          0.99,
        )
    ).toFixed(2)} ×`;
    const numbers = [0.5, 0.95, 0.99, 1].map((part) => quantile(ms, part).toFixed(1).padStart(8));
    console.log(`   ${name.padEnd(36)}${numbers.join(' ')} ${share.padStart(25)} ${String(ms.length).padStart(8)}`);
  }
  for (const [name, each] of measured) {
    const p99s = each.map(({ taken, diskMs }) => {
      const p99 = quantile(
        taken.map(({ ms }) => ms),
        0.99,
      );
      return `${p99.toFixed(1)} (${diskMs.toFixed(0)})`;
    });
    console.log(`   p99 of each round (the disk at most): ${name} ${p99s.join(', ')}`);
  }
  for (const failure of [...failures].slice(0, 5)) console.log(`   failed: ${failure}`);
  for (const deed of deeds) {
    const parts = [...taken].map(([name, all]) => {
      const ms = all.filter((each) => each.deed === deed).map((each) => each.ms);
      return `${name} ${quantile(ms, 0.5).toFixed(1)}/${quantile(ms, 0.99).toFixed(1)}`;
    });
    console.log(`   ${deed}, p50/p99: ${parts.join(' · ')}`);
  }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

try {
  await main();
} finally {
  await app.close();
  await removeHome(home, app.clock);
  rmSync(directory, { recursive: true, force: true });
}
