import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;

describe('the network', () => {
  test('[S02A] [S12A] it is down: the row is pending, nothing is lost, and it converges when the network returns', async () => {
    await world.put([anEvent()]);
    world.emulator.faults.add({ times: null, action: { kind: 'html', status: 502 } });
    const [report] = await world.reconcile();
    expect(report?.state).toBe('unknown');
    expect(report?.error?.kind).toBe('transient');
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);

    world.emulator.faults.clear();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(1);
  });

  test('a listing that fails leaves no report that says in sync', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.faults.add({ times: null, action: { kind: 'error', error: 'backendError' } });
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'unknown', counts: { listCalls: 3 } });
    world.emulator.faults.clear();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
  });

  test('[S01C] the token endpoint fails for a passing reason: the row stays pending, the account stays active', async () => {
    await world.put([anEvent()]);
    const fault = world.emulator.faults.add({
      match: { path: '/token' },
      times: null,
      action: { kind: 'html', status: 502 },
    });
    const [report] = await world.reconcile();
    expect(report?.error?.kind).toBe('transient');
    expect(await rowsOf(world.store.db, 'select state from calsync.account')).toEqual([{ state: 'active' }]);
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    world.emulator.faults.remove(fault);
    await world.reconcile();
    expect(world.live()).toHaveLength(1);
  });

  test('[P24] Google speaks of usage limits: the account rests, and no call is made until it is over', async () => {
    await world.put(
      Array.from({ length: 30 }, (_, index) => anEvent({ key: `class-${index}`, summary: `Class ${index}` })),
    );
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error', error: 'quotaExceeded' },
    });
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'paused', error: { kind: 'quota' } });
    // What was begun and not sent is taken back, so that nothing has to be read.
    expect(await unsettledCount(world.store.db)).toBe(0);
    expect(world.calls().filter((call) => call === 'events.insert').length).toBeLessThan(30);
    world.emulator.faults.clear();
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('paused');
    expect(world.calls(since)).toEqual([]);

    await world.advance(61 * minuteMs);
    await world.reconcile();
    expect(world.live()).toHaveLength(30);
  });

  test('[S16A] the delete fails: the key stays until Google confirms it', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.store.db.deleteFrom('desired_event').execute();
    const fault = world.emulator.faults.add({
      match: { operation: 'calendar.events.delete' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(world.live()).toHaveLength(1);
    expect(await rowsOf(world.store.db, `select state from calsync.binding`)).toEqual([{ state: 'live' }]);
    world.emulator.faults.remove(fault);
    await world.advance(2 * minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live(home)).toEqual([]);
    expect(await rowsOf(world.store.db, `select state from calsync.binding`)).toEqual([{ state: 'retired' }]);
  });
});
