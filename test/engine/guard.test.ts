import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { account, anEvent, away, classes, classKey, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, openHoldIds, rowsOf, theHold } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const hourMs = 3_600_000;
async function deletesSince(since: number): Promise<number> {
  return world.calls(since).filter((call) => call === 'events.delete').length;
}

async function withdraw(where: string): Promise<void> {
  await rowsOf(world.store.db, `delete from calsync.desired_event where ${where}`);
}

/** So many events are in Google, rows are taken out, more than the line lets pass, and a person says that their events may go. */
async function approvedWithdrawal(count: number, where = 'true'): Promise<void> {
  await world.put(classes(count));
  await world.reconcile();
  await withdraw(where);
  await world.reconcile();
  await approveHold(world.store.db, (await theHold(world.store.db)).id, 'ada');
}

describe('[P02] most of the table is gone', () => {
  test('[P02] TRUNCATE: every delete is held, none is made, and the hold names the exact set', async () => {
    await world.put(classes(30));
    await world.reconcile();
    await rowsOf(world.store.db, 'truncate calsync.desired_event cascade');
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { deleted: 0, held: 30 } });
    expect(await deletesSince(since)).toBe(0);
    expect(world.live()).toHaveLength(30);
    const holds = await openHoldIds(world.store.db);
    expect(holds).toMatchObject([{ kind: 'withdrawals' }]);
    expect(holds[0]?.keys).toEqual(Array.from({ length: 30 }, (_, index) => classKey(index)));
    expect(await bindings(world.store.db)).toHaveLength(30);

    // It waits as it is, however often it is looked at.
    await world.reconcile();
    expect(await openHoldIds(world.store.db)).toEqual(holds);
  });

  test('[P02] approve: exactly that set goes, once; a second approve is refused', async () => {
    await world.put(classes(40));
    await world.reconcile();
    await withdraw(`key <= '${classKey(19)}'`);
    await world.reconcile();
    const { id } = await theHold(world.store.db);
    await approveHold(world.store.db, id, 'ada');
    await expect(approveHold(world.store.db, id, 'ada')).rejects.toMatchObject({ kind: 'usage' });
    const since = world.mark();
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { deleted: 20 } });
    expect(await deletesSince(since)).toBe(20);
    expect(world.live().map(({ summary }) => summary)).toEqual(
      Array.from({ length: 20 }, (_, index) => `Class ${index + 21}`),
    );
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P02] what is withdrawn after the approval is not covered by it', async () => {
    await approvedWithdrawal(60, `key <= '${classKey(19)}'`);
    await withdraw(`key <= '${classKey(39)}'`);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(await deletesSince(since)).toBe(20);
    expect(world.live()).toHaveLength(40);
    const [next] = await openHoldIds(world.store.db);
    expect(next?.keys).toEqual(Array.from({ length: 20 }, (_, index) => classKey(20 + index)));
  });

  test('[P02] an approval that nobody used for a day ends', async () => {
    await approvedWithdrawal(30);
    await world.advance(25 * hourMs);
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(world.live()).toHaveLength(30);
  });

  test('[P02] a delete that fails after the approval is made later under the same one', async () => {
    await approvedWithdrawal(30);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.delete' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.reconcile();
    expect(world.live()).toHaveLength(30);
    world.emulator.faults.clear();
    await world.advance(3 * 60_000);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toEqual([]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
  });

  /** The next turn's deletes are carried out, and neither their answers nor the readings after them arrive. Answers how many there were. */
  async function deleteUnheard(): Promise<number> {
    world.emulator.faults.add({
      match: { operation: 'calendar.events.delete' },
      times: null,
      action: { kind: 'lose_answer' },
    });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    const gone = new Set(world.live().map(({ id }) => id));
    await world.turn();
    world.emulator.faults.clear();
    for (const { id } of world.live()) gone.delete(id);
    for (const id of gone) world.emulator.people.restore(home, id);
    await world.advance(3 * 60_000);
    return gone.size;
  }

  test('[P02] [S02C] an approved delete whose answer was lost, and whose event people brought back, is asked about again', async () => {
    await approvedWithdrawal(12);
    const broughtBack = await deleteUnheard();
    expect(broughtBack).toBeGreaterThanOrEqual(5);
    // What certainly did not happen goes under the same permission.
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(world.live()).toHaveLength(broughtBack);
    const next = await theHold(world.store.db);
    expect(next.keys).toHaveLength(broughtBack);
    await approveHold(world.store.db, next.id, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toEqual([]);
  });

  test('[P02] an approved delete that Google refuses, since a person changed the event meanwhile, keeps its permission', async () => {
    await approvedWithdrawal(12);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.delete' },
      times: 12,
      action: { kind: 'touch_event' },
    });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toEqual([]);
    expect(await rowsOf(world.store.db, "select from calsync.intent where outcome = 'overtaken'")).toHaveLength(12);
    expect(await rowsOf(world.store.db, 'select decision from calsync.hold')).toEqual([{ decision: 'approved' }]);
  });

  test('[P02] [S02C] deletes that may have happened count in the hour, although their events are back', async () => {
    await world.put(classes(40));
    await world.reconcile();
    await withdraw(`key <= '${classKey(7)}'`);
    const broughtBack = await deleteUnheard();
    expect(broughtBack).toBeGreaterThanOrEqual(3);
    expect(world.live()).toHaveLength(40);
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(world.live()).toHaveLength(40);
  });

  test('[P02] reject: the rows are back as they were, and nothing is deleted or created', async () => {
    await world.put(
      classes(30).map((row) => ({ ...row, attendees: [{ email: 'ada@example.com' }], location: 'Room 7' })),
    );
    await world.reconcile();
    await rowsOf(world.store.db, 'truncate calsync.desired_event cascade');
    await world.reconcile();
    await rejectHold(world.store.db, (await theHold(world.store.db)).id, 'ada');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.calls(since).filter((call) => call !== 'events.list')).toEqual([]);
    expect(world.live()).toHaveLength(30);
    expect(await rowsOf(world.store.db, 'select count(*)::int as rows from calsync.desired_event')).toEqual([
      { rows: 30 },
    ]);
    expect(await rowsOf(world.store.db, 'select count(*)::int as guests from calsync.desired_attendee')).toEqual([
      { guests: 30 },
    ]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
  });

  test('[P02] patches and creates go on while deletes are held', async () => {
    await world.put(classes(30));
    await world.reconcile();
    await withdraw(`key <= '${classKey(24)}'`);
    await world.put([...classes(1, {}, 40), anEvent({ key: classKey(28), summary: 'Renamed' })]);
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { created: 1, patched: 1, deleted: 0 } });
    expect(world.live()).toHaveLength(31);
  });

  test('[P02] many small withdrawals within an hour add up, and an hour later they may go on', async () => {
    await world.put(classes(40));
    await world.reconcile();
    for (const last of [3, 7, 11]) {
      await withdraw(`key <= '${classKey(last)}'`);
      await world.reconcile();
    }
    expect(world.live()).toHaveLength(32);
    expect(await openHoldIds(world.store.db)).toMatchObject([{ keys: [8, 9, 10, 11].map(classKey) }]);
    await world.advance(hourMs + 60_000);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(28);
  });

  test('[P02] the last event beside one that a person deleted is not withdrawn with the others', async () => {
    await setCalendar(world.store.db, home, { onDelete: 'flag' });
    await world.put(classes(6));
    await world.reconcile();
    world.emulator.people.remove(home, world.eventOf(classKey(5)).id);
    await withdraw(`key < '${classKey(5)}'`);
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { deleted: 0, held: 5 } });
  });

  test('[P02] [S02C] a delete that was carried out, and refused when the network repeated it, counts in the hour', async () => {
    await world.put(classes(5));
    await world.reconcile();
    world.emulator.faults.add({
      match: { operation: 'calendar.events.delete' },
      action: { kind: 'error_after', error: 'conditionNotMet' },
    });
    await withdraw(`key = '${classKey(0)}'`);
    await world.reconcile();
    expect(world.live()).toHaveLength(4);
    await withdraw(`key > '${classKey(0)}'`);
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { deleted: 0, held: 4 } });
  });

  describe('a withdrawn key is on another calendar now, and people brought its old event back', () => {
    /** Also the events of the first `count` keys were withdrawn within the hour. */
    async function broughtBack(count: number): Promise<void> {
      await world.manage(away, {}, account);
      await world.put(classes(30));
      await world.reconcile();
      const old = world.eventOf(classKey(0));
      await withdraw(`key <= '${classKey(count - 1)}'`);
      await world.reconcile();
      await world.put([anEvent({ key: classKey(0), calendar: away })]);
      await world.reconcile();
      expect([world.live().length, world.live(away).length]).toEqual([30 - count, 1]);
      world.emulator.people.restore(home, old.id ?? '');
    }

    test('[P02] it is one withdrawal more on the old calendar, in whosever turn it goes', async () => {
      await broughtBack(10);
      await world.reconcile();
      await world.reconcile();
      expect(world.live()).toHaveLength(21);
      const hold = await theHold(world.store.db);
      expect(hold).toMatchObject({ kind: 'withdrawals', keys: [classKey(0)] });
      await approveHold(world.store.db, hold.id, 'ada');
      await world.reconcile();
      expect([world.live().length, world.live(away).length]).toEqual([20, 1]);
      expect(await openHoldIds(world.store.db)).toEqual([]);
    });

    test('[P02] it waits beside the deletes that are held there, and goes by a decision of its own', async () => {
      await broughtBack(1);
      await withdraw(`key between '${classKey(1)}' and '${classKey(14)}'`);
      await world.turn(home);
      await world.turn(away);
      expect(world.live()).toHaveLength(30);
      const holds = await openHoldIds(world.store.db);
      expect(holds.map(({ keys }) => keys.length)).toEqual([14, 1]);
      // Each waits for its own decision.
      await approveHold(world.store.db, holds[1]?.id ?? 0, 'ada');
      await world.turn(away);
      expect([world.live().length, world.live(away).length]).toEqual([29, 1]);
      expect(await openHoldIds(world.store.db)).toEqual([holds[0]]);
    });
  });

  test('rows are put back before anyone decided: the hold lapses', async () => {
    await world.put(classes(30));
    await world.reconcile();
    await withdraw('true');
    await world.reconcile();
    await world.put(classes(30));
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await rowsOf(world.store.db, 'select decision from calsync.hold')).toEqual([{ decision: 'lapsed' }]);
    expect(await openFindings(world.store.db)).toEqual([]);
  });
});
