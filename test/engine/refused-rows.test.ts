import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retry } from '../../src/engine/decisions.ts';
import { diff } from '../../src/engine/diff.ts';
import { anEvent, classes, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;

const parked = () =>
  rowsOf<{ key: string }>(world.store.db, 'select key, fault from calsync.dirty where parked order by key');

describe('Google refuses', () => {
  test('[S22A] 20 of 50 creates fail for a passing reason: they wait with a reason, and all are made later', async () => {
    await world.put(classes(50));
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      nth: 11,
      times: 60,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    const [report] = await world.reconcile();
    expect(report?.state).toBe('out_of_sync');
    const made = world.live().length;
    expect(made).toBeLessThan(50);
    expect(await dirtyKeys(world.store.db)).toHaveLength(50 - made);
    for (let run = 0; run < 5 && world.live().length < 50; run += 1) {
      await world.advance(2 * minuteMs);
      await world.reconcile();
    }
    expect(world.live()).toHaveLength(50);
    expect(new Set(world.live().map(({ summary }) => summary)).size).toBe(50);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
    expect(await unsettledCount(world.store.db)).toBe(0);
  });

  test('[S02B] a rate limit hits in the middle of eight updates: five applied and three pending are shown so, and the three go later', async () => {
    await world.put(classes(8));
    await world.reconcile();
    await world.put(classes(8).map((event) => ({ ...event, location: 'Room 7' })));
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      nth: 6,
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    await world.turn(home, { ...world.engine, settings: { ...world.engine.settings, concurrency: 1 } });
    const shown = () => world.live().filter(({ location }) => location === 'Room 7').length;
    expect(shown()).toBe(5);
    const standing = await diff(world.engine, { calendars: null, key: null, live: false });
    expect(standing.calendars[0]).toMatchObject({
      state: 'out_of_sync',
      counts: { patch: 3 },
      statuses: { in_sync: 5, pending: 3 },
    });
    expect(await rowsOf(world.store.db, 'select fault, reason from calsync.dirty order by key')).toEqual(
      Array(3).fill({ fault: 'google', reason: 'rateLimitExceeded' }),
    );
    world.emulator.faults.clear();
    await world.advance(2 * minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(shown()).toBe(8);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[S22A] [P15] 20 of 50 rows can never be written: parked with the reason, the others go on, and `retry` makes them', async () => {
    await world.put(classes(50));
    const fault = world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: 20,
      action: { kind: 'error', error: 'timeRangeEmpty' },
    });
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'out_of_sync', counts: { created: 30, parked: 20 } });
    expect(world.live()).toHaveLength(30);
    expect(await parked()).toHaveLength(20);
    expect((await openFindings(world.store.db)).filter((line) => line.startsWith('rejected'))).toHaveLength(20);
    // Parked is parked: nothing is tried again by itself.
    const since = world.mark();
    await world.advance(60 * minuteMs);
    await world.reconcile();
    expect(world.calls(since)).toEqual(['events.list']);

    world.emulator.faults.remove(fault);
    expect(await retry(world.store.db, 'parked')).toHaveLength(20);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(50);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P15] a parked row goes out as soon as it says something else', async () => {
    await world.put([anEvent()]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'error', error: 'timeRangeEmpty' },
    });
    await world.reconcile();
    expect(await parked()).toEqual([{ key: 'class-1', fault: 'row' }]);
    await world.put([anEvent({ summary: 'Geometry' })]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Geometry');
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  for (const act of ['insert', 'patch', 'delete'] as const) {
    test(`[P12] 403 to ${act}: parked with the reason, never deleted and made again`, async () => {
      if (act !== 'insert') {
        await world.put([anEvent()]);
        await world.reconcile();
      }
      if (act === 'delete') await world.store.db.deleteFrom('desired_event').execute();
      else await world.put([anEvent({ summary: 'Geometry' })]);
      world.emulator.faults.add({
        match: { operation: `calendar.events.${act}` },
        times: null,
        action: { kind: 'error', error: act === 'insert' ? 'forbidden' : 'forbiddenForNonOrganizer' },
      });
      const since = world.mark();
      expect((await world.reconcile())[0]).toMatchObject({ state: 'out_of_sync', counts: { parked: 1 } });
      const calls = world.calls(since).filter((call) => call !== 'events.list' && call !== 'events.get');
      expect(calls).toEqual([`events.${act}`]);
      expect(await parked()).toEqual([{ key: 'class-1', fault: 'row' }]);
      expect(await openFindings(world.store.db)).toContain('rejected class-1');
      expect(world.live().map(({ summary }) => summary)).toEqual(act === 'insert' ? [] : ['Algebra']);
      expect(await unsettledCount(world.store.db)).toBe(0);

      world.emulator.faults.clear();
      await retry(world.store.db, { keys: ['class-1'] });
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(world.live().map(({ summary }) => summary)).toEqual(act === 'delete' ? [] : ['Geometry']);
    });
  }

  test('the right to write is taken away: the calendar pauses, no row is parked, and all goes on when it is given back', async () => {
    await world.put(classes(3));
    const fault = world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error', error: 'requiredAccessLevel' },
    });
    expect((await world.reconcile())[0]).toMatchObject({ state: 'paused', error: { kind: 'unavailable' } });
    expect(await parked()).toEqual([]);
    world.emulator.faults.remove(fault);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live(home)).toHaveLength(3);
  });
});
