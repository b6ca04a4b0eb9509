import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventIdFor } from '../../src/core/identity.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { anEvent, away, home, World } from '../support/world.ts';
import { rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const ada = { actor: 'ada', door: 'typescript', source: 'caller' } as const;

/** `kind source actor`, in the order in which it was written. */
async function story(key = 'class-1'): Promise<readonly string[]> {
  const rows = await rowsOf<{ line: string }>(
    world.store.db,
    `select kind || ' | ' || source || ' | ' || actor as line from calsync.history where key = '${key}' order by id`,
  );
  return rows.map(({ line }) => line);
}

async function googlesPart(): Promise<readonly { kind: string; before: unknown; after: unknown }[]> {
  return rowsOf(world.store.db, `select kind, before, after from calsync.history where source = 'google' order by id`);
}

async function isThere(): Promise<string> {
  await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
  await world.reconcile();
  return world.eventOf('class-1').id;
}

/** The event gets another title, and neither the answer nor the reading after it arrives. Answers its id. */
async function isWrittenUnheard(): Promise<string> {
  const id = await isThere();
  await world.put([anEvent({ summary: 'Geometry' })]);
  world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, action: { kind: 'lose_answer' } });
  world.emulator.faults.add({
    match: { operation: 'calendar.events.get' },
    times: 4,
    action: { kind: 'error', error: 'backendError' },
  });
  await world.reconcile();
  return id;
}

const noted = async () => (await rowsOf(world.store.db, 'select id from calsync.google_change')).length;
const somebody = 'google | somebody in Google Calendar';

describe('somebody changes an event of ours in Google', () => {
  test('[S11A] a new title: who knows who, from what to what, once, before calsync puts it back', async () => {
    const id = await isThere();
    world.emulator.people.edit(home, id, { summary: 'Party' });
    await world.reconcile();
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    expect(await story()).toEqual([
      'inserted | caller | test',
      'attendee_added | caller | test',
      `google_changed | ${somebody}`,
    ]);
    const [change] = await googlesPart();
    expect(change).toMatchObject({
      before: { calendar: home, eventId: id, status: 'confirmed', summary: 'Algebra' },
      after: {
        calendar: home,
        eventId: id,
        status: 'confirmed',
        summary: 'Party',
        attendees: [{ email: 'ada@example.com' }],
      },
    });
    world.emulator.administration.invalidateSyncTokens(home);
    await world.reconcile();
    await world.reconcile();
    expect(await story()).toHaveLength(3);
    expect(await noted()).toBe(0);
  });

  test('several changes between two listings are one, changes seen one by one are several', async () => {
    await setCalendar(world.store.db, home, { drift: 'flag' });
    const id = await isThere();
    world.emulator.people.edit(home, id, { summary: 'One' });
    world.emulator.people.edit(home, id, { summary: 'Two' });
    await world.reconcile();
    world.emulator.people.edit(home, id, { location: 'Roof' });
    await world.reconcile();
    const changes = await googlesPart();
    expect(changes).toMatchObject([
      { before: { summary: 'Algebra' }, after: { summary: 'Two' } },
      { before: { summary: 'Two' }, after: { summary: 'Two', location: 'Roof' } },
    ]);
  });

  test('[S11A] a guest answers: who answered what, before and after, and nothing else of the event', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] })]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    const since = world.mark();
    world.emulator.people.answer(home, id, { email: 'ada@example.com', responseStatus: 'accepted' });
    await world.reconcile();
    world.emulator.people.answer(home, id, {
      email: 'ada@example.com',
      responseStatus: 'declined',
      comment: 'ill',
    });
    await world.reconcile();
    const guest = (answer: object) => ({
      calendar: home,
      eventId: id,
      attendees: [{ email: 'ada@example.com', ...answer }],
    });
    const changes = await googlesPart();
    expect(changes).toMatchObject([
      {
        kind: 'google_answered',
        before: guest({ responseStatus: 'needsAction' }),
        after: guest({ responseStatus: 'accepted' }),
      },
      {
        kind: 'google_answered',
        before: guest({ responseStatus: 'accepted' }),
        after: guest({ responseStatus: 'declined', comment: 'ill' }),
      },
    ]);
    expect(changes[0]?.after).not.toHaveProperty('summary');
    expect((await story()).at(-1)).toBe(`google_answered | ${somebody}`);
    await world.reconcile();
    expect(await googlesPart()).toHaveLength(2);
    expect(await noted()).toBe(0);
    expect(world.calls(since).filter((call) => call !== 'events.list')).toEqual([]);
  });

  test('an answer and a new title between two listings are told each by itself', async () => {
    await setCalendar(world.store.db, home, { drift: 'flag' });
    const id = await isThere();
    world.emulator.people.answer(home, id, { email: 'ada@example.com', responseStatus: 'tentative' });
    world.emulator.people.edit(home, id, { summary: 'Party' });
    await world.reconcile();
    expect((await googlesPart()).map(({ kind }) => kind)).toEqual(['google_answered', 'google_changed']);
  });

  test('our own patch carries answers along, its answer lost or not: none of that is told', async () => {
    const id = await isThere();
    world.emulator.people.answer(home, id, { email: 'ada@example.com', responseStatus: 'accepted' });
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, action: { kind: 'lose_answer' } });
    await world.put([
      anEvent({ location: 'Roof', attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] }),
    ]);
    await world.reconcile();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect(world.eventOf('class-1').location).toBe('Roof');
    expect(await googlesPart()).toHaveLength(1);
  });

  test('an answer given while the end of a write of ours is unknown is told all the same', async () => {
    const id = await isWrittenUnheard();
    world.emulator.people.answer(home, id, { email: 'ada@example.com', responseStatus: 'declined' });
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect((await googlesPart()).map(({ kind }) => kind)).toEqual(['google_answered']);
  });

  test('our mark is taken off: told', async () => {
    const id = await isThere();
    world.emulator.people.stripMarks(home, id);
    await world.reconcile();
    expect((await googlesPart()).map(({ kind }) => kind)).toEqual(['google_changed']);
  });

  test('adopted: first what Google showed, then the change of the table with the person as its source', async () => {
    await setCalendar(world.store.db, home, { drift: 'adopt' });
    const id = await isThere();
    world.emulator.people.edit(home, id, { summary: 'Party' });
    await world.reconcile();
    expect((await story()).slice(2).map((line) => line.split(' | ').slice(0, 2))).toEqual([
      ['google_changed', 'google'],
      ['updated', 'google'],
    ]);
  });

  test('moved by hand: there it is told as changed, with the calendars before and after', async () => {
    await world.manage(away);
    const id = await isThere();
    world.emulator.people.move(home, id, away);
    await world.turn(away);
    await world.reconcile();
    expect(await googlesPart()).toMatchObject([
      { kind: 'google_changed', before: { calendar: home, eventId: id }, after: { calendar: away, eventId: id } },
    ]);
  });

  test('one occurrence of a series is cancelled: told with its start', async () => {
    await world.put([anEvent({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] })]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.cancelOccurrence(home, id, '2027-03-08T10:00:00+01:00');
    await world.reconcile();
    const [change] = await googlesPart();
    expect(change).toMatchObject({
      kind: 'google_changed',
      after: { status: 'cancelled', eventId: `${id}_20270308T090000Z` },
    });
  });
});

describe('[S11A] an event is gone: who did it?', () => {
  test('a person deleted it in Google, and calsync made it again', async () => {
    const id = await isThere();
    world.emulator.people.remove(home, id);
    await world.reconcile();
    expect((await story()).at(-1)).toBe(`google_deleted | ${somebody}`);
    expect(await googlesPart()).toMatchObject([
      {
        kind: 'google_deleted',
        before: { eventId: id, summary: 'Algebra' },
        after: { eventId: id, status: 'cancelled' },
      },
    ]);
    expect(world.eventOf('class-1').id).not.toBe(id);
  });

  test('a person deleted it, and calsync accepted that', async () => {
    await setCalendar(world.store.db, home, { onDelete: 'accept' });
    world.emulator.people.remove(home, await isThere());
    await world.reconcile();
    expect((await story()).slice(-2).map((line) => line.split(' | ').slice(0, 2))).toEqual([
      ['google_deleted', 'google'],
      ['cancelled', 'google'],
    ]);
  });

  test('the caller cancelled it: nothing is said of Google', async () => {
    await isThere();
    await cancelEvents(world.store.db, ['class-1'], ada);
    await world.reconcile();
    expect(world.live()).toEqual([]);
    expect((await story()).at(-1)).toBe('cancelled | caller | ada');
    await world.reconcile();
    expect(await googlesPart()).toEqual([]);
  });

  test('the caller withdrew it with SQL: the database role is named', async () => {
    await isThere();
    await world.store.pool.query(`delete from calsync.desired_event where key = 'class-1'`);
    await world.reconcile();
    await world.reconcile();
    const [{ role } = { role: '' }] = await rowsOf<{ role: string }>(
      world.store.db,
      'select session_user::text as role',
    );
    expect((await story()).at(-1)).toBe(`withdrawn | caller | ${role}`);
    expect(await googlesPart()).toEqual([]);
  });

  test('Google answers 404 for it, and no listing shows a tombstone: told when that is believed, once', async () => {
    await world.put([anEvent()]);
    const id = eventIdFor(world.engine.installation, 'class-1', 0);
    const body = { id, status: 'confirmed', etag: '"1"', summary: 'Algebra' };
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'answer', status: 200, body: body as never }, // the answer of a service that forgets
    });
    await world.reconcile();
    await world.advance(2 * minuteMs);
    await world.reconcile();
    expect(world.eventOf('class-1').id).toBe(id);
    expect(await googlesPart()).toMatchObject([
      { kind: 'google_deleted', before: { eventId: id, summary: 'Algebra' } },
    ]);
    await world.reconcile();
    expect(await googlesPart()).toHaveLength(1);
  });
});

describe('our own writes are not taken for somebody else’s', () => {
  test('create, patch, move and delete whose answers are lost, read at once or listed first', async () => {
    await world.manage(away);
    const lose = (operation: string) =>
      world.emulator.faults.add({
        match: { operation: `calendar.events.${operation}` },
        action: { kind: 'lose_answer' },
      });
    const hideReading = () =>
      world.emulator.faults.add({
        match: { operation: 'calendar.events.get' },
        times: 4,
        action: { kind: 'error', error: 'backendError' },
      });
    for (const blind of [false, true]) {
      const key = blind ? 'blind' : 'seen';
      const steps: readonly [string, () => Promise<unknown>][] = [
        ['insert', () => world.put([anEvent({ key, summary: key, allowTwin: true })])],
        ['patch', () => world.put([anEvent({ key, summary: `${key} 2`, allowTwin: true })])],
        [
          'move',
          () => world.put([anEvent({ key, summary: `${key} 2`, calendar: away, allowTwin: true })], { move: true }),
        ],
        ['delete', () => cancelEvents(world.store.db, [key], ada)],
      ];
      for (const [operation, write] of steps) {
        await write();
        lose(operation);
        if (blind) hideReading();
        await world.reconcile();
        await world.advance(5 * minuteMs);
        await world.reconcile();
        await world.reconcile();
      }
    }
    expect(world.live()).toEqual([]);
    expect(world.live(away)).toEqual([]);
    expect(await googlesPart()).toEqual([]);
    expect(await noted()).toBe(0);
  });

  test('a repair whose answer is lost is not told as a second change', async () => {
    const id = await isThere();
    world.emulator.people.edit(home, id, { summary: 'Party' });
    world.emulator.faults.add({ match: { operation: 'calendar.events.patch' }, action: { kind: 'lose_answer' } });
    await world.reconcile();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    expect((await googlesPart()).map(({ after }) => (after as { summary?: string }).summary)).toEqual(['Party']);
  });

  test('a person’s change on top of a write whose answer is lost is told', async () => {
    const id = await isWrittenUnheard();
    world.emulator.people.edit(home, id, { location: 'Roof' });
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect((await googlesPart()).map(({ after }) => (after as { location?: string }).location)).toEqual(['Roof']);
  });
});

test('a writer who holds the row keeps no turn waiting, and the history stays in the order of the key', async () => {
  const id = await isThere();
  const writer = new pg.Client(world.store.connection);
  await writer.connect();
  await writer.query('begin');
  await writer.query(`select from calsync.desired_event where key = 'class-1' for no key update`);
  world.emulator.people.edit(home, id, { location: 'Roof' });
  const [report] = await world.reconcile();
  expect(report?.error).toBeNull();
  expect(await story()).toHaveLength(2);
  expect(await noted()).toBe(1);
  await writer.query(`update calsync.desired_event set description = 'Bring chalk' where key = 'class-1'`);
  await writer.query('commit');
  await writer.end();
  await world.reconcile();
  expect((await story()).slice(2).map((line) => line.split(' | ')[0])).toEqual(['updated', 'google_changed']);
  const numbers = await rowsOf<{ revision: number }>(
    world.store.db,
    `select revision::int as revision from calsync.history where key = 'class-1' order by id`,
  );
  expect(numbers.map(({ revision }) => revision)).toEqual([1, 2, 3, 3]);
  expect(await noted()).toBe(0);
});
