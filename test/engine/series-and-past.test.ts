import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anEvent, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, openHoldIds, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const dayMs = 24 * 3_600_000;
const weekly = (fields: object = {}) => anEvent({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'], ...fields });
const second = '2027-03-08T10:00:00+01:00';
const third = '2027-03-15T10:00:00+01:00';

describe('[P33] occurrences of a series', () => {
  test('[P33] a person changes one and cancels another: told, in sync, and the series stays as it is', async () => {
    await world.put([weekly()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.changeOccurrence(home, id, second, { summary: 'Exam' });
    world.emulator.people.cancelOccurrence(home, id, third);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(['occurrence class-1', 'occurrence class-1']);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
    const later = world.mark();
    await world.reconcile();
    expect(world.calls(later)).toEqual(['events.list']);
  });

  test('[P33] a change of the row goes to the series; what people did to occurrences is no orphan and no duplicate', async () => {
    await world.put([weekly()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.changeOccurrence(home, id, second, { summary: 'Exam' });
    world.emulator.people.cancelOccurrence(home, id, third);
    await world.reconcile();
    await world.put([weekly({ location: 'Room 7' })]);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual(['events.patch']);
    expect(world.eventOf('class-1')).toMatchObject({ id, location: 'Room 7' });
    const kinds = new Set((await openFindings(world.store.db)).map((line) => line.split(' ')[0]));
    expect([...kinds]).toEqual(['occurrence']);
  });

  test('[P33] a cancelled stub without body and without its series is known by its id', async () => {
    await world.put([weekly()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    const stub = { kind: 'calendar#event', id: `${id}_20270308T090000Z`, status: 'cancelled', etag: '"77"' };
    const page = { kind: 'calendar#events', timeZone: 'Europe/Copenhagen', items: [stub], nextSyncToken: 'made-up' };
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      action: { kind: 'answer', status: 200, body: page },
    });
    const report = await world.turn();
    expect(report).toMatchObject({ state: 'in_sync', counts: { recreated: 0, created: 0, deleted: 0 } });
    expect(await openFindings(world.store.db)).toEqual(['occurrence class-1']);
  });

  test('[P33] a cancelled stub of an event that is not ours says nothing', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const stub = { kind: 'calendar#event', id: 'somebody_20270308T090000Z', status: 'cancelled' };
    const page = { kind: 'calendar#events', timeZone: 'Europe/Copenhagen', items: [stub], nextSyncToken: 'made-up' };
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      action: { kind: 'answer', status: 200, body: page },
    });
    expect((await world.turn()).state).toBe('in_sync');
    expect(await openFindings(world.store.db)).toEqual([]);
  });
});

describe('[P36] events that are over', () => {
  const past = (fields: object = {}) =>
    anEvent({
      key: 'past',
      summary: 'Past',
      start: { dateTime: '2025-03-01T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2025-03-01T11:00:00', timeZone: 'Europe/Copenhagen' },
      ...fields,
    });

  test('[P36] an event of last year is never created, and nothing is said of it', async () => {
    await world.put([past()]);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P36] one that is over by now is neither repaired, recreated nor deleted, and is in no guard’s count', async () => {
    const rows = Array.from({ length: 30 }, (_, index) =>
      anEvent({ key: `class-${index}`, summary: `Class ${index}` }),
    );
    await world.put(rows);
    await world.reconcile();
    await world.advance(Date.parse('2027-03-10T00:00:00Z') - world.now());
    const [first, other] = [world.eventOf('class-1'), world.eventOf('class-2')];
    world.emulator.people.edit(home, first.id, { summary: 'Party' });
    world.emulator.people.remove(home, other.id);
    await rowsOf(world.store.db, 'truncate calsync.desired_event cascade');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    expect(world.live()).toHaveLength(29);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P36] a series is over with its last occurrence, not with its first', async () => {
    await world.put([weekly()]);
    await world.reconcile();
    await world.advance(Date.parse('2027-04-20T00:00:00Z') - world.now());
    await world.put([weekly({ location: 'Room 7' })]);
    await world.reconcile();
    expect(world.eventOf('class-1').location).toBe('Room 7');
    await world.advance(60 * dayMs);
    await world.put([weekly({ location: 'Room 8' })]);
    await world.reconcile();
    expect(world.eventOf('class-1').location).toBe('Room 7');
  });

  test('[P36] with the limit off, last year is written like any other', async () => {
    await world.put([past()]);
    const engine = { ...world.engine, settings: { ...world.engine.settings, settledAfterMs: null } };
    expect((await world.turn(home, engine)).counts.created).toBe(1);
    expect(world.eventOf('past').summary).toBe('Past');
  });
});
