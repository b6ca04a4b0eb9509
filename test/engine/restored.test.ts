import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { markOf } from '../../src/core/identity.ts';
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { diff } from '../../src/engine/diff.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { openHolds } from '../../src/store/hold.ts';
import { anEvent, home, World } from '../support/world.ts';
import { backUp } from './backup.ts';
import { dirtyKeys, openFindings, openHoldIds, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const dayMs = 86_400_000;

let backedUpAt: Date;

/** A day of life after the backup: changes, a withdrawal, a new row; then the backup is put back. */
async function liveOnAndRestore(): Promise<void> {
  await world.put([
    anEvent({
      key: 'changed',
      summary: 'Algebra',
      attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }],
    }),
    anEvent({ key: 'withdrawn', summary: 'Physics' }),
    anEvent({ key: 'same', summary: 'Chemistry' }),
  ]);
  await world.reconcile();
  const restore = await backUp(world.store.db);
  backedUpAt = new Date(world.now());
  await world.advance(dayMs);
  for (const summary of ['One', 'Two', 'Three', 'Four']) await world.put([anEvent({ key: 'changed', summary })]);
  await world.put([
    anEvent({ key: 'changed', summary: 'Geometry', location: 'Room 7' }),
    anEvent({ key: 'new', summary: 'Biology' }),
  ]);
  await rowsOf(world.store.db, `delete from calsync.desired_event where key = 'withdrawn'`);
  await rowsOf(world.store.db, `delete from calsync.desired_attendee where key = 'changed' and address like 'bob%'`);
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  expect(titles()).toEqual(['Biology', 'Chemistry', 'Geometry']);
  await restore();
}

const titles = () =>
  world
    .live()
    .map(({ summary }) => summary)
    .sort();

/** Keys that more than one live event stands for. */
const doubled = () => {
  const keys = world.live().map((event) => markOf(event)?.key);
  return keys.filter((key, index) => keys.indexOf(key) !== index);
};

const theHold = async () => {
  const [hold] = await openHolds(world.store.db);
  if (hold === undefined) throw new Error('nothing is held');
  return hold;
};

describe('the database is restored from a backup', () => {
  for (const orphans of ['flag', 'delete'] as const) {
    test(`[P34] the calendar is held, it is said from when the table is, and nothing is written (orphans: ${orphans})`, async () => {
      await setCalendar(world.store.db, home, { orphans });
      await liveOnAndRestore();
      const since = world.mark();
      expect((await world.reconcile())[0]).toMatchObject({ state: 'held' });
      expect(world.changes(since)).toEqual([]);
      expect(titles()).toEqual(['Biology', 'Chemistry', 'Geometry']);

      const hold = await theHold();
      expect(hold).toMatchObject({ kind: 'table_older', items: [{ key: 'changed' }] });
      const [, tableAt, googleAt] =
        /the last change that the table knows is of (\S+), and Google shows changes of (\S+)$/.exec(hold.reason) ?? [];
      expect(Math.abs(Date.parse(tableAt ?? '') - backedUpAt.getTime())).toBeLessThan(30_000);
      expect(Date.parse(googleAt ?? '') - backedUpAt.getTime()).toBeGreaterThan(dayMs - 30_000);
      const standing = await diff(world.engine, { calendars: null, key: null, live: false });
      expect(standing.calendars[0]).toMatchObject({ state: 'held', stateReason: hold.reason });
    });

    test(`[P34] approve: the table's state goes through, no key is doubled, and what the table never heard of stays (orphans: ${orphans})`, async () => {
      await setCalendar(world.store.db, home, { orphans });
      await liveOnAndRestore();
      await world.reconcile();
      await approveHold(world.store.db, (await theHold()).id, 'ada');
      await world.reconcile();
      expect(titles()).toEqual(['Algebra', 'Biology', 'Chemistry', 'Physics']);
      expect(doubled()).toEqual([]);
      expect(
        world
          .eventOf('changed')
          .attendees?.map(({ email }) => email)
          .sort(),
      ).toEqual(['ada@example.com', 'bob@example.com']);
      expect(await openFindings(world.store.db)).toEqual(['orphan new']);
      expect(await openHoldIds(world.store.db)).toEqual([]);

      // The decision lasts, and the application's own new row finds its event again.
      await world.advance(2 * dayMs);
      await world.put([anEvent({ key: 'new', summary: 'Biology' })]);
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(titles()).toEqual(['Algebra', 'Biology', 'Chemistry', 'Physics']);
      expect(doubled()).toEqual([]);
      expect(await dirtyKeys(world.store.db)).toEqual([]);
    });
  }

  test.each(['flag', 'ignore', 'adopt'] as const)(
    '[P34] approve: what the newer table had written is no drift, whatever is done about drift (%s)',
    async (drift) => {
      await setCalendar(world.store.db, home, { drift });
      await liveOnAndRestore();
      await world.reconcile();
      await approveHold(world.store.db, (await theHold()).id, 'ada');
      await world.reconcile();
      expect(world.eventOf('changed').summary).toBe('Algebra');
      expect(await openFindings(world.store.db)).toEqual(['orphan new']);
      expect(await rowsOf(world.store.db, `select summary from calsync.desired_event where key = 'changed'`)).toEqual([
        { summary: 'Algebra' },
      ]);
    },
  );

  test('[P34] [I4] what the policy withholds waits on while the calendar is held', async () => {
    await world.put([
      anEvent({ key: 'changed', summary: 'Algebra' }),
      anEvent({ key: 'withdrawn', summary: 'Physics' }),
    ]);
    await world.reconcile();
    await setCalendar(world.store.db, home, { policy: 'upsert-only' });
    const restore = await backUp(world.store.db);
    await world.put([anEvent({ key: 'changed', summary: 'Geometry' })]);
    await world.reconcile();
    await restore();
    await rowsOf(world.store.db, `delete from calsync.desired_event where key = 'withdrawn'`);
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(await dirtyKeys(world.store.db)).toContain('withdrawn');
  });

  test('[P34] [I4] what was withheld beside it is not forgotten: it is done once somebody has decided', async () => {
    await setCalendar(world.store.db, home, { drift: 'adopt' });
    await liveOnAndRestore();
    world.emulator.people.edit(home, world.eventOf('same').id, { summary: 'Chemistry by hand' });
    expect((await world.reconcile())[0]?.state).toBe('held');
    await approveHold(world.store.db, (await theHold()).id, 'ada');
    await world.reconcile();
    expect(await rowsOf(world.store.db, `select summary from calsync.desired_event where key = 'same'`)).toEqual([
      { summary: 'Chemistry by hand' },
    ]);
  });

  test('[P34] reject: the rows take over what Google shows, and nothing but our marks changes there', async () => {
    await liveOnAndRestore();
    await world.reconcile();
    const { id } = world.eventOf('changed');
    await rejectHold(world.store.db, (await theHold()).id, 'ada');
    await world.reconcile();
    expect(world.eventOf('changed')).toMatchObject({ id, summary: 'Geometry', location: 'Room 7' });
    expect(await rowsOf(world.store.db, `select summary from calsync.desired_event where key = 'changed'`)).toEqual([
      { summary: 'Geometry' },
    ]);
    expect(
      await rowsOf(world.store.db, `select address from calsync.desired_attendee where key = 'changed' order by 1`),
    ).toEqual([{ address: 'ada@example.com' }]);
    expect(doubled()).toEqual([]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    // It is over: no hold comes back when the permission has ended.
    await world.advance(2 * dayMs);
    await rowsOf(world.store.db, `update calsync.dirty set due_at = calsync.now()`);
    const since = world.mark();
    await world.put([anEvent({ key: 'changed', summary: 'Topology' })]);
    await world.reconcile();
    expect(world.changes(since)).toEqual(['events.patch']);
    expect(world.eventOf('changed').summary).toBe('Topology');
    expect(await openHoldIds(world.store.db)).toEqual([]);
  });

  test('[P34] a row that was withdrawn in the backup and is back in the calendar is brought back by reject', async () => {
    await world.put([anEvent({ key: 'changed', summary: 'Algebra' })]);
    await world.reconcile();
    await rowsOf(world.store.db, `delete from calsync.desired_event`);
    await world.reconcile();
    const restore = await backUp(world.store.db);
    await world.advance(dayMs);
    await world.put([anEvent({ key: 'changed', summary: 'Again' })]);
    await world.put([anEvent({ key: 'changed', summary: 'And again' })]);
    await world.reconcile();
    await restore();
    expect((await world.reconcile())[0]?.state).toBe('held');
    await rejectHold(world.store.db, (await theHold()).id, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(titles()).toEqual(['And again']);
    expect(doubled()).toEqual([]);
  });
});
