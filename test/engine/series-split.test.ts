import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { anEvent, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, rowsOf, theHold } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const weekly = (fields: object = {}) => anEvent({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'], ...fields });
const third = '2027-03-15T10:00:00+01:00';

/** Dates on which the calendar shows something, each as often as it does. */
function datesShown(): readonly string[] {
  const { occurrences } = world.emulator.administration.expand(home) as unknown as {
    readonly occurrences: readonly { readonly start: string | { readonly dateTime: string } }[];
  };
  return occurrences.map(({ start }) => (typeof start === 'string' ? start : start.dateTime).slice(0, 10)).sort();
}

async function aSplitSeries(
  marks: boolean,
  fields: object = {},
): Promise<{ readonly id: string; readonly rest: string }> {
  await world.put([weekly(fields)]);
  await world.reconcile();
  const { id } = world.eventOf('class-1');
  const rest = world.emulator.people.splitSeries(home, id, third, { summary: 'From here on' }, marks);
  await world.reconcile();
  return { id, rest: String(rest.id) };
}

describe.each([
  ['with our mark', true],
  ['without a mark', false],
])('[P17] a person breaks a series off with "this and following", and the rest is %s', (_, marks) => {
  test('[P17] every date is there once, nothing is written or deleted, and both sides of it are told', async () => {
    await aSplitSeries(marks);
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report?.state).toBe('out_of_sync');
    expect(world.changes(since)).toEqual([]);
    expect(new Set(datesShown()).size).toBe(10);
    expect(datesShown()).toHaveLength(10);
    expect(await openFindings(world.store.db)).toEqual(['drift class-1', 'duplicate class-1']);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P17] what else changes in the row is written to the series, and a new pattern is not while the rest stands', async () => {
    const { id } = await aSplitSeries(marks);
    await world.put([weekly({ location: 'Room 7', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=12'] })]);
    const [report] = await world.reconcile();
    expect(report?.state).toBe('out_of_sync');
    expect(world.live().find((event) => event.id === id)).toMatchObject({ location: 'Room 7' });
    expect(datesShown()).toHaveLength(10);
  });

  test('[P17] once the rest is deleted, the series is as the table says, and nothing is open any more', async () => {
    const { rest } = await aSplitSeries(marks);
    world.emulator.people.remove(home, rest);
    await world.reconcile();
    const [report] = await world.reconcile();
    expect(report?.state).toBe('in_sync');
    expect(datesShown()).toHaveLength(10);
    expect(world.live()).toHaveLength(1);
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P17] the series is withdrawn: its event goes, the rest stays and is told of as an orphan, until it is deleted', async () => {
    const { rest } = await aSplitSeries(marks);
    await rowsOf(world.store.db, 'delete from calsync.desired_event');
    await world.reconcile();
    await world.reconcile();
    expect(world.live().map(({ id }) => id)).toEqual([rest]);
    expect(await openFindings(world.store.db)).toEqual(['orphan class-1']);
    world.emulator.people.remove(home, rest);
    await world.reconcile();
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P17] the first part is deleted too: creating the series again would double the rest, so it waits for a person', async () => {
    const { id, rest } = await aSplitSeries(marks);
    world.emulator.people.remove(home, id);
    const [report] = await world.reconcile();
    expect(report?.state).toBe('held');
    expect(world.live().map((event) => event.id)).toEqual([rest]);
  });
});

test('[P17] a calendar that deletes orphans deletes the rest that carries our mark once its series is withdrawn, and no other', async () => {
  await aSplitSeries(true);
  await rowsOf(world.store.db, "update calsync.calendar set orphans = 'delete'");
  await rowsOf(world.store.db, 'delete from calsync.desired_event');
  await world.reconcile();
  await world.reconcile();
  expect(world.live()).toEqual([]);
  expect(await openFindings(world.store.db)).toEqual([]);
});

test.each(['enforce', 'flag', 'ignore', 'adopt'] as const)(
  '[P17] [P34] a table that is put through to what a newer one wrote puts no pattern back, whatever is done about drift (%s)',
  async (drift) => {
    const { id } = await aSplitSeries(true);
    await setCalendar(world.store.db, home, { drift });
    world.emulator.people.edit(home, id, { extendedProperties: { private: { 'calsync.revision': '9' } } });
    expect((await world.reconcile())[0]?.state).toBe('held');
    await approveHold(world.store.db, (await theHold(world.store.db)).id, 'ada');
    await world.reconcile();
    expect(datesShown()).toHaveLength(10);
    expect(new Set(datesShown()).size).toBe(10);
  },
);
