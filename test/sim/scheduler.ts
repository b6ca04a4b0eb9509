/*
 * One seeded scheduler owns every await at a port. Whoever wants something from outside (a call to Google, a connection, time) parks here;
 * exactly one that is parked is let go, and nobody else before everything has come to rest again. So there is one order, chosen by a tape.
 */
import type { Clock } from '../../src/core/ports.ts';
import type { Trace } from './trace.ts';

/** Something that runs by itself. One that crashed never comes back from where it is parked. */
export interface Actor {
  readonly name: string;
  alive: boolean;
  /** By how much its clock is ahead of everybody else's. */
  skewMs?: number;
  /** What befalls the next connection that it takes, where that is not for the tape of connections to say. */
  doom?: 'commit_lost' | 'commit_unknown';
}

/** Chooses by a number in [0, 1) which of those that could go on does. */
export interface ScheduleTape {
  next(): number;
}

interface Parked {
  readonly actor: Actor;
  readonly what: string;
  dueMs: number;
  readonly go: () => void;
}

/** Time that every step takes. */
const stepMs = 7;
/** Rounds of the event loop without any activity, after which everything is at rest. */
const calmRounds = 2;
/** Rounds in which a transaction is open and asks nothing: it waits for a port, which waits for the transaction. */
const stuckRounds = 200;

export class SchedulerError extends Error {}

export class Scheduler {
  readonly trace: Trace;
  steps = 0;
  private nowMs: number;
  private readonly tape: ScheduleTape;
  private parked: Parked[] = [];
  private activity = 0;
  private held = false;
  private statement: Promise<void> | null = null;

  constructor(startMs: number, tape: ScheduleTape, trace: Trace) {
    this.nowMs = startMs;
    this.tape = tape;
    this.trace = trace;
  }

  now(): number {
    return this.nowMs;
  }

  /** Waits to be chosen, `delayMs` from now at the earliest. */
  park(actor: Actor, what: string, delayMs = 0): Promise<void> {
    this.activity += 1;
    return new Promise((go) => {
      this.parked.push({ actor, what, dueMs: this.nowMs + delayMs, go });
    });
  }

  /** The clock of an actor, which may go wrong. A sleep that is aborted leaves nothing behind. */
  clockOf(actor: Actor): Clock {
    return {
      now: () => this.nowMs + (actor.skewMs ?? 0),
      sleep: (delayMs, signal) =>
        new Promise((resolve, reject) => {
          this.activity += 1;
          const entry: Parked = { actor, what: 'wakes', dueMs: this.nowMs + delayMs, go: resolve };
          this.parked.push(entry);
          signal?.addEventListener('abort', () => {
            this.activity += 1;
            this.parked = this.parked.filter((other) => other !== entry);
            reject(signal.reason as Error);
          });
        }),
    };
  }

  /** Ends an actor where it stands. */
  crash(actor: Actor): void {
    actor.alive = false;
    this.parked = this.parked.filter((entry) => entry.actor !== actor);
    this.trace.say(this.nowMs, actor.name, 'CRASHES');
  }

  /** Nothing of the actor happens for so long: a machine that was put to sleep, and whose clock may not have gone on meanwhile. */
  pause(actor: Actor, pauseMs: number, clockStops: boolean): void {
    if (clockStops) actor.skewMs = (actor.skewMs ?? 0) - pauseMs;
    for (const entry of this.parked)
      if (entry.actor === actor) entry.dueMs = Math.max(entry.dueMs, this.nowMs + pauseMs);
  }

  /** While a connection is in use nobody else goes on. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.activity += 1;
  }

  /** One statement, the only thing in the whole simulation that takes real time. */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = work();
    this.statement = done.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await done;
    } finally {
      this.statement = null;
      this.activity += 1;
    }
  }

  say(who: string, what: string): void {
    this.trace.say(this.nowMs, who, what);
  }

  /** Lets one go after the other until `isOver`, or until nobody is left. `afterStep` runs when all is at rest. */
  async run(isOver: () => boolean, mostSteps: number, afterStep: () => Promise<void>): Promise<void> {
    await this.rest();
    const last = this.steps + mostSteps;
    while (!isOver() && this.parked.length > 0) {
      if (this.steps >= last) throw new SchedulerError(`not over after ${mostSteps} steps`);
      this.steps += 1;
      this.choose().go();
      await this.rest();
      await afterStep();
    }
  }

  private choose(): Parked {
    const earliest = Math.min(...this.parked.map(({ dueMs }) => dueMs));
    this.nowMs = Math.max(this.nowMs + stepMs, earliest);
    const able = this.parked.filter(({ dueMs }) => dueMs <= this.nowMs);
    const chosen = able[Math.floor(this.tape.next() * able.length)];
    if (chosen === undefined) throw new SchedulerError('nobody can go on');
    this.parked = this.parked.filter((entry) => entry !== chosen);
    this.trace.say(this.nowMs, chosen.actor.name, chosen.what);
    return chosen;
  }

  private async rest(): Promise<void> {
    let stuck = 0;
    for (let calm = 0; calm < calmRounds; ) {
      const before = this.activity;
      if (this.statement !== null) {
        await this.statement;
        stuck = 0;
      }
      await new Promise((resolve) => setImmediate(resolve));
      if (this.held && this.statement === null) stuck += 1;
      if (stuck > stuckRounds) throw new SchedulerError('a transaction waits at a port');
      calm = before === this.activity && !this.held ? calm + 1 : 0;
    }
  }
}
