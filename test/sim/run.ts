/** One run: the storm that the tapes describe, then the quiet phase, with every invariant looked at after every step. */

import { asCalsyncError } from '../../src/core/error.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { dropOutdated } from '../../src/store/retention.ts';
import type { CellCounts } from './cells.ts';
import { askAtDoor } from './door/caller.ts';
import { follow } from './door/follower.ts';
import { type Ending, endingOf } from './ending.ts';
import { everyOracle } from './oracles/every.ts';
import type { Oracle } from './oracles/oracle.ts';
import { calmDown } from './quiet.ts';
import { type Actor, SchedulerError } from './scheduler.ts';
import type { SiteDatabase } from './site.ts';
import { type Tapes, tapesOf } from './tapes.ts';
import type { TraceLine } from './trace.ts';
import { Violation } from './violation.ts';
import { startWorker, takeTurn, type Worker } from './worker.ts';
import { doBounce } from './workload/bounces.ts';
import { doToCopy } from './workload/copies.ts';
import { doToDatabase } from './workload/database.ts';
import type { Deed } from './workload/deeds.ts';
import { doAsGoogle } from './workload/google.ts';
import { doImport } from './workload/imports.ts';
import { doInsist } from './workload/insistence.ts';
import { doAsOperator } from './workload/operator.ts';
import { doAsPerson } from './workload/people.ts';
import { doSchedule } from './workload/schedules.ts';
import { doWait } from './workload/waiting.ts';
import { doAsWriter } from './workload/writer.ts';
import { type Site, World } from './world.ts';

export interface RunResult {
  readonly seed: string;
  readonly steps: number;
  readonly statements: number;
  readonly calls: number;
  /** Port calls before the quiet phase: requests, and the numbers of the connections in which workers changed something. */
  readonly stormCalls: number;
  readonly stormWrites: readonly number[];
  /** Equal for two runs that went the same way, down to the rows of every statement. */
  readonly digest: string;
  readonly violation: Violation | null;
  readonly story: readonly TraceLine[];
  readonly cells: CellCounts;
  /** Null where it never came to rest. */
  readonly ending: Ending | null;
  /** The numbers of the schedule that were used. */
  readonly schedule: readonly number[];
}

const mostSteps = 20_000;
const restartMs = 5_000;
/** Turns after which a worker sweeps out what is over. */
const turnsPerSweep = 5;
/** Between two turns of a worker at most: while it has turns to do, and while it only waits for slow people. */
const busyRestMs = 40_000;
const idleRestMs = 240_000;

export async function runSeed(
  seed: string,
  databases: readonly SiteDatabase[],
  oracles = everyOracle,
): Promise<RunResult> {
  return runTapes(seed, tapesOf(seed), databases, oracles);
}

export async function runTapes(
  seed: string,
  tapes: Tapes,
  databases: readonly SiteDatabase[],
  oracles: readonly Oracle[] = everyOracle,
): Promise<RunResult> {
  const world = new World(seed, tapes, databases, oracles);
  let storm: Pick<RunResult, 'stormCalls' | 'stormWrites'> = { stormCalls: 0, stormWrites: [] };
  let ending: Ending | null = null;
  try {
    await world.prepare();
    await rage(world, tapes.workload.deeds);
    storm = { stormCalls: world.network.calls, stormWrites: [...world.writingConnections] };
    if (world.violation === null) await calmDown(world);
    if (world.violation === null) ending = await endingOf(world);
  } catch (thrown) {
    world.fail(
      thrown instanceof Violation ? thrown.invariant : thrown instanceof SchedulerError ? 'schedule' : 'harness',
      messageOf(thrown),
      thrown,
    );
  } finally {
    world.close();
  }
  return {
    seed,
    steps: world.scheduler.steps,
    statements: world.statements(),
    calls: world.network.calls,
    ...storm,
    digest: world.trace.digest(),
    violation: world.violation,
    story: world.trace.lines,
    cells: world.network.cells.visited(),
    ending,
    schedule: tapes.schedule.drawn,
  };
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Everybody at once, until the deeds are done and every worker has had its turns. */
async function rage(world: World, deeds: readonly Deed[]): Promise<void> {
  let busy = 0;
  let doing = 0;
  const start = (work: Promise<void>): void => {
    busy += 1;
    work
      .catch((thrown: unknown) => world.fail('harness', messageOf(thrown), thrown))
      .finally(() => {
        busy -= 1;
      });
  };
  for (const who of new Set(deeds.map((deed) => deed.who))) {
    doing += 1;
    const done = doDeeds(
      world,
      who,
      deeds.filter((deed) => deed.who === who),
    ).finally(() => {
      doing -= 1;
    });
    start(done);
  }
  for (const site of world.sites)
    for (let number = 1; number <= world.shape.workers; number += 1)
      start(keepWorking(world, site, `worker ${site.number}.${number}`, () => doing === 0));
  await world.scheduler.run(
    () => busy === 0 || world.violation !== null,
    mostSteps,
    () => look(world),
  );
  if (busy > 0 && world.violation === null) throw new Violation('L1', 'somebody never comes to an end');
}

async function doDeeds(world: World, name: string, deeds: readonly Deed[]): Promise<void> {
  const actor: Actor = { name, alive: true };
  for (const deed of deeds) {
    await world.scheduler.park(actor, `${deed.kind} …`, deed.afterMs);
    const { who: _who, afterMs: _afterMs, site: _site, ...what } = deed;
    world.turns.disturb();
    const answer = await doDeed(world, actor, deed);
    world.turns.disturb();
    world.scheduler.say(name, `${JSON.stringify(what)}: ${answer}`);
  }
}

async function doDeed(world: World, actor: Actor, deed: Deed): Promise<string> {
  const site = world.sites[deed.site % world.sites.length];
  if (site === undefined) return 'has no database';
  try {
    switch (deed.who) {
      case 'writer':
      case 'mover':
      case 'enroller':
        return await doAsWriter(world, site.connection.databaseOf(actor), site.number, deed);
      case 'caller':
      case 'racer':
        return await askAtDoor(world, site, actor, deed);
      case 'follower':
        return await follow(world, site, actor, deed.number);
      case 'person':
      case 'copycat':
        return doAsPerson(world, deed);
      case 'google':
        return doAsGoogle(world, deed);
      case 'database':
        return await doToDatabase(world, site, deed);
      case 'import':
        return await doImport(site.connection.databaseOf(actor), deed);
      case 'copyist':
        return await doToCopy(world, site, site.connection.databaseOf(actor), deed);
      case 'insistent':
        return doInsist(world, deed);
      case 'planner':
        return await doSchedule(world, site, site.connection.databaseOf(actor), deed);
      case 'postmaster':
        return await doBounce(world, site, actor, deed);
      case 'waiter':
        return await doWait(world, site, actor, deed);
      case 'operator':
        world.retried = true;
        world.decidedAtMs = world.scheduler.now();
        return await doAsOperator(site.connection.databaseOf(actor), deed);
    }
  } catch (thrown) {
    const { kind, reason, message } = asCalsyncError(thrown);
    if (kind === 'invariant') throw thrown;
    return `${kind} ${reason ?? message}`;
  }
}

/** Turns of one calendar after the other; a process that crashed is started again, as another one. */
async function keepWorking(world: World, site: Site, name: string, isDone: () => boolean): Promise<void> {
  const keeper: Actor = { name: `${name} keeper`, alive: true };
  for (let life = 1, turns = 0; turns < world.shape.turns || !isDone(); life += 1) {
    const { worker, engine } = startWorker(world, site, `${name}.${life}`);
    world.know(worker);
    const lived = { turns: 0, over: false };
    const isOver = () => turns + lived.turns >= world.shape.turns && isDone();
    void lifeOf(world, worker, engine, lived, isOver);
    while (worker.alive && !lived.over) await world.scheduler.park(keeper, 'looks', restartMs);
    turns += Math.max(1, lived.turns);
  }
}

async function lifeOf(
  world: World,
  worker: Worker,
  engine: Engine,
  lived: { turns: number; over: boolean },
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const waits =
      lived.turns < world.shape.turns
        ? engine.random.fraction() * busyRestMs
        : (0.75 + engine.random.fraction() / 4) * idleRestMs;
    await world.scheduler.park(worker, 'rests', Math.floor(waits));
    const calendar = world.calendars[Math.floor(engine.random.fraction() * world.calendars.length)] ?? '';
    await takeTurn(world, worker, engine, calendar);
    if (lived.turns % turnsPerSweep === 0) await dropOutdated(engine.db).catch(() => undefined);
    lived.turns += 1;
  }
  lived.over = true;
}

/** Every invariant, after a step. */
export async function look(world: World): Promise<void> {
  const entries = world.takeLog();
  const commits = world.takeCommits();
  for (const entry of entries) for (const oracle of world.oracles) await oracle.onGoogle?.(world, entry);
  for (const commit of commits) for (const oracle of world.oracles) await oracle.onCommit?.(world, commit);
  for (const turn of world.turns.takeEnded()) for (const oracle of world.oracles) await oracle.onTurn?.(world, turn);
}
