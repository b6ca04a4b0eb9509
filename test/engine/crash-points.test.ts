import { describe, expect, test } from 'vitest';
import { markOf } from '../../src/core/identity.ts';
import type { Google } from '../../src/core/ports.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { turn } from '../../src/engine/turn.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, openHoldIds, unsettledCount } from './tables.ts';

/** Where, around one call to Google, the process dies. */
const moments = ['before it is sent', 'after it was carried out, unanswered', 'after its answer, unrecorded'] as const;
type Moment = (typeof moments)[number];

/**
 * An engine whose process dies at its k-th call: the call may or may not be carried out, and from then on neither Google nor the database
 * answers it anything. `calls` counts.
 */
async function dyingEngine(
  world: World,
  k: number,
  moment: Moment,
): Promise<{ engine: Engine; calls: () => number; dead: Promise<void> }> {
  const google = await world.engine.google(account);
  let calls = 0;
  let isDead = false;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    die = resolve;
  });
  const stop = <Result>(): Promise<Result> => {
    isDead = true;
    die();
    return new Promise<never>(() => undefined);
  };
  const lethal =
    <Arguments extends readonly unknown[], Result>(call: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      calls += 1;
      if (isDead) return stop();
      const isLast = calls === k;
      if (isLast && moment === 'before it is sent') return stop();
      const result = await call(...args);
      if (isDead || (isLast && moment === 'after it was carried out, unanswered')) return stop();
      if (isLast) {
        // What the answer leads to is stopped at its first statement.
        isDead = true;
        die();
      }
      return result;
    };
  const dying: Google = {
    listEvents: lethal(google.listEvents),
    getEvent: lethal(google.getEvent),
    getCalendar: lethal(google.getCalendar),
    insertEvent: lethal(google.insertEvent),
    patchEvent: lethal(google.patchEvent),
    moveEvent: lethal(google.moveEvent),
    deleteEvent: lethal(google.deleteEvent),
    insertCalendar: lethal(google.insertCalendar),
  };
  const db = world.engine.db.withPlugin({
    transformQuery: ({ node }) => {
      if (isDead) throw new Dead();
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return {
    engine: { ...world.engine, db, worker: 'dying', google: () => Promise.resolve(dying) },
    calls: () => calls,
    dead,
  };
}

class Dead extends Error {}

const foreign = {
  id: 'theirs',
  summary: 'Theirs',
  start: { date: '2027-05-01' },
  end: { date: '2027-05-02' },
};

/** Four keys that are to be created, patched, deleted and moved, one that a person deleted, and one event that is not ours. */
async function prepared(): Promise<World> {
  const world = await World.open({ concurrency: 2, batchSize: 3 });
  await world.manage(away);
  world.emulator.people.add(home, foreign);
  const keys = ['patched', 'deleted', 'moved', 'removed'];
  await world.put(keys.map((key) => anEvent({ key, summary: key })));
  await world.reconcile();
  await world.put([anEvent({ key: 'created', summary: 'created' }), anEvent({ key: 'patched', summary: 'changed' })]);
  await world.put([anEvent({ key: 'moved', summary: 'moved', calendar: away })], { move: true });
  await world.store.db.deleteFrom('desired_event').where('key', '=', 'deleted').execute();
  world.emulator.people.remove(home, world.eventOf('removed').id);
  return world;
}

async function dieInTurns(world: World, k: number, moment: Moment): Promise<{ died: boolean; calls: number }> {
  const { engine, calls, dead } = await dyingEngine(world, k, moment);
  let died = false;
  const gone = dead.then(() => {
    died = true;
  });
  // What a person deleted is looked for on the other calendar first, and then created again.
  for (const calendar of [home, away, home]) {
    if (died) break;
    await Promise.race([turn(engine, calendar).catch(() => undefined), gone]);
  }
  // What was under way at the moment of death ends by itself.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { died, calls: calls() };
}

function expectRight(world: World): void {
  const keysOn = (calendar: string) =>
    world
      .live(calendar)
      .map((event) => `${markOf(event)?.key} ${event.summary}`)
      .sort();
  expect(keysOn(home)).toEqual(['created created', 'patched changed', 'removed removed', 'undefined Theirs']);
  expect(keysOn(away)).toEqual(['moved moved']);
  const touched = world.emulator
    .log()
    .filter(({ actor }) => actor !== 'person')
    .flatMap(({ changes }) => changes.map(({ eventId }) => eventId));
  expect(touched).not.toContain('theirs');
}

describe('[S07A] [S08C] the process dies around its k-th call to Google, for every k', () => {
  for (const moment of moments) {
    test(`[S07A] ${moment}: the next run goes forward from there`, { timeout: 120_000 }, async () => {
      let k = 1;
      for (; k < 100; k += 1) {
        const world = await prepared();
        try {
          const { died } = await dieInTurns(world, k, moment);
          await world.advance(3 * 60_000);
          const reports = await world.reconcile();
          expectRight(world);
          expect(await unsettledCount(world.store.db), `k = ${k}`).toBe(0);
          expect(await dirtyKeys(world.store.db), `k = ${k}`).toEqual([]);
          expect(await openFindings(world.store.db)).toEqual([]);
          expect(await openHoldIds(world.store.db)).toEqual([]);
          expect(reports.map(({ state }) => state)).toEqual(['in_sync', 'in_sync']);
          const since = world.mark();
          await world.reconcile();
          expect(world.calls(since)).toEqual(['events.list', 'events.list']);
          if (!died) break;
        } finally {
          await world.close();
        }
      }
      // Three listings, five changes and a reading after the move: with less, some were not crossed.
      expect(k).toBeGreaterThan(9);
      expect(k).toBeLessThan(100);
    });
  }
});
