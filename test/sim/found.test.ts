/** What the simulation found in calsync, each as small as it could be told. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import { observationOf } from '../../src/core/observation.ts';
import { storeObservations } from '../../src/store/mirror.ts';
import { callerTransaction } from '../../src/store/transaction.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

test('a second full listing that shows nothing of ours and nothing new is stored, whatever plan Postgres chooses', async () => {
  const { people, administration } = world.emulator;
  people.add(home, { summary: 'Lunch', start: { date: '2027-03-01' }, end: { date: '2027-03-02' } });
  await world.turn();
  const context = {
    installation: world.engine.installation,
    fingerprintSecret: 'secret',
    calendarZone: 'UTC',
    isBound: () => false,
  };
  const shown = (administration.events(home) as unknown as readonly GoogleEvent[]).map((event) =>
    observationOf(event, context),
  ); // the emulator's own events
  const client = await world.store.pool.connect();
  try {
    for (const [index, plan] of plans.entries()) {
      await client.query(`begin; ${plan}`);
      await storeObservations(await callerTransaction(client), home, shown, index + 2, 'list');
      await client.query('commit');
    }
    const { rows } = await client.query('select listing from calsync.observed_event');
    expect(rows).toEqual([{ listing: plans.length + 1 }]);
  } finally {
    await client.query('rollback');
    client.release();
  }
});

/** A join whose one side is empty may leave the other unread, by the kind of join. */
const plans = ['nestloop', 'mergejoin', 'hashjoin'].map((left) =>
  ['nestloop', 'mergejoin', 'hashjoin']
    .filter((join) => join !== left)
    .map((join) => `set local enable_${join} = off`)
    .join('; '),
);

test('a move back that Google never takes, since the id was there once, is told and not tried again', async () => {
  await world.manage(away, {}, account);
  world.emulator.administration.setSwitches({ moveOntoTombstone: 'duplicate' });
  await world.put([anEvent()]);
  await world.reconcile();
  for (const calendar of [away, home]) {
    await world.put([anEvent({ calendar })], { move: true });
    await world.reconcile();
  }
  const { rows } = await world.store.pool.query(
    "select key from calsync.finding where kind = 'rejected' and closed_at is null",
  );
  expect(rows).toEqual([{ key: 'class-1' }]);
  const before = world.mark();
  await world.reconcile();
  expect(world.calls(before).filter((call) => call !== 'events.list')).toEqual([]);
});

test('an event that was moved and cannot be changed where it is now is in the mirror, once a listing has shown it', async () => {
  await world.manage(away, {}, account);
  await world.put([anEvent()]);
  await world.reconcile();
  world.emulator.faults.add({
    match: { operation: 'calendar.events.patch' },
    times: null,
    action: { kind: 'error', error: 'forbidden' },
  });
  await world.put([anEvent({ calendar: away, summary: 'Geometry' })], { move: true });
  await world.reconcile();
  expect(world.eventOf('class-1', away).summary).toBe('Algebra');
  await world.advance(2 * world.engine.settings.graceMs);
  await world.turn(away);
  const { rows } = await world.store.pool.query('select status from calsync.observed_event where calendar = $1', [
    away,
  ]);
  expect(rows).toEqual([{ status: 'confirmed' }]);
});

test('an event of ours whose content was not kept, since it carried no mark when it was listed, is read and then changed', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  // As a listing stores an event that is nobody's: a late create whose mark a person took off before it was bound.
  await world.store.pool.query(
    `update calsync.observed_event set ours = false, body = null, hash = null, fingerprint = 'f',
       mark_installation = null, mark_key = null, mark_revision = null`,
  );
  await world.put([anEvent({ summary: 'Geometry' })]);
  await world.reconcile();
  expect(world.eventOf('class-1').summary).toBe('Geometry');
  const { rows } = await world.store.pool.query('select key from calsync.dirty');
  expect(rows).toEqual([]);
});
