/*
 * The quiet phase. Faults and people have stopped; turns go on until nothing changes any more, for a bounded time. Then operators decide
 * what is held, and it goes on. In the end Google equals the table, or what differs is there to be seen.
 */
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import type { Db } from '../../src/store/database.ts';
import { openHolds } from '../../src/store/hold.ts';
import { look } from './run.ts';
import { Violation } from './violation.ts';
import { startWorker, takeTurn, type Worker } from './worker.ts';
import type { Site, World } from './world.ts';

/** Rounds of turns of every calendar, in which everything has to settle. */
const mostRounds = 40;
/** Time between two rounds: longer than a grace period, shorter than a lease. */
const pauseMs = 70_000;
/** A crashed worker's lease, and the longest pause that an account is given. */
const patienceMs = 45 * 60_000;
/** Rounds in a row that change nothing, after which nothing will. */
const calmRounds = 3;
/** How often operators are asked before holds have to end. */
const mostDecisions = 5;
const mostSteps = 30_000;

export async function calmDown(world: World): Promise<void> {
  world.quiet = true;
  world.scheduler.say('quiet', 'faults and people stop');
  let over = false;
  const going = settleDown(world)
    .catch((thrown: unknown) =>
      world.fail(
        thrown instanceof Violation ? thrown.invariant : 'harness',
        thrown instanceof Error ? thrown.message : String(thrown),
        thrown,
      ),
    )
    .finally(() => {
      over = true;
    });
  await world.scheduler.run(
    () => over || world.violation !== null,
    mostSteps,
    () => look(world),
  );
  if (world.violation !== null) return;
  if (!over) throw new Violation('L1', 'a turn never comes to its end');
  await going;
  for (const oracle of world.oracles) await oracle.atRest?.(world);
}

async function settleDown(world: World): Promise<void> {
  const crews = world.sites.map((site) => ({ site, ...startWorker(world, site, `quiet ${site.number}`) }));
  await world.scheduler.park({ name: 'quiet', alive: true }, 'waits', patienceMs);
  for (const { site, worker } of crews) await world.connectAccount(site.connection.databaseOf(worker));
  // What a false listing left out for good, only a full one can show: this stands for the periodic audit, which the engine has not yet.
  for (const calendar of world.liedAbout) world.emulator.administration.invalidateSyncTokens(calendar);
  for (let asked = 0; ; asked += 1) {
    await untilCalm(world, crews);
    let decided = 0;
    for (const { site, worker } of crews) decided += await decideHolds(world, site, worker, asked);
    if (decided === 0) return;
    if (asked === mostDecisions) throw new Violation('L6', `holds come back after ${mostDecisions} decisions`);
  }
}

interface Crew {
  readonly site: Site;
  readonly worker: Worker;
  readonly engine: ReturnType<typeof startWorker>['engine'];
}

async function untilCalm(world: World, crews: readonly Crew[]): Promise<void> {
  let calm = 0;
  for (let round = 0; calm < calmRounds; round += 1) {
    if (round === mostRounds) throw new Violation('L1', `not calm after ${mostRounds} rounds of turns`);
    const changed = changingCalls(world);
    const calls = world.network.calls;
    const before = await marksOf(world);
    for (const { worker, engine } of crews) {
      for (const calendar of world.calendars) await takeTurn(world, worker, engine, calendar);
      await world.scheduler.park(worker, 'rests', pauseMs);
    }
    world.callsOfLastRound = world.network.calls - calls;
    const same = changed === changingCalls(world) && before === (await marksOf(world));
    calm = same ? calm + 1 : 0;
  }
}

/** Changing calls that had an effect, of whatever installation. */
function changingCalls(world: World): number {
  return world.emulator.log().filter(({ actor, changes }) => actor === 'client' && changes.length > 0).length;
}

async function marksOf(world: World): Promise<string> {
  const marks: unknown[] = [];
  for (const { connection } of world.sites)
    marks.push(
      await connection.ask(
        "select key, revision, parked from calsync.dirty where due_at < calsync.now() + interval '1 hour' order by key",
      ),
    );
  return JSON.stringify(marks);
}

/** Approves and rejects in turn, so that both lead on. What cannot be rejected is approved. */
async function decideHolds(world: World, site: Site, worker: Worker, asked: number): Promise<number> {
  const db: Db = site.connection.databaseOf(worker);
  const holds = await openHolds(db);
  for (const hold of holds) {
    const approve = (hold.id + asked) % 2 === 0 || hold.kind === 'table_older' || asked > 1;
    const decide = approve ? approveHold : rejectHold;
    const { consequence } = await decide(db, hold.id, 'operator');
    world.scheduler.say('operator', `hold ${hold.id} (${hold.kind}): ${consequence}`);
  }
  return holds.length;
}
