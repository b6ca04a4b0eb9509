/*
 * The quiet phase. Faults and people have stopped; turns go on until nothing changes any more, for a bounded time. Then operators decide
 * what is held, and it goes on. In the end Google equals the table, or what differs is there to be seen.
 */
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { diff } from '../../src/engine/diff.ts';
import type { Db } from '../../src/store/database.ts';
import { openHolds } from '../../src/store/hold.ts';
import { Dice } from './dice.ts';
import { repeatDaysLater } from './door/caller.ts';
import { look } from './run.ts';
import { sweepHistory } from './sweep.ts';
import { Violation } from './violation.ts';
import { startWorker, takeTurn, type Worker } from './worker.ts';
import { claim } from './workload/copies.ts';
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
/** For so long nothing runs after something was decided: longer than an approval may be used. */
const forgottenMs = 25 * 3_600_000;

function isForgetful({ seed }: World): boolean {
  return new Dice(`${seed} quiet`).chance(0.3);
}

export async function calmDown(world: World): Promise<void> {
  world.quiet = true;
  world.network.away = null;
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
  if (world.violation === null) await sweepHistory(world);
}

async function settleDown(world: World): Promise<void> {
  const crews = world.sites.map((site) => ({ site, ...startWorker(world, site, `quiet ${site.number}`) }));
  for (const { worker } of crews) world.know(worker);
  await world.scheduler.park({ name: 'quiet', alive: true }, 'waits', patienceMs);
  await repeatDaysLater(world);
  for (const { site, worker } of crews) {
    const db = site.connection.databaseOf(worker);
    await world.connectAccount(db);
    await claim(world, site, db);
  }
  // What a false listing left out for good, only a full one can show: this stands for the periodic audit, which the engine has not yet.
  for (const calendar of world.liedAbout) world.emulator.administration.invalidateSyncTokens(calendar);
  for (let asked = 0; ; asked += 1) {
    await untilCalm(world, crews);
    let decided = 0;
    for (const { site } of crews) decided += await decideHolds(world, site, asked);
    if (decided === 0) return hearClaims(world, crews);
    if (asked === 0 && isForgetful(world))
      await world.scheduler.park({ name: 'quiet', alive: true }, 'forgets it', forgottenMs);
    world.retried = true;
    world.decidedAtMs = world.scheduler.now();
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

/** Asks `diff`, which is to change nothing, how every calendar stands. */
async function hearClaims(world: World, crews: readonly Crew[]): Promise<void> {
  const claims: World['claims'][number][] = [];
  const before = world.network.calls;
  for (const { site, engine } of crews) {
    const { calendars } = await diff(engine, { calendars: null, key: null, live: false });
    claims.push(...calendars.map(({ calendar, state }) => ({ site, calendar, state })));
  }
  if (world.network.calls > before) throw new Violation('I11', 'diff called Google without being asked to');
  world.claims = claims;
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
async function decideHolds(world: World, site: Site, asked: number): Promise<number> {
  const db: Db = site.connection.databaseOf({ name: 'operator', alive: true });
  const holds = await openHolds(db);
  for (const hold of holds) {
    const approve = (hold.id + asked) % 2 === 0 || hold.kind === 'table_older' || asked > 1;
    const decide = approve ? approveHold : rejectHold;
    const { consequence } = await decide(db, hold.id, 'operator');
    world.scheduler.say('operator', `hold ${hold.id} (${hold.kind}): ${consequence}`);
  }
  return holds.length;
}
