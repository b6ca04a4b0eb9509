import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { pairsOfHold, rekey } from '../../src/engine/rekey.ts';
import { openHolds } from '../../src/store/hold.ts';
import { anEvent, away, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, openHoldIds, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const writer = { actor: 'ada', door: 'cli', source: 'caller' } as const;
const oldKey = (index: number) => `class-${String(index).padStart(2, '0')}`;
const newKey = (index: number) => `course/${String(index).padStart(2, '0')}`;
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Each at its own hour, so that no two say the same. */
function rows(count: number, keyOf: (index: number) => string, fields: object = {}): readonly object[] {
  return numbers(count).map((index) => {
    const day = `2027-03-${String(1 + (index % 28)).padStart(2, '0')}`;
    return anEvent({
      key: keyOf(index),
      summary: `Class ${index}`,
      start: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Copenhagen' },
      end: { dateTime: `${day}T11:00:00`, timeZone: 'Europe/Copenhagen' },
      ...fields,
    });
  });
}

/** Every key gets another spelling, as when an import is changed. */
async function respell(count: number): Promise<void> {
  await rowsOf(world.store.db, `delete from calsync.desired_event where key like 'class-%'`);
  await world.put(rows(count, newKey));
}

const ids = () =>
  world
    .live()
    .map(({ id }) => id)
    .sort();

describe('every key changes its spelling', () => {
  test('[P03] deletes and creates that pair up are one hold, and nothing is doubled while it waits', async () => {
    await world.put(rows(20, oldKey, { attendees: [{ email: 'ada@example.com' }] }));
    await world.reconcile();
    const before = ids();
    await rowsOf(world.store.db, `delete from calsync.desired_event where key like 'class-%'`);
    await world.put(rows(20, newKey, { attendees: [{ email: 'ada@example.com' }] }));
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { created: 0, deleted: 0 } });
    expect(world.changes(since)).toEqual([]);
    expect(ids()).toEqual(before);
    const holds = await openHolds(world.store.db);
    expect(holds).toHaveLength(1);
    expect(holds[0]?.kind).toBe('rekey');
    expect(holds[0]?.reason).toContain('calsync rekey');
    expect(holds[0]?.items.flatMap(({ key, replaces }) => (replaces === undefined ? [] : [[replaces, key]]))).toEqual(
      numbers(20).map((index) => [oldKey(index), newKey(index)]),
    );
    // It waits as it is, however often it is looked at.
    await world.advance(60_000);
    await world.reconcile();
    expect(await openHolds(world.store.db)).toEqual(holds);
    expect(ids()).toEqual(before);
  });
});

describe('a hold of a re-key', () => {
  beforeEach(async () => {
    await world.put(rows(20, oldKey));
    await world.reconcile();
    await respell(20);
    expect((await world.reconcile())[0]?.state).toBe('held');
  });
  const hold = async () => (await openHoldIds(world.store.db))[0]?.id ?? 0;

  test('[P03] approve: exactly the set is deleted and created, and it is used up', async () => {
    const before = ids();
    await approveHold(world.store.db, await hold(), 'ada');
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { created: 20, deleted: 20 } });
    expect(ids()).toHaveLength(20);
    expect(ids().filter((id) => before.includes(id))).toEqual([]);
    expect(await rowsOf(world.store.db, 'select key from calsync.hold_item where used_at is null')).toEqual([]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P03] reject: the old rows are back, the new ones are cancelled, Google stays as it is', async () => {
    const before = ids();
    await rejectHold(world.store.db, await hold(), 'ada');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    expect(ids()).toEqual(before);
    const live = await rowsOf<{ key: string }>(
      world.store.db,
      'select key from calsync.desired_event where cancelled_at is null order by key',
    );
    expect(live.map(({ key }) => key)).toEqual(numbers(20).map(oldKey));
  });

  test('[P03] rekey: the events stay and get the new mark in place, and a later change reaches them', async () => {
    const before = ids();
    const result = await rekey(world.store.db, await pairsOfHold(world.store.db, await hold()), writer);
    expect(result.kind).toBe('rekeyed');
    const since = world.mark();
    expect((await world.reconcile())[0]).toMatchObject({
      state: 'in_sync',
      counts: { patched: 20, created: 0, deleted: 0 },
    });
    expect(new Set(world.changes(since))).toEqual(new Set(['events.patch']));
    expect(ids()).toEqual(before);
    expect(world.eventOf(newKey(7)).summary).toBe('Class 7');
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
    // Idle afterwards, and the binding leads to the event.
    const later = world.mark();
    await world.reconcile();
    expect(world.calls(later)).toEqual(['events.list']);
    await world.put([anEvent({ key: newKey(7), summary: 'Renamed' })]);
    await world.reconcile();
    expect(world.eventOf(newKey(7)).summary).toBe('Renamed');
    expect(ids()).toEqual(before);
    const told = await rowsOf(
      world.store.db,
      `select key, kind, actor, before ->> 'key' as old, after ->> 'key' as new from calsync.history
         where kind = 'rekeyed' and key in ('${oldKey(3)}', '${newKey(3)}') order by key`,
    );
    expect(told).toEqual([
      { key: oldKey(3), kind: 'rekeyed', actor: 'ada', old: oldKey(3), new: newKey(3) },
      { key: newKey(3), kind: 'rekeyed', actor: 'ada', old: oldKey(3), new: newKey(3) },
    ]);
  });

  test('[P03] an old key that comes back after its event was given away gets an event of its own', async () => {
    await rekey(world.store.db, await pairsOfHold(world.store.db, await hold()), writer);
    await world.reconcile();
    await world.put([anEvent({ key: oldKey(5), summary: 'Back', allowTwin: true })]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(21);
    expect(world.eventOf(oldKey(5)).summary).toBe('Back');
    expect(world.eventOf(newKey(5)).summary).toBe('Class 5');
    // And goes without taking the other's with it.
    await rowsOf(world.store.db, `delete from calsync.desired_event where key = '${oldKey(5)}'`);
    await world.reconcile();
    expect(world.live()).toHaveLength(20);
    expect(world.eventOf(newKey(5)).summary).toBe('Class 5');
  });

  test('a turn that dies before the new marks are on the events goes on where it was', async () => {
    const before = ids();
    await rekey(world.store.db, await pairsOfHold(world.store.db, await hold()), writer);
    const fault = world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.reconcile();
    expect(ids()).toEqual(before);
    world.emulator.faults.remove(fault);
    await world.advance(5 * 60_000);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(ids()).toEqual(before);
    expect(await bindings(world.store.db).then((lines) => lines.filter((line) => line.endsWith('live')))).toHaveLength(
      20,
    );
  });
});

describe('what is no re-key', () => {
  test('[P03] withdrawn rows beside new ones that say something else: the deletes alone are held', async () => {
    await world.put(rows(20, oldKey));
    await world.reconcile();
    await rowsOf(world.store.db, `delete from calsync.desired_event where key like 'class-%'`);
    await world.put([...rows(12, newKey), anEvent({ key: 'other', summary: 'Something else' })]);
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'held', counts: { created: 1, deleted: 0 } });
    const holds = await openHoldIds(world.store.db);
    expect(holds.map(({ kind, keys }) => [kind, keys.length])).toEqual([
      ['withdrawals', 8],
      ['rekey', 24],
    ]);
    expect(world.live()).toHaveLength(21);
  });
});

describe('rekey refuses what is not plain', () => {
  beforeEach(async () => {
    await world.put(rows(3, oldKey));
    await world.reconcile();
  });
  const problems = async (...pairs: readonly (readonly [string, string])[]) => {
    const result = await rekey(
      world.store.db,
      pairs.map(([from, to]) => ({ from, to })),
      writer,
    );
    return result.kind === 'refused' ? result.problems.map(({ message }) => message) : [];
  };

  test('all or none: one pair that cannot be leaves every key as it is', async () => {
    await rowsOf(world.store.db, `delete from calsync.desired_event where key in ('${oldKey(0)}', '${oldKey(1)}')`);
    await world.put(rows(1, newKey));
    const before = await bindings(world.store.db);
    expect(await problems([oldKey(0), newKey(0)], [oldKey(1), 'nobody'])).toEqual(['nobody has no row']);
    expect(await bindings(world.store.db)).toEqual(before);
  });

  test('the old key still has a row; the new one has an event, is cancelled, or is on another calendar; a key is named twice', async () => {
    await world.manage(away);
    await world.put([
      ...rows(1, newKey, { allowTwin: true }),
      anEvent({ key: 'elsewhere', calendar: away, summary: 'Elsewhere' }),
    ]);
    expect(await problems([oldKey(0), newKey(0)])).toEqual([`${oldKey(0)} still has a row: withdraw it first`]);
    await rowsOf(world.store.db, `delete from calsync.desired_event where key = '${oldKey(0)}'`);
    expect(await problems(['never', newKey(0)])).toEqual(['no event stands for never']);
    expect(await problems([oldKey(0), oldKey(1)])).toEqual([`an event stands for ${oldKey(1)} already`]);
    expect((await problems([oldKey(0), 'elsewhere']))[0]).toContain(`names ${away}`);
    expect(await problems([oldKey(0), newKey(0)], [oldKey(0), 'elsewhere'])).toHaveLength(2);
    await rowsOf(
      world.store.db,
      `update calsync.desired_event set cancelled_at = calsync.now() where key = '${newKey(0)}'`,
    );
    expect(await problems([oldKey(0), newKey(0)])).toEqual([`${newKey(0)} is cancelled`]);
  });

  test('equal events in a hold: which gets which key is for a person to say', async () => {
    await world.put(numbers(15).map((index) => anEvent({ key: `same-${index}`, summary: 'Same', allowTwin: true })));
    await world.reconcile();
    await rowsOf(world.store.db, `delete from calsync.desired_event where key like 'same-%'`);
    await world.put(numbers(15).map((index) => anEvent({ key: `equal-${index}`, summary: 'Same', allowTwin: true })));
    await world.reconcile();
    const hold = (await openHolds(world.store.db)).find(({ kind }) => kind === 'rekey');
    await expect(pairsOfHold(world.store.db, hold?.id ?? 0)).rejects.toMatchObject({ reason: 'ambiguous_rekey' });
  });
});
