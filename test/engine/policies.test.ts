import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setCalendar } from '../../src/store/calendar.ts';
import { setRowPolicies } from '../../src/store/desired.ts';
import { markKeys } from '../../src/store/dirty.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { anEvent, home, World } from '../support/world.ts';
import { openFindings, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

async function edited(fields: Record<string, string>): Promise<void> {
  await world.put([anEvent({ location: 'Room 5', description: 'Bring a ruler.' })]);
  await world.reconcile();
  world.emulator.people.edit(home, world.eventOf('class-1').id, fields);
}

const row = async () =>
  (
    await rowsOf<Record<string, unknown>>(
      world.store.db,
      'select summary, location, description from calsync.desired_event',
    )
  )[0];

describe('a person changes a field', () => {
  test('each field by its policy: one put back, one adopted, one flagged, one ignored', async () => {
    await setCalendar(world.store.db, home, {
      drift: 'enforce',
      driftFields: { location: 'adopt', description: 'flag', start: 'ignore', end: 'ignore' },
    });
    await edited({ summary: 'Party', location: 'The pub', description: 'Beer.' });
    world.emulator.people.edit(home, world.eventOf('class-1').id, {
      start: { dateTime: '2027-03-01T20:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2027-03-01T21:00:00', timeZone: 'Europe/Copenhagen' },
    });
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'out_of_sync', counts: { adopted: 1 } });
    expect(world.eventOf('class-1')).toMatchObject({
      summary: 'Algebra',
      location: 'The pub',
      description: 'Beer.',
      start: { dateTime: '2027-03-01T20:00:00+01:00' },
    });
    expect(await row()).toEqual({ summary: 'Algebra', location: 'The pub', description: 'Bring a ruler.' });
    expect(world.changes(since)).toEqual(['events.patch']);

    // It stays so: flagged is told, ignored is listed, nothing is called.
    for (let run = 0; run < 2; run += 1) {
      const later = world.mark();
      await world.put([anEvent({ location: 'The pub', description: 'Bring a ruler.', labels: { run: String(run) } })]);
      expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
      expect(world.changes(later)).toEqual([]);
      expect((await openFindings(world.store.db)).filter((line) => line.startsWith('drift'))).toEqual([
        'drift class-1',
      ]);
    }

    // The policy becomes enforce: what was left alone is drift now.
    await setCalendar(world.store.db, home, { driftFields: {} });
    await markKeys(world.store.db, { calendar: home });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1')).toMatchObject({
      description: 'Bring a ruler.',
      start: { dateTime: '2027-03-01T10:00:00+01:00' },
      end: { dateTime: '2027-03-01T11:00:00+01:00' },
    });
  });

  test('a field that is left alone stays listed when another field of the same event is written', async () => {
    await setCalendar(world.store.db, home, { driftFields: { location: 'ignore' } });
    await edited({ location: 'The pub' });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await openFindings(world.store.db)).toEqual(['drift class-1']);
    await world.put([anEvent({ summary: 'Geometry', location: 'Room 5', description: 'Bring a ruler.' })]);
    await world.reconcile();
    expect(world.eventOf('class-1')).toMatchObject({ summary: 'Geometry', location: 'The pub' });
    expect(await openFindings(world.store.db)).toEqual(['drift class-1']);
  });

  test('an hour moved by a person under `flag`, on a calendar of another zone, is not forgotten by the next write', async () => {
    await setCalendar(world.store.db, home, { drift: 'flag' });
    const at = (hour: number) => ({
      start: { dateTime: `2027-03-01T${hour}:00:00`, timeZone: 'Asia/Tokyo' },
      end: { dateTime: `2027-03-01T${hour + 1}:00:00`, timeZone: 'Asia/Tokyo' },
    });
    await world.put([anEvent(at(10))]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, at(11));
    await world.put([anEvent({ ...at(10), location: 'Room 6' })]);
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(world.eventOf('class-1').location).toBe('Room 6');
    expect(await openFindings(world.store.db)).toEqual(['drift class-1']);
    await markKeys(world.store.db, { calendar: home });
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(await openFindings(world.store.db)).toEqual(['drift class-1']);
  });

  test('the policy of the row goes before that of its calendar', async () => {
    await edited({ summary: 'Party' });
    await inTransaction(world.store.db, (tx) =>
      setRowPolicies(tx, 'class-1', { drift: 'adopt', onDelete: null, onMove: null }),
    );
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect((await row())?.summary).toBe('Party');
  });

  test('[I8] what a person typed is recorded before it is overwritten', async () => {
    await edited({ summary: 'Party' });
    await world.reconcile();
    const [finding] = await rowsOf<{ fields: readonly { observed: string }[]; closed_as: string }>(
      world.store.db,
      'select fields, closed_as from calsync.finding',
    );
    expect(finding).toMatchObject({
      fields: [{ field: 'summary', observed: 'Party', desired: 'Algebra' }],
      closed_as: 'mended',
    });
  });

  test('adopting a guest whom a person removed takes the guest off the table', async () => {
    await setCalendar(world.store.db, home, { drift: 'adopt' });
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] })]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, { attendees: [{ email: 'bob@example.com' }] });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await rowsOf(world.store.db, 'select address from calsync.desired_attendee')).toEqual([
      { address: 'bob@example.com' },
    ]);
  });

  test('adopting a new time takes it into the table as a local time', async () => {
    await setCalendar(world.store.db, home, { drift: 'adopt' });
    await edited({});
    world.emulator.people.edit(home, world.eventOf('class-1').id, {
      start: { dateTime: '2027-03-01T14:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2027-03-01T15:00:00', timeZone: 'Europe/Copenhagen' },
    });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await rowsOf(world.store.db, 'select start_local::text, start_zone from calsync.desired_event')).toEqual([
      { start_local: '2027-03-01 14:00:00', start_zone: 'Europe/Copenhagen' },
    ]);
  });
});

describe('[I11] what a calendar’s policy allows', () => {
  const allowed = {
    observe: [],
    'create-only': ['events.insert'],
    'upsert-only': ['events.insert', 'events.patch'],
    sync: ['events.delete', 'events.insert', 'events.patch'],
  } as const;
  for (const [policy, calls] of Object.entries(allowed)) {
    test(`[I11] ${policy}: only ${calls.join(', ') || 'readings'}; what is withheld is said and waits`, async () => {
      await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Physics' })]);
      await world.reconcile();
      await setCalendar(world.store.db, home, { policy: policy as keyof typeof allowed });
      await world.put([anEvent({ summary: 'Geometry' }), anEvent({ key: 'class-3', summary: 'Chemistry' })]);
      await rowsOf(world.store.db, `delete from calsync.desired_event where key = 'class-2'`);
      const since = world.mark();
      const [report] = await world.reconcile();
      expect([...new Set(world.changes(since))].sort()).toEqual(calls);
      expect(report?.state).toBe(policy === 'sync' ? 'in_sync' : 'out_of_sync');
      const later = world.mark();
      await world.reconcile();
      expect(world.calls(later)).toEqual(['events.list']);

      await setCalendar(world.store.db, home, { policy: 'sync' });
      await markKeys(world.store.db, { calendar: home });
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(
        world
          .live()
          .map(({ summary }) => summary)
          .sort(),
      ).toEqual(['Chemistry', 'Geometry']);
    });
  }

  test('[I11] observe: nothing is adopted, followed or cancelled in the table either', async () => {
    await setCalendar(world.store.db, home, { drift: 'adopt', onDelete: 'accept' });
    await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Physics' })]);
    await world.reconcile();
    await setCalendar(world.store.db, home, { policy: 'observe' });
    world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party' });
    world.emulator.people.remove(home, world.eventOf('class-2').id);
    await world.reconcile();
    expect(
      await rowsOf(world.store.db, 'select summary, cancelled_at from calsync.desired_event order by key'),
    ).toEqual([
      { summary: 'Algebra', cancelled_at: null },
      { summary: 'Physics', cancelled_at: null },
    ]);
  });
});
