/** A writer who leaves a transaction open keeps back what they write, and nothing else of the calendar. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, rowsOf } from './tables.ts';

let world: World;
/** An engine of which no statement gets away with waiting for anybody. */
let engine: Engine;
let writer: pg.Client;
beforeEach(async () => {
  world = await World.open();
  engine = { ...world.engine, db: openDatabase(openPool({ connection: { url: world.store.url }, lockWaitMs: 300 })) };
  writer = new pg.Client(world.store.connection);
  await writer.connect();
});
afterEach(async () => {
  await writer.end();
  await engine.db.destroy();
  await world.close();
});

const minuteMs = 60_000;
const chalk = `update calsync.desired_event set description = 'Bring chalk' where key = 'class-1'`;
const insertion = (key: string) =>
  `insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
     values ('${key}', '${home}', '${key}', '2027-03-01 10:00', 'Europe/Copenhagen', '2027-03-01 11:00', 'Europe/Copenhagen')`;
const withdrawal = `delete from calsync.desired_event where key = 'class-1'`;

function failPatches(error: 'backendError' | 'timeRangeEmpty', times: number): void {
  world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, times, action: { kind: 'error', error } });
}

interface Situation {
  readonly name: string;
  /** What happens before the writer begins; `id` is the event of class-1. */
  readonly before: (id: string) => Promise<void> | void;
  /** What the writer has done and not committed. */
  readonly held: string;
  readonly ends: Readonly<Record<'commit' | 'rollback', object | null>>;
}

const algebra = { summary: 'Algebra' };
const withChalk = { summary: 'Algebra', description: 'Bring chalk' };

const situations: readonly Situation[] = [
  {
    name: 'somebody changes the event in Google',
    before: (id) => void world.emulator.people.edit(home, id, { summary: 'Party' }),
    held: chalk,
    ends: { commit: withChalk, rollback: algebra },
  },
  {
    name: 'somebody deletes it in Google',
    before: (id) => void world.emulator.people.remove(home, id),
    held: chalk,
    ends: { commit: withChalk, rollback: algebra },
  },
  {
    name: 'a full listing does not show it any more',
    before: (id) => {
      world.emulator.people.remove(home, id);
      world.emulator.administration.invalidateSyncTokens(home);
    },
    held: chalk,
    ends: { commit: withChalk, rollback: algebra },
  },
  {
    name: 'the writer withdraws what somebody changes in Google',
    before: (id) => void world.emulator.people.edit(home, id, { summary: 'Party' }),
    held: withdrawal,
    ends: { commit: null, rollback: algebra },
  },
  {
    name: 'the writer puts a withdrawn key again, whose event could not be deleted yet',
    before: async (id) => {
      await rowsOf(world.store.db, withdrawal);
      world.emulator.people.edit(home, id, { location: 'Roof' });
    },
    held: insertion('class-1'),
    ends: { commit: { summary: 'class-1' }, rollback: null },
  },
  {
    name: 'the writer inserts another row on the same calendar',
    before: (id) => void world.emulator.people.edit(home, id, { summary: 'Party' }),
    held: insertion('class-3'),
    ends: { commit: algebra, rollback: algebra },
  },
  {
    name: 'Google has trouble with what was written before',
    before: async () => {
      await world.put([anEvent({ location: 'Room 5' })]);
      failPatches('backendError', 1);
    },
    held: chalk,
    ends: { commit: { ...withChalk, location: 'Room 5' }, rollback: { location: 'Room 5' } },
  },
  {
    name: 'a policy takes over what somebody changed in Google',
    before: async (id) => {
      await setCalendar(world.store.db, home, { drift: 'adopt' });
      await world.put([anEvent({ location: 'Room 5' })]);
      world.emulator.people.edit(home, id, { summary: 'Party' });
    },
    held: chalk,
    ends: {
      commit: { summary: 'Party', location: 'Room 5', description: 'Bring chalk' },
      rollback: { summary: 'Party', location: 'Room 5' },
    },
  },
];

async function goOn(): Promise<readonly (string | null)[]> {
  const { calendars } = await reconcile(engine, { calendars: null, once: true });
  return calendars.map(({ error }) => error?.message ?? null);
}

describe.each(situations)('$name', ({ before, held, ends }) => {
  test.each(['commit', 'rollback'] as const)(
    'and the writer ends with %s: meanwhile the rest goes on, afterwards nothing is forgotten',
    async (end) => {
      await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Geometry' })]);
      await world.reconcile();
      await before(world.eventOf('class-1').id);
      await writer.query('begin');
      await writer.query(held);

      await world.put([anEvent({ key: 'class-4', summary: 'Logic' })]);
      expect(await goOn()).toEqual([null]);
      expect(world.eventOf('class-4').summary).toBe('Logic');

      await writer.query(end);
      await world.advance(10 * minuteMs);
      expect(await goOn()).toEqual([null]);
      await world.advance(10 * minuteMs);
      const [report] = await world.reconcile();
      expect(report?.state).toBe('in_sync');
      const wished = ends[end];
      if (wished === null)
        expect(
          world
            .live()
            .map(({ summary }) => summary)
            .sort(),
        ).toEqual(['Geometry', 'Logic']);
      else expect(world.eventOf('class-1')).toMatchObject(wished);
      expect(await dirtyKeys(world.store.db)).toEqual([]);
      expect(await rowsOf(world.store.db, 'select key from calsync.owed_mark')).toEqual([]);
      expect(await openFindings(world.store.db)).toEqual([]);
    },
  );
});

test('what a turn could not mark keeps the calendar from being called in sync', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party' });
  await writer.query('begin');
  await writer.query(chalk);
  const [report] = (await reconcile(engine, { calendars: null, once: true })).calendars;
  expect(report).toMatchObject({ state: 'out_of_sync', error: null });
  const standing = await rowsOf<{ status: string }>(world.store.db, 'select status from calsync.event_status');
  expect(standing).toEqual([{ status: 'unknown' }]);
});

test('a row that Google refuses while its writer is at work is parked once the writer is done', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  await world.put([anEvent({ location: 'Room 5' })]);
  failPatches('timeRangeEmpty', 6);
  await writer.query('begin');
  await writer.query(chalk);
  expect(await goOn()).toEqual([null]);
  expect(await openFindings(world.store.db)).toEqual(['rejected class-1']);
  await writer.query('rollback');
  await goOn();
  expect(await rowsOf(world.store.db, 'select key, parked from calsync.dirty')).toEqual([
    { key: 'class-1', parked: true },
  ]);
});
