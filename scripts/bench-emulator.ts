/**
 * What the emulator costs on one calendar of 100,000 events and on 1,000 calendars, with the ratios that matter: an
 * increment must cost what it returns, not what the calendar holds. Run: `npx node --expose-gc scripts/bench-emulator.ts`
 */
import { performance } from 'node:perf_hooks';
import { createEmulator, type Emulator } from '../src/emulator/index.ts';

const owner = 'bench@example.com';
const changes = 10;
const warmUps = 100;
const rounds = 200;
const unlimited = {
  unitsPerMinutePerUser: Number.POSITIVE_INFINITY,
  unitsPerMinutePerProject: Number.POSITIVE_INFINITY,
};

interface Bench {
  readonly emulator: Emulator;
  get(path: string): Promise<Page>;
}

interface Page {
  readonly items: readonly unknown[];
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}

async function bench(): Promise<Bench> {
  const emulator = createEmulator({ limits: unlimited });
  const { refreshToken } = emulator.administration.createAccount({ email: owner, timeZone: 'Europe/Berlin' });
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const answer = await emulator.fetch('http://emulator.test/token', { method: 'POST', body: form });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const get = async (path: string): Promise<Page> => {
    const response = await emulator.fetch(`http://emulator.test/calendar/v3/${path}`, { headers });
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Page;
  };
  return { emulator, get };
}

function fill({ emulator }: Bench, calendarId: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const day = String(1 + (index % 28)).padStart(2, '0');
    emulator.people.add(calendarId, {
      id: `event${index}`,
      summary: `Lesson ${index}`,
      location: 'Room 5',
      start: { dateTime: `2026-10-${day}T10:00:00`, timeZone: 'Europe/Berlin' },
      end: { dateTime: `2026-10-${day}T11:00:00`, timeZone: 'Europe/Berlin' },
      extendedProperties: { private: { key: `class-${index}`, revision: '1' } },
    });
  }
}

async function walk({ get }: Bench, path: string): Promise<{ count: number; syncToken: string }> {
  let count = 0;
  let pageToken = '';
  for (;;) {
    const page = await get(`${path}?maxResults=2500${pageToken}`);
    count += page.items.length;
    if (page.nextPageToken === undefined) return { count, syncToken: page.nextSyncToken ?? '' };
    pageToken = `&pageToken=${page.nextPageToken}`;
  }
}

async function timed<Result>(work: () => Promise<Result> | Result): Promise<[Result, number]> {
  const began = performance.now();
  const result = await work();
  return [result, performance.now() - began];
}

interface Prepared {
  readonly bench: Bench;
  readonly path: string;
  readonly times: number[];
}

/** A calendar of `count` events of which ten changed after its token was given. */
async function prepared(count: number): Promise<Prepared> {
  const made = await bench();
  fill(made, owner, count);
  const { syncToken } = await walk(made, 'calendars/primary/events');
  for (let index = 0; index < changes; index += 1) {
    made.emulator.people.edit(owner, `event${index * Math.floor(count / changes)}`, { summary: 'Edited' });
  }
  return { bench: made, path: `calendars/primary/events?maxResults=2500&syncToken=${syncToken}`, times: [] };
}

/** Median milliseconds of one increment on each, taken in turns so that both meet the same machine. */
async function incrementsMs(sizes: readonly number[]): Promise<number[]> {
  const all = await Promise.all(sizes.map(prepared));
  for (let round = 0; round < warmUps + rounds; round += 1) {
    for (const { bench: made, path, times } of all) {
      const [page, ms] = await timed(() => made.get(path));
      if (page.items.length !== changes) throw new Error(`an increment of ${page.items.length} instead of ${changes}`);
      if (round >= warmUps) times.push(ms);
    }
  }
  return all.map(({ times }) => times.sort((left, right) => left - right)[rounds / 2] ?? Number.NaN);
}

function heapMb(): number {
  global.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function say(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(58)}${value.padStart(14)}\n`);
}

const before = heapMb();
const one = await bench();
const [, fillMs] = await timed(() => fill(one, owner, 100_000));
say('100,000 events put in', `${(fillMs / 1000).toFixed(1)} s`);
const [{ count }, fullMs] = await timed(() => walk(one, 'calendars/primary/events'));
say(`full listing of ${count.toLocaleString('en')} events`, `${(fullMs / 1000).toFixed(1)} s`);
say('memory for them, log of 100,000 entries included', `${(heapMb() - before).toFixed(0)} MB`);
const [, pageMs] = await timed(() => one.emulator.fetch(`http://emulator.test/?view=events&calendar=${owner}`));
say('page of events of that calendar', `${pageMs.toFixed(0)} ms`);
one.emulator.close();

const [smallMs = Number.NaN, largeMs = Number.NaN] = await incrementsMs([1000, 100_000]);
say('increment of 10 changes on 1,000 events', `${smallMs.toFixed(2)} ms`);
say('increment of 10 changes on 100,000 events', `${largeMs.toFixed(2)} ms`);
say('ratio (1 is the aim)', (largeMs / smallMs).toFixed(2));

const many = await bench();
const [, calendarsMs] = await timed(() => {
  for (let index = 0; index < 1000; index += 1) {
    const id = `room${index}@group.calendar.google.com`;
    many.emulator.administration.createCalendar({ owner, id, summary: `Room ${index}` });
    fill(many, id, 20);
  }
});
say('1,000 calendars of 20 events put in', `${(calendarsMs / 1000).toFixed(1)} s`);
const [listed, listMs] = await timed(() => walk(many, 'users/me/calendarList'));
say(`calendar list of ${listed.count.toLocaleString('en')} entries`, `${listMs.toFixed(0)} ms`);
const [, allMs] = await timed(async () => {
  for (let index = 0; index < 1000; index += 1)
    await many.get(`calendars/room${index}@group.calendar.google.com/events`);
});
say('a listing of each', `${(allMs / 1000).toFixed(2)} s`);
const [, overviewMs] = await timed(() => many.emulator.fetch('http://emulator.test/'));
say('page of calendars', `${overviewMs.toFixed(0)} ms`);
