/** The turns of two calendars that both take events from a third one: its line holds for them together. */
import type { KyselyPlugin } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { turn } from '../../src/engine/turn.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { type Db, openDatabase, openPool } from '../../src/store/database.ts';
import { anEvent, away, home, World } from '../support/world.ts';
import { openHoldIds, rowsOf, unsettledCount } from './tables.ts';

const third = 'third@group.calendar.google.com';

let world: World;
const opened: Db[] = [];
beforeEach(async () => {
  world = await World.open();
  await world.manage(away);
  await world.manage(third);
  await setCalendar(world.store.db, home, { duplicates: 'delete' });
});
afterEach(async () => {
  for (const db of opened.splice(0)) await db.destroy();
  await world.close();
});

const keysOf = (name: string) => Array.from({ length: 6 }, (_, index) => `${name}-${index}`);

/** Six rows of a calendar, whose events a person copied to `home`. */
async function copied(name: string, calendar: string): Promise<void> {
  await world.put(keysOf(name).map((key) => anEvent({ key, calendar, summary: key })));
  await world.reconcile();
  for (const key of keysOf(name)) world.emulator.people.copy(calendar, world.eventOf(key, calendar).id, true, home);
}

/** An engine on connections of its own, which waits once before it commits the calls that it has begun. */
function pausing(worker: string): { readonly engine: Engine; readonly begun: Promise<void>; letGo: () => void } {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (
        result.rows.some(
          (row) => 'event_id' in row && 'id' in row && 'calendar' in row && Object.keys(row).length === 3,
        )
      ) {
        begun.resolve();
        await gate.promise;
      }
      return result;
    },
  };
  const db = openDatabase(openPool({ connection: { url: world.store.url } })).withPlugin(plugin);
  opened.push(db);
  return { engine: { ...world.engine, db, worker }, begun: begun.promise, letGo: () => gate.resolve() };
}

/** Resolves when some transaction waits for another one. */
async function someoneWaits(): Promise<void> {
  for (;;) {
    const waiting = await rowsOf(
      world.store.db,
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (waiting.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('[P02] [I5] two turns count at once: what they begin together stays within the line', async () => {
  await copied('from-away', away);
  await copied('from-third', third);
  await world.turn(home);
  expect(world.live(home)).toHaveLength(12);

  const first = pausing('first');
  const firstTurn = turn(first.engine, away);
  await first.begun;
  const secondTurn = turn({ ...world.engine, worker: 'second' }, third);
  await Promise.race([secondTurn, someoneWaits()]);
  first.letGo();
  const reports = await Promise.all([firstTurn, secondTurn]);
  expect(reports.map(({ counts }) => counts.deleted).sort()).toEqual([0, 6]);
  expect(world.live(home)).toHaveLength(6);
  expect(await unsettledCount(world.store.db)).toBe(0);

  await world.reconcile();
  expect(world.live(home)).toHaveLength(6);
  expect(await openHoldIds(world.store.db)).toMatchObject([{ kind: 'withdrawals', keys: keysOf('from-third') }]);
});
