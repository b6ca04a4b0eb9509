import { test } from 'vitest';
import { anEvent, away, World } from '../support/world.ts';
import { rowsOf } from './tables.ts';
test('x', async () => {
  const world = await World.open();
  await world.manage(away);
  await world.put([anEvent()]);
  await world.reconcile();
  await world.put([anEvent({ calendar: away })], { move: true });
  const fault = world.emulator.faults.add({ match: { operation: `calendar.events.move` }, times: null, action: { kind: 'error', error: 'backendError' } });
  console.log(JSON.stringify(await world.reconcile()));
  world.emulator.faults.remove(fault);
  await world.advance(120000);
  const since = world.mark();
  console.log(JSON.stringify(await world.reconcile()));
  console.log(world.calls(since));
  for (const t of ['dirty', 'binding', 'intent', 'finding','observed_event']) console.log(t, await rowsOf(world.store.db, `select * from calsync.${t}`));
  await world.close();
});
