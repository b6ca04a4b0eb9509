import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Google } from '../../src/core/ports.ts';
import { retry } from '../../src/engine/decisions.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { account, anEvent, home, World } from '../support/world.ts';
import { allFindings, dirtyKeys, openFindings, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const guests = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];

/** Something happens in Google right before each of our patches. */
async function interruptedEngine(happens: () => void): Promise<Engine> {
  const google = await world.engine.google(account);
  const interrupted: Google = {
    ...google,
    patchEvent: (request) => {
      happens();
      return google.patchEvent(request);
    },
  };
  return { ...world.engine, google: () => Promise.resolve(interrupted) };
}

describe('[P27] a guest answers between reading and writing', () => {
  const answers = ['accepted', 'tentative', 'declined', 'needsAction'] as const;
  const answer = (times: number) => {
    let count = 0;
    return () => {
      if (count >= times) return;
      const responseStatus = answers[count % answers.length] ?? 'accepted';
      world.emulator.people.answer(home, world.eventOf('class-1').id, { email: 'ada@example.com', responseStatus });
      count += 1;
    };
  };

  test('[P27] three times in a row: the write goes through in one turn, the answer stays, nothing is contested', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    const report = await world.turn(home, await interruptedEngine(answer(3)));
    expect(report).toMatchObject({ state: 'in_sync', counts: { patched: 1 } });
    const event = world.eventOf('class-1');
    expect(event.summary).toBe('Geometry');
    expect(event.attendees?.find(({ email }) => email === 'ada@example.com')?.responseStatus).toBe('declined');
    expect(await allFindings(world.store.db)).toEqual([]);
  });

  test('[P27] without end: at most five more tries in a turn, the key waits for the next one, never contested', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    const since = world.mark();
    const report = await world.turn(home, await interruptedEngine(answer(1_000)));
    expect(report).toMatchObject({ state: 'out_of_sync', again: true });
    expect(world.calls(since).filter((call) => call === 'events.patch')).toHaveLength(6);
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    expect(await allFindings(world.store.db)).toEqual([]);
    expect(await unsettledCount(world.store.db)).toBe(0);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Geometry');
  });

  test('a person edits the same field between reading and writing: the table wins, the human value is kept', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    let edited = false;
    const engine = await interruptedEngine(() => {
      if (edited) return;
      edited = true;
      world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party' });
    });
    await world.turn(home, engine);
    expect(world.eventOf('class-1').summary).toBe('Geometry');
    const [finding] = await rowsOf<{ kind: string; fields: readonly { observed: string }[] }>(
      world.store.db,
      'select kind, fields from calsync.finding',
    );
    expect(finding).toMatchObject({ kind: 'conflict', fields: [{ observed: 'Party' }] });
  });
});

describe('a patch is carried out and refused all the same, as when the network repeats it', () => {
  for (const error of ['conflict', 'conditionNotMet'] as const) {
    test(`${error}: what it wrote is cleared once the row, which changed meanwhile, states it no longer`, async () => {
      await world.put([anEvent()]);
      await world.reconcile();
      await world.put([anEvent({ location: 'Room 4', attendees: guests })]);
      world.emulator.faults.add({
        match: { operation: 'calendar.events.patch' },
        action: { kind: 'error_after', error },
      });
      const google = await world.engine.google(account);
      let written = false;
      const overtaking: Google = {
        ...google,
        getEvent: async (calendar, eventId) => {
          if (!written) {
            await world.put([anEvent()]);
            await rowsOf(world.store.db, 'delete from calsync.desired_attendee');
          }
          written = true;
          return google.getEvent(calendar, eventId);
        },
      };
      await world.turn(home, { ...world.engine, google: () => Promise.resolve(overtaking) });
      expect(written).toBe(true);
      await world.reconcile();
      expect(world.eventOf('class-1').location).toBeUndefined();
      expect(world.eventOf('class-1').attendees ?? []).toEqual([]);
      expect(await allFindings(world.store.db)).toEqual([]);
      expect(await unsettledCount(world.store.db)).toBe(0);
    });
  }

  test('and the event cannot be read: the key waits for Google, and is settled by the next run', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ location: 'Room 4' })]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      action: { kind: 'error_after', error: 'conflict' },
    });
    const unreadable = world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn();
    expect(await unsettledCount(world.store.db)).toBe(1);
    expect(await rowsOf(world.store.db, 'select fault from calsync.dirty')).toEqual([{ fault: 'google' }]);
    world.emulator.faults.remove(unreadable);
    await world.put([anEvent()]);
    await world.advance(120_000);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').location).toBeUndefined();
    expect(await unsettledCount(world.store.db)).toBe(0);
  });
});

describe('[P28] an app and calsync keep changing one field back', () => {
  test('[P28] the field stops after three rounds an hour, other fields go on, and `retry` begins anew', async () => {
    await world.put([anEvent({ location: 'Room 5' })]);
    await world.reconcile();
    for (let round = 1; round <= 5; round += 1) {
      world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: `Party ${round}` });
      await world.advance(60_000);
      await world.reconcile();
    }
    expect(world.eventOf('class-1').summary).toBe('Party 5');
    expect(world.calls().filter((call) => call === 'events.patch')).toHaveLength(3);
    expect(await openFindings(world.store.db)).toEqual(['contested class-1']);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(world.calls(since)).toEqual(['events.list']);

    await world.put([anEvent({ location: 'Room 6' })]);
    await world.reconcile();
    expect(world.eventOf('class-1')).toMatchObject({ summary: 'Party 5', location: 'Room 6' });
    expect(await openFindings(world.store.db)).toEqual(['contested class-1']);

    await retry(world.store.db, { keys: ['class-1'] });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    expect(await openFindings(world.store.db)).toEqual([]);
  });
});
