/** Creates that were carried out, and of which nobody noted that they were: what they wrote is calsync's all the same. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import { eventIdFor, markAsProperties } from '../../src/core/identity.ts';
import type { Google } from '../../src/core/ports.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { account, anEvent, home, World } from '../support/world.ts';
import { allFindings, bindings, dirtyKeys, openFindings, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const guests = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];
const whole = anEvent({ location: 'Room 4', attendees: guests });

/** The row states neither place nor guests any more. */
async function stateLess(): Promise<void> {
  await world.put([anEvent()]);
  await rowsOf(world.store.db, 'delete from calsync.desired_attendee');
}

async function expectCleared(): Promise<void> {
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  expect(world.eventOf('class-1').location).toBeUndefined();
  expect(world.eventOf('class-1').attendees ?? []).toEqual([]);
  expect(world.live()).toHaveLength(1);
  expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
  expect(await allFindings(world.store.db)).toEqual([]);
  expect(await dirtyKeys(world.store.db)).toEqual([]);
  expect(await unsettledCount(world.store.db)).toBe(0);
}

/** An engine in whose calls something happens before the first reading by id. */
async function interruptedBy(happens: () => Promise<void>): Promise<Engine> {
  const google = await world.engine.google(account);
  let done = false;
  const interrupted: Google = {
    ...google,
    getEvent: async (calendar, eventId) => {
      if (!done) await happens();
      done = true;
      return google.getEvent(calendar, eventId);
    },
  };
  return { ...world.engine, google: () => Promise.resolve(interrupted) };
}

describe('a create is carried out and refused all the same, as when the network repeats it', () => {
  beforeEach(async () => {
    await world.put([whole]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'error_after', error: 'duplicate' },
    });
  });

  test('[S02C] the row is as it was: one event, nothing is written again', async () => {
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.calls(since).filter((call) => call !== 'events.list')).toEqual(['events.insert', 'events.get']);
    expect(world.eventOf('class-1').location).toBe('Room 4');
    await stateLess();
    await expectCleared();
  });

  test('[S02C] what it wrote is cleared once the row, which changed meanwhile, states it no longer', async () => {
    await world.turn(home, await interruptedBy(stateLess));
    await expectCleared();
  });

  test('[S02C] and the event cannot be read before the row has changed', async () => {
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: 3,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn();
    await stateLess();
    await world.advance(3 * minuteMs);
    await expectCleared();
  });

  test('[S02C] and the first patch of it is overtaken: what it wrote is not forgotten meanwhile', async () => {
    world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, action: { kind: 'touch_event' } });
    await world.turn(home, await interruptedBy(stateLess));
    await expectCleared();
  });

  test('[S02C] and a person changed the event since: what they typed is recorded, and their place stays', async () => {
    const engine = await interruptedBy(async () => {
      world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party', location: 'Roof' });
      await stateLess();
    });
    await world.turn(home, engine);
    await world.reconcile();
    expect(world.eventOf('class-1')).toMatchObject({ summary: 'Algebra', location: 'Roof' });
    expect(await allFindings(world.store.db)).toEqual(['conflict class-1 mended']);
  });
});

test('[S12B] a create that was given up lands once the row has changed: what it alone wrote is cleared', async () => {
  await world.put([anEvent({ summary: 'Geometry' })]);
  const google = await world.engine.google(account);
  let land: () => Promise<unknown> = () => Promise.resolve();
  const slow: Google = {
    ...google,
    insertEvent: (request) => {
      land = () => google.insertEvent(request);
      throw new CalsyncError('transient', 'no answer within 10000 ms', { reason: 'timeout', outcomeUnknown: true });
    },
  };
  const engine = { ...world.engine, google: () => Promise.resolve(slow) };
  await world.turn(home, engine);
  await world.put([whole]);
  await world.advance(minuteMs);
  await world.turn(home, engine);
  await world.turn(home, engine);
  await land();
  await stateLess();
  await world.advance(3 * minuteMs);
  await expectCleared();
});

describe('after a restored backup an event of the earlier time carries the revision of the create', () => {
  for (const drift of ['enforce', 'adopt'] as const) {
    test(`[P34] what it shows is not taken for what was written (${drift})`, async () => {
      await setCalendar(world.store.db, home, { drift });
      await world.put([whole]);
      const id = eventIdFor(world.engine.installation, 'class-1', 0);
      await earlier(id);
      world.emulator.faults.add({ times: 1, action: { kind: 'hide_item', eventId: id } });
      await world.turn(home, await interruptedBy(stateLess));
      await world.reconcile();
      expect(world.calls().filter((call) => call === 'events.insert')).toHaveLength(1);
      expect(world.eventOf('class-1')).toMatchObject({ summary: 'Algebra', location: 'Room 9' });
      expect(await rowsOf(world.store.db, 'select summary from calsync.desired_event')).toEqual([
        { summary: 'Algebra' },
      ]);
      expect(await openFindings(world.store.db)).toEqual([]);
    });
  }

  async function earlier(id: string): Promise<void> {
    const [row] = await rowsOf<{ revision: number }>(world.store.db, 'select revision from calsync.desired_event');
    const mark = { installation: world.engine.installation, key: 'class-1', revision: row?.revision ?? 0 };
    const event = {
      id,
      summary: 'Earlier',
      location: 'Room 9',
      start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Europe/Copenhagen' },
      extendedProperties: { private: markAsProperties(mark) },
    };
    world.emulator.people.add(home, event);
  }
});
