import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventIdFor } from '../../src/core/identity.ts';
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { setRowPolicies } from '../../src/store/desired.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { anEvent, classes, home, World } from '../support/world.ts';
import { allFindings, bindings, dirtyKeys, openFindings, openHoldIds, rowsOf, theHold } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;
const idOf = (key: string, incarnation: number) => eventIdFor(world.engine.installation, key, incarnation);

function changing(calls: readonly string[]): readonly string[] {
  return calls.filter((call) => !call.startsWith('events.list') && call !== 'events.get');
}

async function removedByHand(): Promise<void> {
  await world.put([anEvent()]);
  await world.reconcile();
  world.emulator.people.remove(home, world.eventOf('class-1').id);
}

describe('a person deletes an event', () => {
  test('[S06A] [S06B] recreate: a new event stands for the key, the old id is retired, and later changes reach the new one', async () => {
    await removedByHand();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { recreated: 1, created: 0 } });
    expect(world.eventOf('class-1').id).toBe(idOf('class-1', 1));
    expect(await bindings(world.store.db)).toEqual(['class-1 0 home retired', 'class-1 1 home live']);
    expect(await allFindings(world.store.db)).toEqual(['deleted class-1 mended']);

    await world.put([anEvent({ summary: 'Geometry' })]);
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since))).toEqual(['events.patch']);
    expect(world.eventOf('class-1')).toMatchObject({ id: idOf('class-1', 1), summary: 'Geometry' });
    const touched = world.emulator.log(since).flatMap(({ changes }) => changes.map(({ eventId }) => eventId));
    expect(touched).not.toContain(idOf('class-1', 0));
  });

  test('[S06B] accept: the row is cancelled with the person as its cause, and nothing is called', async () => {
    await setCalendar(world.store.db, home, { onDelete: 'accept' });
    await removedByHand();
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { adopted: 1 } });
    expect(changing(world.calls(since))).toEqual([]);
    expect(
      await rowsOf(world.store.db, 'select cancelled_at is not null as cancelled from calsync.desired_event'),
    ).toEqual([{ cancelled: true }]);
    expect(await rowsOf(world.store.db, `select source from calsync.history where kind = 'cancelled'`)).toEqual([
      { source: 'google' },
    ]);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 home retired']);
    expect(await allFindings(world.store.db)).toEqual(['deleted class-1 accepted']);
  });

  test('[S06B] flag: said once, left alone, and a later change of the row wins', async () => {
    await setCalendar(world.store.db, home, { onDelete: 'flag' });
    await removedByHand();
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(changing(world.calls(since))).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(['deleted class-1']);

    await world.put([anEvent({ summary: 'Geometry' })]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Geometry');
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[S06B] the policy of the row goes before that of its calendar', async () => {
    await removedByHand();
    await inTransaction(world.store.db, (tx) =>
      setRowPolicies(tx, 'class-1', { drift: null, onDelete: 'accept', onMove: null }),
    );
    await world.reconcile();
    expect(world.live()).toEqual([]);
    expect(
      await rowsOf(world.store.db, 'select cancelled_at is not null as cancelled from calsync.desired_event'),
    ).toEqual([{ cancelled: true }]);
  });

  test('[S06C] and makes a lookalike: named, held, not doubled; `reject` leaves the lookalike and ends the row', async () => {
    await removedByHand();
    const { id, ...twin } = { id: 'theirs', ...lookalike() };
    world.emulator.people.add(home, { id, ...twin });
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(changing(world.calls(since))).toEqual([]);
    const hold = await theHold(world.store.db);
    expect(hold).toMatchObject({ kind: 'deleted_with_copy', keys: ['class-1'] });

    await rejectHold(world.store.db, hold.id, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map((event) => event.id)).toEqual(['theirs']);
  });

  test('[S06C] `approve` creates the event beside the lookalike', async () => {
    await removedByHand();
    world.emulator.people.add(home, { id: 'theirs', ...lookalike() });
    await world.reconcile();
    const hold = await theHold(world.store.db);
    await approveHold(world.store.db, hold.id, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(2);
    expect(world.eventOf('class-1').id).toBe(idOf('class-1', 1));
  });

  test('[S06C] `approve` creates the event beside a copy that carries its mark, and the copy is told of in the same turn', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.copy(home, id, true);
    world.emulator.people.remove(home, id);
    expect((await world.reconcile())[0]?.state).toBe('held');
    const hold = await theHold(world.store.db);
    await approveHold(world.store.db, hold.id, 'ada');
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'out_of_sync', counts: { recreated: 1 } });
    expect(world.live()).toHaveLength(2);
    expect(await openFindings(world.store.db)).toEqual(['duplicate class-1']);
  });

  test('[S07B] three of five creates are undone by hand: the next run makes the calendar equal the table', async () => {
    await world.put(classes(5));
    await world.reconcile();
    for (const key of ['class-01', 'class-03', 'class-05']) world.emulator.people.remove(home, world.eventOf(key).id);
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { recreated: 3 } });
    expect(world.live()).toHaveLength(5);
  });

  test('[P20] again and again: after three repairs within an hour it is contested, until someone decides', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    for (let round = 0; round < 5; round += 1) {
      for (const { id } of world.live()) world.emulator.people.remove(home, id);
      await world.advance(minuteMs);
      await world.reconcile();
    }
    expect(world.live()).toEqual([]);
    expect(world.calls().filter((call) => call === 'events.insert')).toHaveLength(4);
    expect(await openFindings(world.store.db)).toEqual(['contested class-1']);
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since))).toEqual([]);

    const { retry } = await import('../../src/engine/decisions.ts');
    await retry(world.store.db, { keys: ['class-1'] });
    await world.reconcile();
    expect(world.live()).toHaveLength(1);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('a person takes it out of the bin after it was created again: the second event of ours is removed', async () => {
    await removedByHand();
    await world.reconcile();
    world.emulator.people.restore(home, idOf('class-1', 0));
    expect(world.live()).toHaveLength(2);
    await world.reconcile();
    expect(world.live().map(({ id }) => id)).toEqual([idOf('class-1', 1)]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });
});

function lookalike(): Record<string, never> {
  const event = {
    summary: 'Algebra',
    start: { dateTime: '2027-03-01T10:00:00+01:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00+01:00', timeZone: 'Europe/Copenhagen' },
  };
  return event as never; // any JSON
}

describe('the id of a deleted event', () => {
  for (const error of ['duplicate', 'forbidden'] as const) {
    test(`[P18] is refused with ${error}: the next incarnation is taken`, async () => {
      await world.put([anEvent()]);
      await world.reconcile();
      world.emulator.people.remove(home, world.eventOf('class-1').id);
      await forgetAll();
      if (error === 'forbidden') {
        world.emulator.faults.add({
          match: { operation: 'calendar.events.insert' },
          action: { kind: 'error', error: 'forbidden' },
        });
      }
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(world.eventOf('class-1').id).toBe(idOf('class-1', 1));
    });
  }

  /** The database lost what it knew, the row is there; listings do not show the tombstone. */
  async function forgetAll(): Promise<void> {
    for (const table of ['binding', 'intent', 'observed_event', 'finding']) {
      await rowsOf(world.store.db, `delete from calsync.${table}`);
    }
    await rowsOf(world.store.db, 'update calsync.calendar set sync_token = null');
    world.emulator.faults.add({ times: null, action: { kind: 'hide_item', eventId: idOf('class-1', 0) } });
    await world.put([anEvent({ description: 'Bring a ruler.' })]);
  }

  test('[P18] 409 and then 404: it waits, and never takes another id', async () => {
    await world.put([anEvent()]);
    const fault = world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error', error: 'duplicate' },
    });
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since))).toEqual(['events.insert']);
    await world.advance(2 * minuteMs);
    await world.reconcile();
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    expect(await rowsOf(world.store.db, 'select distinct event_id from calsync.intent')).toEqual([
      { event_id: idOf('class-1', 0) },
    ]);
    world.emulator.faults.remove(fault);
    await world.advance(3 * minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').id).toBe(idOf('class-1', 0));
  });

  test('[P18] a row that is cancelled and put again gets the next incarnation', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await cancelEvents(world.store.db, ['class-1'], writer);
    await world.reconcile();
    expect(world.live()).toEqual([]);
    const [row] = await rowsOf<{ generation: number }>(world.store.db, 'select generation from calsync.desired_event');
    await world.put([anEvent()], { generation: row?.generation ?? 0 });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').id).toBe(idOf('class-1', 1));
  });
});

describe('[P19] the calendar is emptied by hand', () => {
  async function emptied(): Promise<number> {
    await world.put(classes(12));
    await world.reconcile();
    for (const { id } of world.live()) world.emulator.people.remove(home, id);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(changing(world.calls(since))).toEqual([]);
    const holds = await openHoldIds(world.store.db);
    expect(holds).toMatchObject([{ kind: 'recreates' }]);
    expect(holds[0]?.keys).toHaveLength(12);
    return holds[0]?.id ?? 0;
  }

  test('[P19] one `reject` accepts it', async () => {
    await rejectHold(world.store.db, await emptied(), 'ada');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(changing(world.calls(since))).toEqual([]);
    expect(world.live()).toEqual([]);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(
      await rowsOf(
        world.store.db,
        'select count(*)::int as live from calsync.desired_event where cancelled_at is null',
      ),
    ).toEqual([{ live: 0 }]);
  });

  test('[P19] one `approve` creates all of them again', async () => {
    await approveHold(world.store.db, await emptied(), 'ada');
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { recreated: 12 } });
    expect(world.live()).toHaveLength(12);
    expect(await openHoldIds(world.store.db)).toEqual([]);
  });
});
