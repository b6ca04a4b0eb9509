/**
 * Prints ratios taken in one run; the times beside them belong to this machine and this minute. Every pair is measured in turns, so that
 * what else the machine does falls on both; medians are shown.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type calendar_v3, calendar as googleCalendar } from '@googleapis/calendar';
import pLimit from 'p-limit';
import { createApp } from '../src/app.ts';
import { defaultSettings } from '../src/cli/calendar-options.ts';
import { makeSandboxCalendar, sandboxConsent } from '../src/cli/sandbox-door.ts';
import { readConfig } from '../src/config.ts';
import { insertBody } from '../src/core/event-body.ts';
import { type EventSpec, parseEventSpec } from '../src/core/event-spec.ts';
import { eventIdFor } from '../src/core/identity.ts';
import { hashOfObserved, hashOfStated, normalFormVersion } from '../src/core/normal-form.ts';
import { planCalendar } from '../src/core/plan-calendar.ts';
import type { CalendarFacts, KeyState, PlanContext } from '../src/core/state.ts';
import { statedEventOf } from '../src/core/stated-event.ts';
import { reconcile } from '../src/engine/reconcile.ts';
import { turn } from '../src/engine/turn.ts';
import { refreshGrant } from '../src/google/oauth.ts';
import { removeHome } from '../src/sandbox/remove.ts';
import { connectAccount } from '../src/store/account.ts';
import { addCalendar } from '../src/store/calendar.ts';
import { putEvents } from '../src/write/put.ts';
import { requireWritten } from '../src/write/result.ts';

const owner = 'bench@example.com';
const rounds = 3;
const rowsPerRound = 1_000;
const concurrency = 8;
const plannedKeys = 100_000;
const unitsPerMinute = '10000000';

const directory = mkdtempSync(join(tmpdir(), 'calsync-bench-'));
const home = join(directory, 'home');
const environment = {
  ...process.env,
  CALSYNC_SANDBOX: '1',
  CALSYNC_HOME: home,
  CALSYNC_QUOTA_PROJECT_PER_MINUTE: unitsPerMinute,
  CALSYNC_QUOTA_USER_PER_MINUTE: unitsPerMinute,
  CALSYNC_QUOTA_PER_DAY: unitsPerMinute,
};
const app = createApp(readConfig(environment));

async function main(): Promise<void> {
  const db = await app.database();
  const access = await app.googleAccess();
  if (access.sandbox === null) throw new Error('the bench runs in the sandbox');
  const { origin, secret } = access.sandbox;
  await fetch(`${origin}/control/limits`, {
    method: 'PATCH',
    headers: { 'x-emulator-secret': secret, 'content-type': 'application/json' },
    body: JSON.stringify({ unitsPerMinutePerUser: null, unitsPerMinutePerProject: null, attendeesPerEvent: 500 }),
  });
  const refreshToken = await sandboxConsent(access, owner);
  await connectAccount(
    db,
    { id: owner, refreshToken, scopes: [] },
    access.identity,
    await app.secretKeys(),
    app.random,
  );
  const engine = await app.engine({ signal: new AbortController().signal });

  const converging: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [ours, theirs] = [`ours-${round}@group.calendar.google.com`, `bare-${round}@group.calendar.google.com`];
    for (const id of [ours, theirs]) await makeSandboxCalendar(access.sandbox, owner, id, id);
    await manage(ours);
    const specs = Array.from({ length: rowsPerRound }, (_, index) => specOf(`r${round}/${index}`, ours, index));
    requireWritten(await putEvents(db, specs, { actor: 'bench', door: 'typescript', source: 'caller' }));
    converging.push(
      await timed(async () => {
        const { counts, error } = await turn(engine, ours);
        if (counts.created !== rowsPerRound)
          throw error ?? new Error(`only ${counts.created} of ${rowsPerRound} were created`);
      }),
    );
    bare.push(await timed(() => insertBare(theirs, specs, { origin, secret, refreshToken })));
  }
  show('converge 1,000 creates against the bare client with the same calls at the same concurrency', converging, bare);

  const settledCalendar = 'ours-0@group.calendar.google.com';
  await reconcile(engine, { calendars: [settledCalendar], once: true });
  const google = await app.google(owner);
  const idle: number[] = [];
  const listing: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    idle.push(await timed(() => turn(engine, settledCalendar)));
    listing.push(await timed(() => google.getCalendar(settledCalendar)));
  }
  show('an idle turn (1,000 events bound) against one call to Google by itself', idle, listing);

  const states = Array.from({ length: plannedKeys }, (_, index) => inSyncState(index));
  const changed = states.map((state, index) => (index % 100 === 0 ? renamed(state) : state));
  const json = JSON.stringify(states.map(({ sightings }) => sightings[0]?.event));
  const planning: number[] = [];
  const parsing: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    planning.push(await timed(() => planCalendar('bench', changed, planContext(), noCounts, [])));
    parsing.push(await timed(() => JSON.parse(json) as unknown));
  }
  show('the plan of 100,000 events, 1 % of them changed, against JSON.parse of their bodies', planning, parsing);

  const cli = fileURLToPath(new URL('../bin/calsync.js', import.meta.url));
  const starting: number[] = [];
  const nothing: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    starting.push(await timed(() => run([cli, 'diff', '--calendar', settledCalendar])));
    nothing.push(await timed(() => run(['-e', '0'])));
  }
  show('start to end of `calsync diff` (1,000 events in sync) against an empty Node process', starting, nothing);
}

function run(args: readonly string[]): void {
  spawnSync(process.execPath, [...args], { env: environment, stdio: 'ignore' });
}

async function manage(id: string): Promise<void> {
  await addCalendar(await app.database(), {
    id,
    account: owner,
    summary: id,
    timeZone: 'UTC',
    policy: 'sync',
    ...defaultSettings,
  });
}

async function insertBare(
  calendarId: string,
  specs: readonly EventSpec[],
  door: { readonly origin: string; readonly secret: string; readonly refreshToken: string },
): Promise<void> {
  const endpoint = {
    tokenUrl: `${door.origin}/token`,
    oauthClient: { id: 'sandbox', secret: door.secret },
    clock: app.clock,
    callTimeoutMs: 10_000,
  };
  const { accessToken } = await refreshGrant(endpoint, door.refreshToken);
  const client = googleCalendar({ version: 'v3', rootUrl: door.origin, retry: false });
  const limit = pLimit(concurrency);
  await Promise.all(
    specs.map((spec) =>
      limit(() => {
        const mark = { installation: 'bare', key: spec.key, revision: 1 };
        const requestBody = insertBody(statedEventOf(spec), eventIdFor('bare', spec.key, 0), mark);
        const params = { calendarId, requestBody: requestBody as calendar_v3.Schema$Event }; // the generated type knows no null; an insert has none
        return client.events.insert(params, { headers: { authorization: `Bearer ${accessToken}` } });
      }),
    ),
  );
}

function specOf(key: string, calendar: string, index: number): EventSpec {
  const day = new Date(Date.UTC(2030, 0, 1 + (index % 300))).toISOString().slice(0, 10);
  const parsed = parseEventSpec({
    key,
    calendar,
    summary: `Class ${index}`,
    location: `Room ${index % 40}`,
    start: { dateTime: `${day}T10:00:00`, timeZone: 'America/New_York' },
    end: { dateTime: `${day}T11:00:00`, timeZone: 'America/New_York' },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.spec, attendees: null };
}

const noCounts = () => ({
  liveBindings: plannedKeys,
  gone: 0,
  withdrawals: 0,
  cancellations: 0,
  recreates: 0,
  held: false,
});
const noPolicies = { drift: null, onDelete: null, onMove: null };

function inSyncState(index: number): KeyState {
  const key = `k${index}`;
  const spec = specOf(key, 'bench', index);
  const stated = statedEventOf(spec);
  const eventId = eventIdFor('bench', key, 0);
  const event = {
    ...insertBody(stated, eventId, { installation: 'bench', key, revision: 1 }),
    etag: `"${index}"`,
  } as const;
  const shown = {
    ...event,
    start: { dateTime: `${iso(spec.start)}-05:00`, timeZone: 'America/New_York' },
  } as unknown as NonNullable<KeyState['sightings'][number]['event']>; // a body as Google shows it
  return {
    key,
    desired: { kind: 'live', row: { spec, generation: 1, revision: 1, policies: noPolicies } },
    bindings: [
      {
        incarnation: 0,
        calendar: 'bench',
        eventId,
        state: 'live',
        etag: `"${index}"`,
        applied: stated,
        appliedHash: hashOfStated(stated),
        appliedRevision: 1,
        answeredHash: hashOfObserved(shown, 'UTC'),
        answeredStart: null,
        answeredEnd: null,
        hashVersion: normalFormVersion,
        writtenAt: 0,
        unconfirmedSince: null,
      },
    ],
    unsettled: null,
    createIntended: false,
    sightings: [
      {
        calendar: 'bench',
        eventId,
        etag: `"${index}"`,
        live: true,
        mark: { installation: 'bench', key, revision: 1 },
        event: shown,
        created: null,
        seenAt: 0,
      },
    ],
    notFound: new Set(),
    foreignTwins: [],
    occurrences: [],
    repairs: new Map(),
    contested: new Set(),
    rowTwins: [],
    approved: new Set(),
    deletable: new Set(),
    begun: [],
    undoneDeletes: [],
    kept: new Set(),
  };
}

function iso(time: EventSpec['start']): string {
  return time.kind === 'time' ? time.local : time.date;
}

function renamed(state: KeyState): KeyState {
  if (state.desired.kind !== 'live') return state;
  const { row } = state.desired;
  return {
    ...state,
    desired: { kind: 'live', row: { ...row, revision: 2, spec: { ...row.spec, summary: 'Renamed' } } },
  };
}

function planContext(): PlanContext {
  const facts: CalendarFacts = {
    id: 'bench',
    account: owner,
    timeZone: 'UTC',
    namespace: 'live',
    policy: 'sync',
    drift: 'enforce',
    driftFields: {},
    onDelete: 'recreate',
    onMove: 'flag',
    orphans: 'flag',
    duplicates: 'flag',
    freshSince: 1,
    beforeClaim: false,
    readable: true,
    deleted: false,
  };
  return {
    now: Date.UTC(2029, 11, 1),
    installation: 'bench',
    graceMs: 60_000,
    settledAfterMs: 604_800_000,
    calendars: new Map([['bench', facts]]),
  };
}

async function timed(work: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function show(what: string, ours: readonly number[], against: readonly number[]): void {
  const [a, b] = [median(ours), median(against)];
  console.log(
    `${(a / b).toFixed(2).padStart(8)} ×  ${what}  (${a.toFixed(1)} ms to ${b.toFixed(1)} ms, n=${ours.length})`,
  );
}

try {
  await main();
} finally {
  await app.close();
  await removeHome(home, app.clock);
  rmSync(directory, { recursive: true, force: true });
}
