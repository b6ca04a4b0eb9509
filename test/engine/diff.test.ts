import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CalendarDiff, type DiffOptions, type DiffReport, diff } from '../../src/engine/diff.ts';
import { anEvent, away, home, World } from '../support/world.ts';
import { openHoldIds, snapshot } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

/** A diff that is shown to change nothing: neither a table, nor Google. */
async function look(options: Partial<DiffOptions> = {}): Promise<DiffReport> {
  const before = await snapshot(world.store.db);
  const since = world.mark();
  const report = await diff(world.engine, { calendars: null, key: null, live: false, ...options });
  expect(await snapshot(world.store.db)).toBe(before);
  const calls = world.calls(since);
  expect(calls.filter((call) => call !== 'events.list')).toEqual([]);
  if (options.live !== true) expect(calls).toEqual([]);
  return report;
}

const itemsOf = (calendar: CalendarDiff | undefined) =>
  (calendar?.items ?? [])
    .map(({ key, kind, action, withheld }) => `${key} ${kind} ${action} ${withheld ?? '-'}`)
    .sort();

describe('diff', () => {
  test('a calendar that was never observed is unknown', async () => {
    await world.put([anEvent()]);
    const report = await look();
    expect(report).toMatchObject({ inSync: false, calendars: [{ state: 'unknown', observedAt: null }] });
  });

  test('in sync: says so, lists nothing, counts every key', async () => {
    await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Physics' })]);
    await world.reconcile();
    const report = await look();
    expect(report).toMatchObject({
      inSync: true,
      calendars: [{ state: 'in_sync', items: [], statuses: { in_sync: 2 } }],
    });
  });

  test('names every difference: pending, drift, deleted, withdrawn, duplicate, orphan', async () => {
    const keys = ['pending', 'drifted', 'deleted', 'withdrawn', 'copied', 'same'];
    await world.put(keys.map((key) => anEvent({ key, summary: key })));
    await world.reconcile();
    await world.put([anEvent({ key: 'pending', summary: 'changed' }), anEvent({ key: 'new', summary: 'new' })]);
    world.emulator.people.edit(home, world.eventOf('drifted').id, { summary: 'Party' });
    world.emulator.people.remove(home, world.eventOf('deleted').id);
    world.emulator.people.copy(home, world.eventOf('copied').id, true);
    await world.store.db.deleteFrom('desired_event').where('key', '=', 'withdrawn').execute();

    // The mirror does not know yet what people did.
    const report = await look();
    expect(itemsOf(report.calendars[0])).toEqual([
      'new pending create -',
      'pending pending patch -',
      'withdrawn withdrawn delete -',
    ]);
    const live = await look({ live: true });
    expect(itemsOf(live.calendars[0])).toEqual([
      'copied duplicate none -',
      'deleted deleted recreate -',
      'drifted drift patch -',
      'new pending create -',
      'pending pending patch -',
      'withdrawn withdrawn delete -',
    ]);
    expect(live.calendars[0]).toMatchObject({
      state: 'out_of_sync',
      counts: { create: 1, patch: 2, delete: 1, recreate: 1 },
    });
    const drifted = live.calendars[0]?.items.find(({ key }) => key === 'drifted');
    expect(drifted?.fields).toMatchObject([
      { field: 'summary', desired: 'drifted', applied: 'drifted', observed: 'Party' },
    ]);
    // What it said is what is done.
    const [done] = await world.reconcile();
    expect(done?.counts).toMatchObject({ created: 1, patched: 2, deleted: 1, recreated: 1 });
  });

  test('what the guard holds is said to be held', async () => {
    await world.put(
      Array.from({ length: 30 }, (_, index) => anEvent({ key: `class-${index}`, summary: `Class ${index}` })),
    );
    await world.reconcile();
    await world.store.db.deleteFrom('desired_event').execute();
    const foretold = await look();
    expect(foretold.calendars[0]).toMatchObject({ state: 'held', counts: { held: 30, delete: 0 } });
    expect(await openHoldIds(world.store.db)).toEqual([]);
    await world.reconcile();
    expect((await look()).calendars[0]).toMatchObject({ state: 'held', counts: { held: 30 } });
  });

  test('one key: its three sides', async () => {
    await world.manage(away);
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    const { sides, calendars } = await look({ key: 'class-1' });
    expect(calendars.map(({ calendar }) => calendar)).toEqual([home]);
    expect(sides?.desired).toMatchObject({ kind: 'live', row: { spec: { summary: 'Geometry' } } });
    expect(sides?.bindings[0]?.applied?.summary).toBe('Algebra');
    expect(sides?.sightings[0]?.event?.summary).toBe('Algebra');
    await expect(look({ key: 'nobody' })).rejects.toMatchObject({ kind: 'usage', reason: 'unknown_key' });
  });

  test('an observation that is too old is unknown', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.advance(3_600_000);
    expect((await look()).calendars[0]?.state).toBe('unknown');
    expect((await look({ live: true })).calendars[0]?.state).toBe('in_sync');
  });
});
