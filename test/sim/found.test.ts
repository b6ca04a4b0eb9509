/** What the simulation found in calsync, each as small as it could be told. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { account, anEvent, away, home, World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

test('a second full listing that shows nothing of ours and nothing new is read like any other', async () => {
  const { people, administration } = world.emulator;
  for (const summary of ['Lunch', 'Dentist']) people.add(home, { summary, start: { date: '2027-03-01' }, end: { date: '2027-03-02' } });
  expect(await world.turn()).toMatchObject({ state: 'in_sync', error: null });
  await world.store.pool.query('vacuum analyze');
  administration.invalidateSyncTokens(home);
  expect(await world.turn()).toMatchObject({ state: 'in_sync', error: null });
});

test('[P12] a move back that Google never takes, since the id was there once, is told and not tried again', async () => {
  await world.manage(away, {}, account);
  world.emulator.administration.setSwitches({ moveOntoTombstone: 'duplicate' });
  await world.put([anEvent()]);
  await world.reconcile();
  for (const calendar of [away, home]) {
    await world.put([anEvent({ calendar })], { move: true });
    await world.reconcile();
  }
  const { rows } = await world.store.pool.query("select key from calsync.finding where kind = 'rejected' and closed_at is null");
  expect(rows).toEqual([{ key: 'class-1' }]);
  const before = world.mark();
  await world.reconcile();
  expect(world.calls(before).filter((call) => call !== 'events.list')).toEqual([]);
});
