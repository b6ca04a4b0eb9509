import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setCalendar } from '../../src/store/calendar.ts';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

describe('a row reaches Google', () => {
  test('[S07A] a new row becomes one event, and a second run makes no changing call', async () => {
    await world.put([anEvent()]);
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { created: 1 } });
    expect(world.eventOf('class-1')).toMatchObject({
      summary: 'Algebra',
      start: { dateTime: '2027-03-01T10:00:00+01:00' },
    });

    const before = world.mark();
    const [again] = await world.reconcile();
    expect(again).toMatchObject({ state: 'in_sync', counts: { created: 0, patched: 0, apiCalls: 1, listCalls: 1 } });
    expect(world.calls(before)).toEqual(['events.list']);
  });

  test('a change goes out as one patch, a withdrawal as one delete', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry', location: 'Room 5' })]);
    const before = world.mark();
    await world.reconcile();
    expect(world.calls(before).filter((call) => call !== 'events.list')).toEqual(['events.patch']);
    expect(world.eventOf('class-1')).toMatchObject({ summary: 'Geometry', location: 'Room 5' });

    await world.store.db.deleteFrom('desired_event').execute();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { deleted: 1 } });
    expect(world.live()).toEqual([]);
  });

  test('a person’s change is put back', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party' });
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { patched: 1 } });
    expect(world.eventOf('class-1').summary).toBe('Algebra');
  });
});

describe('one call of a key is to wait, as Google asks, and another one was overtaken', () => {
  const minuteMs = 60_000;
  test.each(['patch', 'delete'] as const)(
    '[P24] nothing more is called for the key in this turn (%s waits)',
    async (asked) => {
      await setCalendar(world.store.db, home, { duplicates: 'delete' });
      await world.put([anEvent()]);
      await world.reconcile();
      world.emulator.people.copy(home, world.eventOf('class-1').id, true);
      await world.put([anEvent({ summary: 'Geometry' })]);
      const other = asked === 'patch' ? 'delete' : 'patch';
      world.emulator.faults.add({
        match: { operation: `calendar.events.${asked}` },
        action: { kind: 'error', error: 'tooManyRequests', retryAfter: { seconds: 600, as: 'seconds' } },
      });
      world.emulator.faults.add({ match: { operation: `calendar.events.${other}` }, action: { kind: 'touch_event' } });

      const since = world.mark();
      await world.turn();
      expect([...world.changes(since)].sort()).toEqual(['events.delete', 'events.patch']);
      // Reading the overtaken event made the key due no sooner.
      await world.advance(5 * minuteMs);
      const early = world.mark();
      await world.turn();
      expect(world.changes(early)).toEqual([]);
      await world.advance(6 * minuteMs);
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(world.live()).toHaveLength(1);
      expect(world.eventOf('class-1').summary).toBe('Geometry');
      expect(await dirtyKeys(world.store.db)).toEqual([]);
    },
  );
});
