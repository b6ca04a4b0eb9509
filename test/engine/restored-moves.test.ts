/** A backup that is older than the first event of a key, and a person who moved the event to another calendar since (P34). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventIdFor } from '../../src/core/identity.ts';
import { claimDatabase } from '../../src/store/installation-claim.ts';
import { anEvent, away, home, World } from '../support/world.ts';
import { backUp } from './backup.ts';
import { bindings, dirtyKeys, openFindings, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.manage(away);
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const theId = () => eventIdFor(world.engine.installation, 'class-1', 0);
const inserts = (since: number) => world.calls(since).filter((call) => call === 'events.insert');

/** The backup has both calendars observed, and the row; the event came, was moved by a person and seen there after it. */
async function movedAndRestored(): Promise<void> {
  await world.reconcile();
  await world.put([anEvent()]);
  const restore = await backUp(world.store.db);
  await world.reconcile();
  world.emulator.people.move(home, theId(), away);
  world.emulator.people.edit(away, theId(), { location: 'Roof' });
  await world.reconcile();
  await world.advance(2 * minuteMs);
  await restore();
}

async function expectFoundAgain(since: number): Promise<void> {
  expect(world.live(away).map(({ id }) => id)).toEqual([theId()]);
  const reports = await world.reconcile();
  expect(reports.map(({ state }) => state)).toEqual(['in_sync', 'in_sync']);
  expect(inserts(since)).toEqual([]);
  expect([...world.live(home), ...world.live(away)]).toMatchObject([{ id: theId(), location: 'Roof' }]);
  expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
  expect(await dirtyKeys(world.store.db)).toEqual([]);
  expect(await openFindings(world.store.db)).toEqual([]);
}

for (const listed of ['by its token', 'whole'] as const) {
  test(`[P34] the row's calendar is listed ${listed}: what it left there says that it may be elsewhere`, async () => {
    await movedAndRestored();
    if (listed === 'whole') world.emulator.administration.invalidateSyncTokens(home);
    const since = world.mark();
    expect(await world.turn(home)).toMatchObject({ state: 'out_of_sync', pulls: [away] });
    await expectFoundAgain(since);
  });
}

test('[P34] the table itself had moved and changed it, and the row’s calendar was never listed before: held, once the other one is', async () => {
  await world.turn(away);
  await world.put([anEvent()]);
  const restore = await backUp(world.store.db);
  await world.reconcile();
  await world.put([anEvent({ calendar: away, summary: 'Geometry' })], { move: true });
  await world.reconcile();
  await world.advance(45 * minuteMs);
  await restore();
  const since = world.mark();
  expect(await world.turn(home)).toMatchObject({ state: 'out_of_sync', pulls: [away] });
  expect((await world.reconcile()).map(({ state }) => state)).toContain('held');
  expect(inserts(since)).toEqual([]);
  expect([...world.live(home), ...world.live(away)]).toMatchObject([{ id: theId() }]);
});

test('[P34] [P18] nothing is left there to be listed: the refusal of its id says it', async () => {
  await movedAndRestored();
  world.emulator.faults.add({ times: null, action: { kind: 'hide_item', eventId: theId() } });
  await world.turn(home);
  world.emulator.faults.clear();
  expect(world.live(home)).toEqual([]);
  await expectFoundAgain(world.mark());
});

/** A person says that this database goes on in the place of another one. */
async function claim(): Promise<void> {
  await rowsOf(
    world.store.db,
    `update calsync.setting set value = jsonb_set(value, '{name}', '"another"') where name = 'database'`,
  );
  await claimDatabase(world.store.db);
}

test('[P34] [P35] a database that was claimed creates nothing before the other calendars of the account were observed', async () => {
  await movedAndRestored();
  world.emulator.faults.add({ times: null, action: { kind: 'hide_item', eventId: theId() } });
  await claim();
  const since = world.mark();
  expect(await world.turn(home)).toMatchObject({ pulls: [away] });
  expect(world.calls(since)).toEqual(['events.list']);
  world.emulator.faults.clear();
  await expectFoundAgain(since);
});

test('a key whose event calsync deleted itself is created anew, and no other calendar is listed', async () => {
  await world.reconcile();
  await world.put([anEvent()]);
  await world.turn(home);
  await rowsOf(world.store.db, 'delete from calsync.desired_event');
  await world.turn(home);
  // Its tombstone is listed, later than the other calendar was.
  await world.turn(home);
  await world.put([anEvent()]);
  const since = world.mark();
  await world.turn(home);
  expect(world.calls(since)).toEqual(['events.list', 'events.insert']);
});

test('[P34] a calendar that cannot be read holds nothing up, and in a database that was not claimed no other one is listed', async () => {
  await world.reconcile();
  await world.put([anEvent()]);
  let since = world.mark();
  await world.turn(home);
  expect(world.calls(since)).toEqual(['events.list', 'events.insert']);
  await claim();
  await rowsOf(
    world.store.db,
    `update calsync.calendar set state = 'unavailable', state_reason = 'it is away' where id = '${away}'`,
  );
  await world.put([anEvent({ key: 'class-2', summary: 'Physics' })]);
  since = world.mark();
  await world.turn(home);
  expect(world.calls(since)).toEqual(['events.list', 'events.insert']);
});
