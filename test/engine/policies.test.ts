import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold, rejectHold } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { setRowPolicies } from '../../src/store/desired.ts';
import { markKeys } from '../../src/store/dirty.ts';
import { inTransaction } from '../../src/store/transaction.ts';
import { anEvent, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, openHoldIds, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const changing = (calls: readonly string[]) => calls.filter((call) => call !== 'events.list' && call !== 'events.get');

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
    expect(changing(world.calls(since))).toEqual(['events.patch']);

    // It stays so: flagged is told, ignored is listed, nothing is called.
    for (let run = 0; run < 2; run += 1) {
      const later = world.mark();
      await world.put([anEvent({ location: 'The pub', description: 'Bring a ruler.', labels: { run: String(run) } })]);
      expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
      expect(changing(world.calls(later))).toEqual([]);
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
      expect([...new Set(changing(world.calls(since)))].sort()).toEqual(calls);
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

describe('events that stand for nothing', () => {
  test('[P04] a person copies an event with its marks: reported, the bound one stays, the copy is left', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.copy(home, id, true);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(changing(world.calls(since))).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(['duplicate class-1']);
    expect(world.live()).toHaveLength(2);
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    expect(world.live().find((event) => event.id === id)?.summary).toBe('Geometry');
    expect(world.live().find((event) => event.id !== id)?.summary).toBe('Algebra');
  });

  test('[P04] by policy the copy is deleted, and the bound one stays', async () => {
    await setCalendar(world.store.db, home, { duplicates: 'delete' });
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.copy(home, id, true);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map((event) => event.id)).toEqual([id]);
    expect(await openFindings(world.store.db)).toEqual([]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });

  test('[P04] a copy is deleted while a patch of the key fails: the patch is not forgotten', async () => {
    await setCalendar(world.store.db, home, { duplicates: 'delete' });
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.copy(home, id, true);
    await world.put([anEvent({ summary: 'Geometry' })]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    await world.turn();
    world.emulator.faults.clear();
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    await world.advance(120_000);
    await world.reconcile();
    expect(world.live().map(({ summary }) => summary)).toEqual(['Geometry']);
  });

  for (const policy of ['flag', 'delete'] as const) {
    test(`[S16C] the class is gone from table and memory, its event remains: ${policy}`, async () => {
      await setCalendar(world.store.db, home, { orphans: policy });
      await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Physics' })]);
      await world.reconcile();
      await forget('class-1');
      const [report] = await world.reconcile();
      if (policy === 'flag') {
        expect(report?.state).toBe('out_of_sync');
        expect(await openFindings(world.store.db)).toEqual(['orphan class-1']);
        expect(world.live()).toHaveLength(2);
        return;
      }
      expect(report?.state).toBe('in_sync');
      expect(world.live().map(({ summary }) => summary)).toEqual(['Physics']);
      expect(await openFindings(world.store.db)).toEqual([]);
    });
  }

  /** Row, binding, intents and counter of a key are lost. */
  async function forget(key: string): Promise<void> {
    for (const table of ['desired_event', 'binding', 'intent', 'key_counter', 'dirty', 'finding']) {
      await rowsOf(world.store.db, `delete from calsync.${table} where key = '${key}'`);
    }
    world.emulator.administration.invalidateSyncTokens(home);
    await rowsOf(world.store.db, `delete from calsync.observed_event`);
  }

  test('[S08C] the database forgot that it created an event: it is found by its mark, bound, and not doubled', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    for (const table of ['binding', 'intent', 'observed_event'])
      await rowsOf(world.store.db, `delete from calsync.${table}`);
    await rowsOf(world.store.db, 'update calsync.calendar set sync_token = null');
    await world.put([anEvent({ summary: 'Geometry' })]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map(({ summary }) => summary)).toEqual(['Geometry']);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
  });
});

describe('lookalikes and other installations', () => {
  const theirs = {
    id: 'theirs',
    summary: 'Algebra',
    start: { dateTime: '2027-03-01T10:00:00+01:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00+01:00', timeZone: 'Europe/Copenhagen' },
  };

  for (const decision of ['approve', 'reject'] as const) {
    test(`[P05] a foreign event looks like a new row: the create is held; ${decision}`, async () => {
      world.emulator.people.add(home, theirs);
      await world.put([anEvent()]);
      expect((await world.reconcile())[0]?.state).toBe('held');
      expect(world.live()).toHaveLength(1);
      const [hold] = await openHoldIds(world.store.db);
      expect(hold).toMatchObject({ kind: 'lookalike', keys: ['class-1'] });
      await (decision === 'approve' ? approveHold : rejectHold)(world.store.db, hold?.id ?? 0, 'ada');
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(
        world
          .live()
          .map(({ id }) => id)
          .includes('theirs'),
      ).toBe(true);
      expect(world.live()).toHaveLength(decision === 'approve' ? 2 : 1);
      expect(await openHoldIds(world.store.db)).toEqual([]);
    });
  }

  const otherMark = {
    extendedProperties: {
      private: { 'calsync.installation': 'other', 'calsync.key': 'class-1', 'calsync.revision': '7' },
    },
  };

  test('[P37] the events of another installation are foreign, also when they name the same key', async () => {
    world.emulator.people.add(home, { ...theirs, summary: 'Theirs', ...otherMark });
    await world.put([anEvent()]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    await world.store.db.deleteFrom('desired_event').execute();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map(({ id }) => id)).toEqual(['theirs']);
    const [kept] = await rowsOf(
      world.store.db,
      `select ours, body from calsync.observed_event where event_id = 'theirs'`,
    );
    expect(kept).toEqual({ ours: false, body: null });
  });

  for (const decision of ['approve', 'reject'] as const) {
    test(`[P37] another installation takes our event over: held; ${decision}`, async () => {
      await world.put([anEvent()]);
      await world.reconcile();
      const { id } = world.eventOf('class-1');
      world.emulator.people.edit(home, id, otherMark);
      await world.put([anEvent({ summary: 'Geometry' })]);
      const since = world.mark();
      expect((await world.reconcile())[0]?.state).toBe('held');
      expect(changing(world.calls(since))).toEqual([]);
      const [hold] = await openHoldIds(world.store.db);
      expect(hold).toMatchObject({ kind: 'mark_taken', keys: ['class-1'] });
      await (decision === 'approve' ? approveHold : rejectHold)(world.store.db, hold?.id ?? 0, 'ada');
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      const [event] = world.live();
      expect(event?.id).toBe(id);
      if (decision === 'approve') {
        expect(world.eventOf('class-1').summary).toBe('Geometry');
      } else {
        expect(event?.summary).toBe('Algebra');
        expect(event?.extendedProperties?.private?.['calsync.installation']).toBe('other');
        const later = world.mark();
        await world.reconcile();
        expect(world.calls(later)).toEqual(['events.list']);
      }
      expect(await openHoldIds(world.store.db)).toEqual([]);
    });
  }

  test('[P34] marks with a higher revision than the rows: nothing is written on the calendar until someone decides', async () => {
    await world.put([anEvent(), anEvent({ key: 'class-2', summary: 'Physics' })]);
    await world.reconcile();
    // A table of before: the event was written by a later revision.
    world.emulator.people.edit(home, world.eventOf('class-1').id, {
      extendedProperties: { private: { 'calsync.revision': '9' } },
    });
    await world.put([anEvent({ key: 'class-2', summary: 'Chemistry' })]);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('held');
    expect(changing(world.calls(since))).toEqual([]);
    const [hold] = await openHoldIds(world.store.db);
    expect(hold?.kind).toBe('table_older');
    await expect(rejectHold(world.store.db, hold?.id ?? 0, 'ada')).rejects.toMatchObject({ kind: 'usage' });
    await approveHold(world.store.db, hold?.id ?? 0, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(
      world
        .live()
        .map(({ summary }) => summary)
        .sort(),
    ).toEqual(['Algebra', 'Chemistry']);
  });

  test('[S08A] two rows with the same calendar, time and title are named as twins, and both are made', async () => {
    await rowsOf(
      world.store.db,
      `insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
         select 'class-' || n, '${home}', 'Algebra', '2027-03-01 10:00', 'Europe/Copenhagen', '2027-03-01 11:00', 'Europe/Copenhagen'
           from generate_series(1, 2) n`,
    );
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(world.live()).toHaveLength(2);
    expect(await openFindings(world.store.db)).toEqual(['twin class-1', 'twin class-2']);
  });

  test('[S08B] the same key long after the first request still makes one event', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.advance(40 * 24 * 3_600_000);
    await world.put([anEvent()]);
    await world.put([
      anEvent({
        start: { dateTime: '2027-03-08T10:00:00', timeZone: 'Europe/Copenhagen' },
        end: { dateTime: '2027-03-08T11:00:00', timeZone: 'Europe/Copenhagen' },
      }),
    ]);
    await world.reconcile();
    expect(world.live()).toHaveLength(1);
    expect(world.eventOf('class-1').start?.dateTime).toBe('2027-03-08T10:00:00+01:00');
  });
});
