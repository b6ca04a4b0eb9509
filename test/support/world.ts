import { sql } from 'kysely';
import { defaultSettings } from '../../src/cli/calendar-options.ts';
import type { WrittenEvent } from '../../src/core/event-spec.ts';
import { parseEventSpec } from '../../src/core/event-spec.ts';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import { markOf } from '../../src/core/identity.ts';
import type { Clock, Google, QuotaPacer } from '../../src/core/ports.ts';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import { defaultEngineSettings, type Engine, type EngineSettings, type TurnReport } from '../../src/engine/engine.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { turn } from '../../src/engine/turn.ts';
import { createGoogle } from '../../src/google/gateway.ts';
import { connectAccount } from '../../src/store/account.ts';
import { addCalendar, type CalendarSettings } from '../../src/store/calendar.ts';
import { parseSecretKeys } from '../../src/store/secret-box.ts';
import { type PutOptions, putEvents } from '../../src/write/put.ts';
import { requireWritten } from '../../src/write/result.ts';
import { type MigratedDatabase, openMigratedDatabase, systemRandom } from './migrated.ts';
import { readSetting } from './settings.ts';

const rootUrl = 'https://calendar.test';
const secretKeys = parseSecretKeys(Buffer.alloc(32, 7).toString('base64'));

export const account = 'owner@example.com';
export const home = 'home@group.calendar.google.com';
export const away = 'away@group.calendar.google.com';

const cliWriter = { actor: 'test', door: 'typescript', source: 'caller' } as const;

/** A database, an emulator in this process and an engine between them. Time stands in the real present, shifted by `advance`. */
export class World {
  readonly emulator: Emulator;
  readonly store: MigratedDatabase;
  readonly engine: Engine;
  private offsetMs = 0;

  private constructor(
    store: MigratedDatabase,
    settings: Partial<EngineSettings>,
    engine: Omit<Engine, 'db' | 'clock' | 'google' | 'settings'>,
  ) {
    this.store = store;
    this.emulator = createEmulator({
      now: () => this.now(),
      sleep: () => Promise.resolve(),
      limits: { unitsPerMinutePerUser: 1e9, unitsPerMinutePerProject: 1e9 },
    });
    this.engine = {
      ...engine,
      db: store.db,
      clock: this.clock(),
      google: (address) => Promise.resolve(this.cachedGoogle(address)),
      settings: { ...defaultEngineSettings, ...settings },
    };
  }

  static async open(settings: Partial<EngineSettings> = {}): Promise<World> {
    const store = await openMigratedDatabase();
    const world = new World(store, settings, {
      // Waits near their ceiling: a back-off that is over at once would hide that there is one.
      random: { ...systemRandom, fraction: () => 0.9 },
      installation: String(await readSetting(store.db, 'installation')),
      fingerprintSecret: String(await readSetting(store.db, 'fingerprint_secret')),
      worker: `worker-${systemRandom.hex(4)}`,
    });
    await world.connect(account);
    await world.manage(home);
    return world;
  }

  async close(): Promise<void> {
    this.emulator.close();
    await this.store.close();
  }

  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Time passes for everyone: the database, Google and the engine. */
  async advance(ms: number): Promise<void> {
    this.offsetMs += ms;
    await sql
      .raw(
        `create or replace function calsync.now() returns timestamptz language sql stable parallel safe
           as $$ select statement_timestamp() + make_interval(secs => ${this.offsetMs / 1_000}) $$`,
      )
      .execute(this.store.db);
  }

  /** Connects an account that Google knows from then on. */
  async connect(email: string): Promise<void> {
    const { refreshToken } = this.emulator.administration.createAccount({ email, timeZone: 'Europe/Copenhagen' });
    const connection = { id: email, refreshToken, scopes: [] };
    await connectAccount(this.store.db, connection, { root: 'sandbox', clientId: null }, secretKeys, systemRandom);
    this.tokens.set(email, refreshToken);
  }

  private readonly tokens = new Map<string, string>();

  /** Takes a calendar under management; it is created in Google when it is missing. */
  async manage(id: string, settings: Partial<CalendarSettings> = {}, owner = account): Promise<void> {
    this.emulator.administration.createCalendar({ id, owner, summary: id, timeZone: 'Europe/Copenhagen' });
    await addCalendar(this.store.db, {
      id,
      account: owner,
      summary: id,
      timeZone: 'Europe/Copenhagen',
      policy: 'sync',
      ...defaultSettings,
      ...settings,
    });
  }

  async put(events: readonly object[], options: PutOptions = {}): Promise<void> {
    requireWritten(await putEvents(this.store.db, events.map(specFrom), cliWriter, options));
  }

  /** Goes on until nothing is left to do. */
  async reconcile(engine: Engine = this.engine): Promise<readonly TurnReport[]> {
    return (await reconcile(engine, { calendars: null, once: true })).calendars;
  }

  async turn(calendar = home, engine: Engine = this.engine): Promise<TurnReport> {
    return turn(engine, calendar);
  }

  /** Live events of a calendar as Google has them, masters and single events. */
  live(calendar = home): readonly GoogleEvent[] {
    const events = this.emulator.administration.events(calendar) as unknown as readonly GoogleEvent[]; // the emulator's own events
    return events.filter((event) => event.status !== 'cancelled' && event.recurringEventId === undefined);
  }

  /** The live event that carries the mark of a key; fails when there is none or more than one. */
  eventOf(key: string, calendar = home): GoogleEvent {
    const found = this.live(calendar).filter((event) => markOf(event)?.key === key);
    const [event] = found;
    if (event === undefined || found.length > 1)
      throw new Error(`${found.length} live events carry the mark of ${key}`);
    return event;
  }

  /** What was asked of Google since a position of its log: `events.insert` and the like. */
  calls(since = 0): readonly string[] {
    return this.emulator
      .log(since, 100_000)
      .filter((entry) => entry.actor !== 'person' && entry.operation.startsWith('calendar.'))
      .map((entry) => entry.operation.slice('calendar.'.length));
  }

  /** What was asked of Google since then and would change something. */
  changes(since = 0): readonly string[] {
    return this.calls(since).filter((call) => call !== 'events.list' && call !== 'events.get');
  }

  mark(): number {
    return this.emulator.log(0, 1_000_000).at(-1)?.seq ?? 0;
  }

  private clock(): Clock {
    return { now: () => this.now(), sleep: () => new Promise((resolve) => setImmediate(resolve)) };
  }

  private readonly gateways = new Map<string, Google>();

  private cachedGoogle(address: string): Google {
    const known = this.gateways.get(address);
    if (known !== undefined) return known;
    const made = this.googleOf(address);
    this.gateways.set(address, made);
    return made;
  }

  private googleOf(address: string): Google {
    const quota: QuotaPacer = { spend: () => Promise.resolve() };
    return createGoogle({
      account: address,
      credentials: { kind: 'refresh_token', refreshToken: this.tokens.get(address) ?? '' },
      endpoints: { rootUrl, tokenUrl: `${rootUrl}/token` },
      oauthClient: { id: 'test', secret: 'test' },
      // A real wait for time-outs: nothing in these tests is meant to run into one unless it says so.
      clock: {
        now: () => this.now(),
        sleep: (delayMs, signal) =>
          new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, delayMs);
            signal?.addEventListener('abort', () => {
              clearTimeout(timer);
              reject(signal.reason as Error);
            });
          }),
      },
      quota,
      fetchImplementation: (url, init) => this.emulator.fetch(url, init),
    });
  }
}

/** An event as a caller writes it, with everything that a test does not name filled in. */
export function anEvent(fields: object = {}): object {
  return {
    key: 'class-1',
    calendar: home,
    summary: 'Algebra',
    start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Europe/Copenhagen' },
    ...fields,
  };
}

/** The key of the n-th of `classes`, from 0. */
export function classKey(index: number): string {
  return `class-${String(index + 1).padStart(2, '0')}`;
}

/** Events `class-01` and on, from the `first` of them, each with a title of its own. */
export function classes(count: number, fields: object = {}, first = 0): readonly object[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent({ key: classKey(first + index), summary: `Class ${first + index + 1}`, ...fields }),
  );
}

function specFrom(event: object): WrittenEvent {
  const parsed = parseEventSpec(event);
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return parsed.spec;
}
