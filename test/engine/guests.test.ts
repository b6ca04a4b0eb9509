import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { requireWritten } from '../../src/write/result.ts';
import { anEvent, home, World } from '../support/world.ts';
import { openFindings, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;
const guests = [{ email: 'ada@example.com' }, { email: 'bob@example.com' }];
const enrol = async (...addresses: string[]) =>
  requireWritten(
    await addAttendees(
      world.store.db,
      'class-1',
      addresses.map((email) => ({ email })),
      writer,
    ),
  );
const guestsOf = (key = 'class-1') => (world.eventOf(key).attendees ?? []).map(({ email }) => email ?? '').sort();

describe('guests', () => {
  test('[S04A] fifty enrol at the same moment: all fifty are in the table and on the event', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const addresses = Array.from({ length: 50 }, (_, index) => `student${String(index).padStart(2, '0')}@example.com`);
    await Promise.all([...addresses.map((address) => enrol(address)), world.turn(), world.turn()]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(guestsOf()).toEqual(addresses);
    expect(await rowsOf(world.store.db, 'select count(*)::int as count from calsync.desired_attendee')).toEqual([
      { count: 50 },
    ]);
  });

  test('[S13B] an enrolment meets a cancellation: afterwards the event is gone and nobody is enrolled in it', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    await Promise.allSettled([
      enrol('carl@example.com'),
      cancelEvents(world.store.db, ['class-1'], writer),
      world.turn(),
    ]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toEqual([]);
    expect(
      await rowsOf(
        world.store.db,
        `select count(*)::int as active from calsync.desired_attendee where state = 'active'`,
      ),
    ).toEqual([{ active: 0 }]);
  });

  test('[P10] one is added: every other keeps answer, comment and extra guests', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    const given = {
      email: 'ada@example.com',
      responseStatus: 'accepted',
      comment: 'With a friend',
      additionalGuests: 1,
    } as const;
    world.emulator.people.answer(home, id, given);
    await enrol('carl@example.com');
    await world.reconcile();
    expect(guestsOf()).toEqual(['ada@example.com', 'bob@example.com', 'carl@example.com']);
    expect(world.eventOf('class-1').attendees?.[0]).toMatchObject(given);
  });

  test.each(['insert', 'patch'] as const)(
    '[S02C] [P10] nobody heard how the %s ended that invited somebody, who left since: they are taken off',
    async (act) => {
      if (act === 'insert') await world.put([anEvent({ attendees: guests })]);
      else {
        await world.put([anEvent()]);
        await world.reconcile();
        await enrol('ada@example.com', 'bob@example.com');
      }
      world.emulator.faults.add({ match: { operation: `calendar.events.${act}` }, action: { kind: 'lose_answer' } });
      const unread = world.emulator.faults.add({
        match: { operation: 'calendar.events.get' },
        times: null,
        action: { kind: 'error', error: 'backendError' },
      });
      await world.reconcile();
      expect(guestsOf()).toEqual(['ada@example.com', 'bob@example.com']);
      world.emulator.faults.remove(unread);
      await removeAttendeesOf(world.store.db, 'class-1', ['bob@example.com'], writer);
      await world.advance(120_000);
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(guestsOf()).toEqual(['ada@example.com']);
    },
  );

  test('[P10] Google keeps the etag when a guest answers: the next change of the guests leaves the answer', async () => {
    world.emulator.administration.setSwitches({ answerMovesEtag: false });
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    const answer = { email: 'ada@example.com', responseStatus: 'declined', comment: 'I am ill' } as const;
    world.emulator.people.answer(home, world.eventOf('class-1').id, answer);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    await enrol('carl@example.com');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(guestsOf()).toEqual(['ada@example.com', 'bob@example.com', 'carl@example.com']);
    expect(world.eventOf('class-1').attendees?.[0]).toMatchObject(answer);
  });

  test('[P32] a guest whom a person added is foreign: stays, also when one of ours is taken off', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.edit(home, id, { attendees: [...guests, { email: 'friend@example.com' }] });
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.calls(since)).toEqual(['events.list']);
    requireWritten(await removeAttendeesOf(world.store.db, 'class-1', ['bob@example.com'], writer));
    await world.reconcile();
    expect(guestsOf()).toEqual(['ada@example.com', 'friend@example.com']);
  });

  test('[P39] a person removes one of ours: drift of that entry, put back', async () => {
    await world.put([anEvent({ attendees: guests })]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, { attendees: [{ email: 'bob@example.com' }] });
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { patched: 1 } });
    expect(guestsOf()).toEqual(['ada@example.com', 'bob@example.com']);
    expect(await openFindings(world.store.db)).toEqual([]);
  });
});

describe('[I12] whom Google mails', () => {
  const mailedSince = (since: number) => world.emulator.outbox().length - since;
  const now = () => world.emulator.outbox().length;

  async function invited(fields: object = {}): Promise<void> {
    await world.put([anEvent({ attendees: guests, ...fields })]);
    await world.reconcile();
  }

  test('a new event, a new time, a new guest and a cancellation are told; a new description is not', async () => {
    let since = now();
    await invited();
    expect(mailedSince(since)).toBeGreaterThan(0);
    since = now();
    await world.put([anEvent({ description: 'Bring a ruler.' })]);
    await world.reconcile();
    expect(mailedSince(since)).toBe(0);
    await world.put([anEvent({ description: 'Bring a ruler.', location: 'Room 7' })]);
    await world.reconcile();
    expect(mailedSince(since)).toBeGreaterThan(0);
    since = now();
    await enrol('carl@example.com');
    await world.reconcile();
    expect(mailedSince(since)).toBeGreaterThan(0);
    since = now();
    await cancelEvents(world.store.db, ['class-1'], writer);
    await world.reconcile();
    expect(mailedSince(since)).toBeGreaterThan(0);
  });

  test('[P11] a repair is silent, unless a guest was shown a wrong time', async () => {
    await invited();
    const { id } = world.eventOf('class-1');
    let since = now();
    world.emulator.people.edit(home, id, { summary: 'Party' });
    await world.reconcile();
    expect(mailedSince(since)).toBe(0);
    since = now();
    world.emulator.people.edit(home, id, {
      start: { dateTime: '2027-03-01T14:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2027-03-01T15:00:00', timeZone: 'Europe/Copenhagen' },
    });
    await world.reconcile();
    expect(mailedSince(since)).toBeGreaterThan(0);
  });

  test('a stated value is obeyed', async () => {
    const since = now();
    await invited({ sendUpdates: 'none' });
    await world.put([anEvent({ location: 'Room 7', sendUpdates: 'none' })]);
    await world.reconcile();
    await cancelEvents(world.store.db, ['class-1'], writer);
    await world.reconcile();
    expect(mailedSince(since)).toBe(0);
    // Google leaves the meeting on the calendars of guests who are not told: that is said.
    const told = await rowsOf<{ kind: string }>(
      world.store.db,
      `select kind from calsync.finding where key = 'class-1' and kind = 'guest_copies_may_remain'`,
    );
    expect(told).toHaveLength(1);
  });

  test('a stated value is obeyed when the row is withdrawn, too', async () => {
    await invited({ sendUpdates: 'none' });
    const since = now();
    await world.store.db.deleteFrom('desired_event').execute();
    await world.reconcile();
    expect(world.live()).toEqual([]);
    expect(mailedSince(since)).toBe(0);
  });
});
