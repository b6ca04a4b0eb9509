/** Events beside the one that stands for a key, whose deletion waits: for a person, or for Google. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold, rejectHold, retry } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, openHoldIds, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await setCalendar(world.store.db, home, { duplicates: 'delete' });
  await world.put(Array.from({ length: 30 }, (_, index) => anEvent({ key: keyOf(index), summary: keyOf(index) })));
  await world.reconcile();
});
afterEach(async () => {
  await world.close();
});

const hourMs = 3_600_000;
const keyOf = (index: number) => `class-${String(index + 1).padStart(2, '0')}`;

async function withdraw(from: number, to: number): Promise<void> {
  await rowsOf(
    world.store.db,
    `delete from calsync.desired_event where key between '${keyOf(from)}' and '${keyOf(to)}'`,
  );
}

/** A person copies events with their marks. Answers the ids of the copies. */
function copy(from: number, to: number): readonly string[] {
  const before = new Set(world.live().map(({ id }) => id));
  for (let index = from; index <= to; index += 1)
    world.emulator.people.copy(home, world.eventOf(keyOf(index)).id, true);
  return world.live().flatMap(({ id }) => (before.has(id) ? [] : [id]));
}

const liveIds = () => new Set(world.live().map(({ id }) => id));

describe('copies that are to go are over the line together with withdrawals', () => {
  test('[P02] [P04] none of them goes in a later turn either, and the hold stays the same', async () => {
    copy(20, 25);
    await withdraw(0, 5);
    expect((await world.turn()).state).toBe('held');
    const holds = await openHoldIds(world.store.db);
    expect(holds[0]?.keys).toHaveLength(12);
    expect((await world.turn()).state).toBe('held');
    expect(world.live()).toHaveLength(36);
    expect(await openHoldIds(world.store.db)).toEqual(holds);
    await approveHold(world.store.db, holds[0]?.id ?? 0, 'ada');
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { deleted: 12 } });
    expect(world.live()).toHaveLength(24);
    expect(await openFindings(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P02] [P04] they are judged with what comes up later in the same turn', async () => {
    copy(20, 25);
    await withdraw(0, 5);
    await world.put([anEvent({ key: keyOf(29), summary: 'Renamed' })]);
    // Overtaken, so its key is planned once more in this turn.
    world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, action: { kind: 'touch_event' } });
    expect((await world.turn()).state).toBe('held');
    expect(world.eventOf(keyOf(29)).summary).toBe('Renamed');
    expect(world.live()).toHaveLength(36);
  });
});

describe('copies are over the line of the hour', () => {
  /** Eight events went within the hour; six copies, of which the first one's row has changed too. */
  async function overTheLine(): Promise<readonly string[]> {
    await withdraw(0, 7);
    await world.reconcile();
    const copies = copy(20, 25);
    await world.put([anEvent({ key: keyOf(20), summary: 'Renamed' })]);
    expect((await world.turn()).state).toBe('held');
    expect(world.live()).toHaveLength(28);
    expect(world.live().filter(({ summary }) => summary === 'Renamed')).toHaveLength(1);
    return copies;
  }

  test('[P04] they go by themselves when the hour is over, although their rows have nothing else to do', async () => {
    const copies = await overTheLine();
    await world.advance(hourMs + 60_000);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(copies.filter((id) => liveIds().has(id))).toEqual([]);
    expect(world.live()).toHaveLength(22);
    expect(await rowsOf(world.store.db, 'select decision from calsync.hold')).toEqual([{ decision: 'lapsed' }]);
  });

  test('[P04] a person deletes them in Google instead: the hold lapses', async () => {
    for (const id of await overTheLine()) world.emulator.people.remove(home, id);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await rowsOf(world.store.db, 'select decision from calsync.hold')).toEqual([{ decision: 'lapsed' }]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P02] [P04] reject: they stay and are told, and nobody is asked again', async () => {
    const copies = await overTheLine();
    const [hold] = await openHoldIds(world.store.db);
    await rejectHold(world.store.db, hold?.id ?? 0, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    await world.advance(hourMs + 60_000);
    await world.put([anEvent({ key: keyOf(21), summary: 'Renamed too' })]);
    await world.reconcile();
    expect(copies.filter((id) => !liveIds().has(id))).toEqual([]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(
      Array.from({ length: 6 }, (_, index) => `duplicate ${keyOf(20 + index)}`),
    );
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });
});

test('[P02] reject: a row that was cancelled stays so, although its copy was to go', async () => {
  await setCalendar(world.store.db, home, { duplicates: 'flag' });
  const [id] = copy(20, 20);
  await rowsOf(
    world.store.db,
    `update calsync.desired_event set cancelled_at = calsync.now() where key = '${keyOf(20)}'`,
  );
  await withdraw(0, 9);
  await world.reconcile();
  await setCalendar(world.store.db, home, { duplicates: 'delete' });
  await retry(world.store.db, { keys: [keyOf(20)] });
  expect((await world.reconcile())[0]).toMatchObject({ state: 'held', counts: { deleted: 0, held: 1 } });
  const [hold] = await openHoldIds(world.store.db);
  await rejectHold(world.store.db, hold?.id ?? 0, 'ada');
  await world.reconcile();
  expect(world.live().filter(({ summary }) => summary === keyOf(20))).toMatchObject([{ id }]);
  expect(
    await rowsOf(world.store.db, `select key from calsync.desired_event where cancelled_at is not null`),
  ).toHaveLength(1);
  expect(await openHoldIds(world.store.db)).toEqual([]);
});

test('[P04] a patch of the key is written while the delete of its copy fails: the copy is not forgotten', async () => {
  const [id] = copy(0, 0);
  await world.put([anEvent({ key: keyOf(0), summary: 'Renamed' })]);
  world.emulator.faults.add({
    match: { operation: 'calendar.events.delete' },
    times: null,
    action: { kind: 'error', error: 'rateLimitExceeded' },
  });
  await world.turn();
  expect(world.live().filter(({ summary }) => summary === 'Renamed')).toHaveLength(1);
  world.emulator.faults.clear();
  await world.advance(hourMs);
  await world.reconcile();
  expect(liveIds()).not.toContain(id);
  expect(world.live()).toHaveLength(30);
  expect(await openFindings(world.store.db)).toEqual([]);
});
