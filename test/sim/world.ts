/** Everything that one run is made of, and the way from it to the first thing that is wrong. */
import { breakerLimits } from '../../src/core/breaker.ts';
import { createEmulator, type Emulator } from '../../src/emulator/index.ts';
import type { LogEntry } from '../../src/emulator/request-log.ts';
import { connectAccount } from '../../src/store/account.ts';
import { addCalendar } from '../../src/store/calendar.ts';
import type { Db } from '../../src/store/database.ts';
import { parseSecretKeys } from '../../src/store/secret-box.ts';
import { isChange, type Phase } from './cells.ts';
import { OneConnection } from './connection.ts';
import { Dice } from './dice.ts';
import type { Mishap } from './door/mishaps.ts';
import type { DatabaseFault, NetworkFault } from './faults.ts';
import { Network } from './network.ts';
import type { Oracle } from './oracles/oracle.ts';
import { type Actor, Scheduler } from './scheduler.ts';
import type { Shape } from './shape.ts';
import type { SiteDatabase } from './site.ts';
import type { Tapes } from './tapes.ts';
import { Trace } from './trace.ts';
import { Turns } from './turns.ts';
import { Violation } from './violation.ts';
import type { Worker } from './worker.ts';
import { doMeanwhile } from './workload/meanwhile.ts';

const owner = 'owner@example.com';
/** Half a month before the first event. */
const startMs = Date.parse('2027-02-15T06:00:00Z');
const calendarIds = ['first@group.calendar.google.com', 'second@group.calendar.google.com'] as const;
/** Probes of an open breaker: some while the waits double, then one in half of the longest wait at most. */
const doublingProbes = 4;
const leastProbeMs = breakerLimits.longestWaitMs / 2;
/** A moment in HTTP has no fractions of a second. */
const dateRoundingMs = 1_000;
/** Each way; both together are well below the time after which a call is given up. */
const slowestMs = 3_500;
const secretKeys = parseSecretKeys(Buffer.alloc(32, 7).toString('base64'));

export interface Site {
  readonly number: number;
  readonly database: SiteDatabase;
  readonly connection: OneConnection;
}

export class World {
  readonly seed: string;
  readonly shape: Shape;
  readonly oracles: readonly Oracle[];
  readonly trace = new Trace();
  readonly scheduler: Scheduler;
  readonly emulator: Emulator;
  readonly network: Network;
  readonly sites: readonly Site[];
  readonly calendars: readonly string[];
  refreshToken = '';
  /** Faults and people have stopped. */
  quiet = false;
  violation: Violation | null = null;
  /** A backup was put back: requests may still be on their way whose intents are gone. */
  restored = false;
  /** Installations whose database is a copy of another one now: since when, by number of the site. */
  readonly copies = new Map<number, number>();
  /** Calls since Google went away. */
  callsInVain = 0;
  /** An operator had something tried again: its rounds are counted anew. */
  retried = false;
  /** When an operator last decided something, or had it tried again. */
  decidedAtMs = 0;
  /** Neither faults nor anybody but the application: what calsync does then is what it does by itself. */
  readonly undisturbed: boolean;
  readonly turns = new Turns();
  /** What `diff` says of each calendar at rest. */
  claims: readonly { readonly site: Site; readonly calendar: string; readonly state: string }[] = [];
  /** Calls of the last round of turns in the quiet phase. */
  callsOfLastRound = 0;
  /** Connections that workers took. */
  connectionsTaken = 0;
  /** Those of them, by number, in which something was changed. */
  readonly writingConnections = new Set<number>();
  /** Calendars of which Google has shown a false listing. */
  readonly liedAbout = new Set<string>();
  private readonly tapes: Tapes;
  private readonly workers = new Map<Actor, Worker>();
  private attempts = 0;
  private readonly delays: Dice;
  private readonly isSlow: boolean;
  private heardSeq = 0;
  private readonly version = new Map<string, number>();
  private readonly changedAt = new Map<string, Map<string, number>>();

  constructor(seed: string, tapes: Tapes, databases: readonly SiteDatabase[], oracles: readonly Oracle[]) {
    this.seed = seed;
    this.oracles = oracles;
    this.tapes = tapes;
    this.shape = tapes.workload.shape;
    const isAlone = tapes.workload.deeds.every(
      ({ who }) => who === 'writer' || who === 'mover' || who === 'operator' || who === 'follower',
    );
    this.undisturbed = tapes.faults.length === 0 && this.shape.sites === 1 && isAlone;
    this.scheduler = new Scheduler(startMs, tapes.schedule, this.trace);
    this.emulator = createEmulator({
      now: () => this.scheduler.now(),
      sleep: () => Promise.resolve(),
      seed,
      switches: this.shape.switches,
      limits: { unitsPerMinutePerUser: 1e9, unitsPerMinutePerProject: 1e9 },
    });
    this.delays = new Dice(`${seed} delays`);
    this.isSlow = this.delays.chance(0.25);
    this.calendars = calendarIds.slice(0, this.shape.calendars);
    const crash = (actor: Actor): void => this.crash(actor);
    const wrote = (actor: Actor): void => {
      if (!this.quiet && this.workers.has(actor)) this.writingConnections.add(this.connectionsTaken);
    };
    const faultOfConnection = (actor: Actor) => this.faultOfConnection(actor);
    this.sites = databases.slice(0, this.shape.sites).map((database, number) => ({
      number,
      database,
      connection: new OneConnection(
        database.client,
        this.scheduler,
        { faultOf: faultOfConnection, crash, wrote },
        new Dice(`${seed} rows ${number}`),
      ),
    }));
    this.network = new Network(
      this.emulator,
      this.scheduler,
      {
        faultOf: (phase, nth) => this.faultOfCall(phase, nth),
        crash,
        delayMs: () => this.delayMs(),
        lied: (calendar) => this.liedAbout.add(calendar),
        expireAccess: () => {
          this.emulator.administration.expireAccessTokens(owner);
        },
        calledInVain: (lastedMs) => this.countInVain(lastedMs),
        arrivesLate: () => this.turns.disturb(),
        calls: (call) => {
          this.turns.noteCall(call);
          for (const oracle of this.oracles) oracle.onCall?.(this, call);
        },
        hears: (answer) => {
          for (const oracle of this.oracles) oracle.onHeard?.(this, answer);
        },
        meanwhile: (eventId, doing) => doMeanwhile(this, eventId, doing),
      },
      this.shape.pageSize,
    );
  }

  /** The account and the calendars, in Google and in every database. Not yet under the scheduler. */
  async prepare(): Promise<void> {
    const { administration } = this.emulator;
    this.refreshToken = administration.createAccount({ email: owner, timeZone: 'Europe/Copenhagen' }).refreshToken;
    for (const id of this.calendars)
      administration.createCalendar({ id, owner, summary: id, timeZone: 'Europe/Copenhagen' });
    for (const { database, connection } of this.sites) {
      await database.clear();
      await connection.ask("select set_config('simulation.now', $1, false)", [new Date(startMs).toISOString()]);
      const db = connection.databaseOf({ name: 'preparation', alive: true });
      const prepared = (async () => {
        await this.connectAccount(db);
        for (const id of this.calendars) await addCalendar(db, { ...this.shape.policies, ...calendarOf(id) });
      })();
      await this.scheduler.run(
        () => false,
        100,
        () => Promise.resolve(),
      );
      await prepared;
    }
    this.connectionsTaken = 0;
    this.takeCommits();
  }

  /** The owner connects the account, or connects it again. */
  async connectAccount(db: Db): Promise<void> {
    const account = { id: owner, refreshToken: this.refreshToken, scopes: [] };
    await connectAccount(db, account, { root: 'sandbox', clientId: null }, secretKeys, new Dice(`${this.seed} secret`));
  }

  know(worker: Worker): void {
    this.workers.set(worker, worker);
  }

  workerOf(actor: Actor): Worker | null {
    return this.workers.get(actor) ?? null;
  }

  /** The first thing that is wrong ends the run. */
  fail(invariant: string, message: string, cause?: unknown): void {
    this.violation ??= Object.assign(new Violation(invariant, message), { cause });
    this.scheduler.say('VIOLATED', `${invariant}: ${message}`);
  }

  nameOf(calendar: string): string {
    return calendar.replace('@group.calendar.google.com', '');
  }

  /** What happened in Google since the last call. */
  takeLog(): readonly LogEntry[] {
    const entries = this.emulator.log(this.heardSeq);
    this.heardSeq = entries.at(-1)?.seq ?? this.heardSeq;
    for (const { changes } of entries)
      for (const { calendarId, eventId } of changes) this.noteVersion(calendarId, eventId);
    return entries;
  }

  /** Commits since the last call, with where they were. */
  takeCommits(): readonly { readonly site: Site; readonly actor: Actor; readonly statements: readonly string[] }[] {
    return this.sites.flatMap((site) => site.connection.commits.splice(0).map((commit) => ({ site, ...commit })));
  }

  /** The version of a calendar at which each event became what it is. */
  versions(calendar: string): readonly { readonly eventId: string; readonly changedAt: number }[] {
    return [...(this.changedAt.get(calendar) ?? new Map<string, number>())].map(([eventId, changedAt]) => ({
      eventId,
      changedAt,
    }));
  }

  statements(): number {
    return this.sites.reduce((sum, { connection }) => sum + connection.statements, 0);
  }

  crash(actor: Actor): void {
    this.scheduler.crash(actor);
    const worker = this.workers.get(actor);
    if (worker !== undefined) this.turns.leave(worker);
  }

  /** Every worker of an installation, as when its database goes away. */
  crashAll(site: Site): void {
    for (const worker of this.workers.values()) if (worker.site === site && worker.alive) this.crash(worker);
  }

  close(): void {
    this.emulator.close();
  }

  /** Each change of an event is the next version of its calendar. */
  private noteVersion(calendar: string, eventId: string): void {
    const versions = this.changedAt.get(calendar) ?? new Map<string, number>();
    const next = (this.version.get(calendar) ?? 0) + 1;
    this.version.set(calendar, next);
    this.changedAt.set(calendar, versions.set(eventId, next));
  }

  /** While Google is away the breaker has a budget of calls, however many workers there are (docs of core/breaker.ts). */
  private countInVain(lastedMs: number): void {
    this.callsInVain += 1;
    const { sites, workers, concurrency } = this.shape;
    const askedMs = Math.min((this.network.away?.retryAfter?.seconds ?? 0) * 1_000, breakerLimits.longestWaitMs);
    const probes = doublingProbes + Math.ceil(lastedMs / Math.max(leastProbeMs, askedMs - dateRoundingMs));
    const budget = sites * (breakerLimits.failuresToOpen + workers * concurrency + probes);
    if (this.callsInVain > budget && !this.restored)
      this.fail(
        'bound',
        `${this.callsInVain} calls in ${lastedMs} ms in which Google was away; the breaker allows ${budget}`,
      );
  }

  private faultOfCall(phase: Phase, nth: number): NetworkFault | null {
    if (this.quiet) return null;
    const { calls, changes } = this.network;
    for (const fault of this.tapes.faults) {
      if (fault.at === 'attempt' || fault.at === 'connection') continue;
      const number = fault.at === 'call' ? calls : fault.at === 'change' && isChange(phase) ? changes : nth;
      const isMeant = fault.at === 'call' || fault.at === phase || (fault.at === 'change' && isChange(phase));
      if (isMeant && fault.number === number) return fault.fault;
    }
    return null;
  }

  /** In a quarter of the runs Google is slow, so that others act while a call is on its way. */
  private delayMs(): number {
    return this.quiet || !this.isSlow ? 0 : this.delays.below(slowestMs);
  }

  /** Asked once for each attempt of an application to write, in order. */
  mishapOfAttempt(): Mishap | null {
    this.attempts += 1;
    const struck = this.tapes.faults.find((fault) => fault.at === 'attempt' && fault.number === this.attempts);
    return struck?.at === 'attempt' ? struck.fault : null;
  }

  private faultOfConnection(actor: Actor): DatabaseFault | null {
    const worker = this.workers.get(actor);
    const { doom } = actor;
    delete actor.doom;
    if (doom !== undefined) return doom;
    if (this.quiet || worker === undefined) return null;
    this.connectionsTaken += 1;
    const number = this.connectionsTaken;
    const struck = this.tapes.faults.find((fault) => fault.at === 'connection' && fault.number === number);
    if (struck === undefined || struck.at !== 'connection') return null;
    if (struck.fault === 'commit_unknown') worker.shaken = true;
    this.scheduler.say('fault', `${struck.fault} at connection ${number} of the workers`);
    return struck.fault;
  }
}

function calendarOf(id: string) {
  return {
    id,
    account: owner,
    summary: id,
    timeZone: 'Europe/Copenhagen',
    driftFields: {},
    namespace: 'live',
    fallback: 'hold',
  } as const;
}
