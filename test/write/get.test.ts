import { afterAll, beforeAll, expect, test } from 'vitest';
import { getEvent, listEvents } from '../../src/write/get.ts';
import { anEvent, away, home, World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
  await world.manage(away);
  await world.put([
    anEvent({ key: 'a', attendees: [{ email: 'ada@example.com' }] }),
    anEvent({ key: 'b', summary: 'Geometry', schedule: 'spring' }),
    anEvent({ key: 'c', summary: 'Physics', calendar: away }),
  ]);
  await world.turn(home);
});
afterAll(() => world.close());

const everything = { calendar: null, schedule: null };

test('an event comes back as it was written, with its numbers and its status', async () => {
  const found = await getEvent(world.store.db, 'a');
  expect(found).toMatchObject({
    spec: { key: 'a', summary: 'Algebra', attendees: [{ email: 'ada@example.com' }] },
    generation: 1,
    cancelledAt: null,
    standing: { status: 'in_sync', attendees: [{ address: 'ada@example.com', status: 'in_sync' }] },
  });
  expect(found?.standing.revision).toBe(found?.revision);
  expect(await getEvent(world.store.db, 'nothing')).toBeNull();
});

test('a list gives each event its own status, page by page', async () => {
  const first = await listEvents(world.store.db, everything, null, 2);
  const second = await listEvents(world.store.db, everything, first.lastKey, 2);
  expect([...first.events, ...second.events].map(({ spec, standing }) => [spec.key, standing.status])).toEqual([
    ['a', 'in_sync'],
    ['b', 'in_sync'],
    ['c', 'pending'],
  ]);
  expect(second.lastKey).toBeNull();
  const spring = await listEvents(world.store.db, { calendar: home, schedule: 'spring' }, null, 10);
  expect(spring.events.map(({ spec }) => spec.key)).toEqual(['b']);
});

test('while writers write, row and status are always of the same revision', async () => {
  let writing = true;
  const writer = (async () => {
    for (let round = 0; writing; round += 1)
      await world.put([anEvent({ key: 'b', summary: `Geometry ${round}`, schedule: 'spring' })]);
  })();
  for (let reading = 0; reading < 50; reading += 1) {
    const found = await getEvent(world.store.db, 'b');
    expect(found?.standing.revision).toBe(found?.revision);
  }
  writing = false;
  await writer;
});

test("in the caller's own transaction it reads what the caller has written there", async () => {
  await world.store.db.transaction().execute(async (tx) => {
    await tx.deleteFrom('desired_event').where('key', '=', 'c').execute();
    expect(await getEvent(tx, 'c')).toBeNull();
  });
});
