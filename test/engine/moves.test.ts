import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Google } from '../../src/core/ports.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.manage(away);
});
afterEach(async () => {
  await world.close();
});

const states = async () => (await world.reconcile()).map(({ state }) => state);

async function movedByHand(onMove: 'flag' | 'move_back' | 'follow'): Promise<string> {
  await setCalendar(world.store.db, home, { onMove });
  await setCalendar(world.store.db, away, { onMove });
  await world.put([anEvent()]);
  await world.reconcile();
  const { id } = world.eventOf('class-1');
  world.emulator.people.move(home, id, away);
  return id;
}

describe('the table names another calendar', () => {
  test('[S05C] the event is moved once, and keeps its id', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    await world.put([anEvent({ calendar: away })], { move: true });
    const since = world.mark();
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.changes(since)).toEqual(['events.move']);
    expect(world.live(home)).toEqual([]);
    expect(world.eventOf('class-1', away).id).toBe(id);
    await world.put([anEvent({ calendar: away, summary: 'Geometry' })]);
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.eventOf('class-1', away).summary).toBe('Geometry');
  });

  test('[S05C] [S03C] the row changes while it is moved: the change is written where the event is now, whatever becomes of the old calendar', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away })], { move: true });
    const google = await world.engine.google(account);
    const moveEvent: Google['moveEvent'] = async (...asked) => {
      const moved = await google.moveEvent(...asked);
      await world.put([anEvent({ calendar: away, summary: 'Geometry' })]);
      return moved;
    };
    const broken = world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn(home, { ...world.engine, google: () => Promise.resolve({ ...google, moveEvent }) });
    expect(world.eventOf('class-1', away).summary).toBe('Algebra');
    world.emulator.faults.remove(broken);
    world.emulator.faults.add({ match: { path: home }, times: null, action: { kind: 'error', error: 'notFound' } });
    await world.advance(120_000);
    await world.reconcile();
    expect(world.eventOf('class-1', away).summary).toBe('Geometry');
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[S05C] Google asks for time when the moved event is read: it is not read again before', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      action: { kind: 'error', error: 'tooManyRequests', retryAfter: { seconds: 600, as: 'seconds' } },
    });
    await world.put([anEvent({ calendar: away })], { move: true });
    const since = world.mark();
    await world.turn();
    expect(world.calls(since).filter((call) => call === 'events.get')).toHaveLength(1);
    await world.advance(700_000);
    await world.reconcile();
    expect(world.live(home)).toEqual([]);
    expect(world.eventOf('class-1', away).summary).toBe('Algebra');
  });

  test('[S05C] [S02C] [I13] nobody heard of the move, and the turn that finds it out gets no further: it is known where the event is', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away })], { move: true });
    const failing = (operation: string) =>
      world.emulator.faults.add({
        match: { operation },
        times: null,
        action: { kind: 'error', error: 'backendError' },
      });
    world.emulator.faults.add({ match: { operation: 'calendar.events.move' }, action: { kind: 'lose_answer' } });
    const reading = failing('calendar.events.get');
    await world.turn();
    expect([await unsettledCount(world.store.db), await bindings(world.store.db)]).toEqual([
      1,
      ['class-1 0 home live'],
    ]);

    world.emulator.faults.remove(reading);
    failing('calendar.events.list');
    await world.turn();
    expect([await unsettledCount(world.store.db), await bindings(world.store.db)]).toEqual([
      0,
      ['class-1 0 away live'],
    ]);
    world.emulator.faults.clear();
    await world.advance(120_000);
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.live(home)).toEqual([]);
    expect(world.eventOf('class-1', away).summary).toBe('Algebra');
  });

  test('[S05C] and another title: moved, then patched where it lives', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away, summary: 'Geometry' })], { move: true });
    const since = world.mark();
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.changes(since)).toEqual(['events.move', 'events.patch']);
    expect(world.eventOf('class-1', away).summary).toBe('Geometry');
    expect(world.live(home)).toEqual([]);
  });

  test('there and back again leaves one event', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    for (const calendar of [away, home, away, home]) {
      await world.put([anEvent({ calendar })], { move: true });
      expect(await states()).toEqual(['in_sync', 'in_sync']);
    }
    expect(world.live(home)).toHaveLength(1);
    expect(world.live(away)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('a person has moved it there already: bound there, nothing is called', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.move(home, world.eventOf('class-1').id, away);
    await world.put([anEvent({ calendar: away })], { move: true });
    const since = world.mark();
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.changes(since)).toEqual([]);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 away live']);
  });
});

describe('[P29] a person moves an event to another managed calendar', () => {
  test('[P29] flag: seen as moved, left where it is, and a change of the row reaches it there', async () => {
    const id = await movedByHand('flag');
    const since = world.mark();
    expect(await states()).toContain('out_of_sync');
    expect(world.changes(since)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(['moved class-1']);
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    expect(world.live(home)).toEqual([]);
    expect(world.eventOf('class-1', away)).toMatchObject({ id, summary: 'Geometry' });
    expect(await openFindings(world.store.db)).toEqual(['moved class-1']);
    const later = world.mark();
    await world.reconcile();
    expect(world.changes(later)).toEqual([]);
  });

  test('[P29] move_back: it is moved back, not created anew', async () => {
    const id = await movedByHand('move_back');
    const since = world.mark();
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.changes(since)).toEqual(['events.move']);
    expect(world.eventOf('class-1', home).id).toBe(id);
    expect(world.live(away)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P29] follow: the row follows, nothing is called', async () => {
    const id = await movedByHand('follow');
    const since = world.mark();
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.changes(since)).toEqual([]);
    expect(await rowsOf(world.store.db, 'select calendar from calsync.desired_event')).toEqual([{ calendar: away }]);
    expect(world.eventOf('class-1', away).id).toBe(id);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 away live']);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P20] move_back, again and again: contested after three rounds within an hour', async () => {
    await movedByHand('move_back');
    await world.reconcile();
    for (let round = 0; round < 4; round += 1) {
      if (world.live(home).length === 0) break;
      world.emulator.people.move(home, world.eventOf('class-1').id, away);
      await world.advance(60_000);
      await world.reconcile();
    }
    expect(world.live(away)).toHaveLength(1);
    expect(await openFindings(world.store.db)).toEqual(['contested class-1']);
  });

  test('[P21] and the row is cancelled: the event is deleted where it lives', async () => {
    await movedByHand('flag');
    await world.store.db.deleteFrom('desired_event').execute();
    await world.reconcile();
    expect(world.live(home)).toEqual([]);
    expect(world.live(away)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P29] to a calendar that nobody manages: taken for deleted, as the finding says', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.administration.createCalendar({
      id: 'private@group.calendar.google.com',
      owner: 'owner@example.com',
    });
    world.emulator.people.move(home, world.eventOf('class-1').id, 'private@group.calendar.google.com');
    expect(await states()).toEqual(['in_sync', 'in_sync']);
    expect(world.live(home)).toHaveLength(1);
  });
});
