import { afterEach, beforeEach, expect, test } from 'vitest';
import { cancelEvents } from '../../src/write/cancel.ts';
import { anEvent, World } from '../support/world.ts';
import { rowsOf } from './tables.ts';

const dayMs = 86_400_000;
let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

async function counts(): Promise<unknown> {
  const [row] = await rowsOf(
    world.store.db,
    `select (select count(*)::int from calsync.run where ended_at < calsync.now() - interval '90 days') as runs,
        (select count(*)::int from calsync.intent) as intents,
        (select count(*)::int from calsync.binding where state = 'retired') as retired,
        (select count(*)::int from calsync.observed_event where status = 'cancelled') as tombstones`,
  );
  return row;
}

test('[P36] what is over does not grow for ever: turns, intents, ended bindings and tombstones go, a live event stays one', async () => {
  await world.put([
    anEvent({ start: { date: '2029-01-01' }, end: { date: '2029-01-02' } }),
    anEvent({ key: 'class-2', summary: 'Physics' }),
  ]);
  await world.reconcile();
  await cancelEvents(world.store.db, ['class-2'], { actor: 'test', door: 'typescript', source: 'caller' });
  await world.reconcile();
  expect(await counts()).toEqual({ runs: 0, intents: 3, retired: 1, tombstones: 1 });

  await world.advance(20 * dayMs);
  await world.reconcile();
  expect(await counts()).toEqual({ runs: 0, intents: 3, retired: 1, tombstones: 1 });

  await world.advance(80 * dayMs);
  await world.reconcile();
  expect(await counts()).toEqual({ runs: 0, intents: 0, retired: 0, tombstones: 0 });
  expect(world.live()).toHaveLength(1);
  expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { apiCalls: 1 } });
});

test('[P18] a key that comes back after its binding was dropped gets an id that Google never gave away', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  const { id } = world.eventOf('class-1');
  await world.store.db.deleteFrom('desired_event').execute();
  await world.reconcile();
  await world.advance(40 * dayMs);
  await world.reconcile();
  await world.put([anEvent()]);
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  expect(world.eventOf('class-1').id).not.toBe(id);
});
