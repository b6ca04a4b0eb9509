import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { approveHold, rejectHold, retry } from '../../src/engine/decisions.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { anEvent, away, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, openFindings, openHoldIds, rowsOf, theHold } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

describe('events that stand for nothing', () => {
  test('[P04] a person copies an event with its marks: reported, the bound one stays, the copy is left', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.copy(home, id, true);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(world.changes(since)).toEqual([]);
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

  /** Row, binding and intents of a key are lost; its numbers never are. */
  async function forget(key: string): Promise<void> {
    for (const table of ['desired_event', 'binding', 'intent', 'dirty', 'finding']) {
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
      const hold = await theHold(world.store.db);
      expect(hold).toMatchObject({ kind: 'lookalike', keys: ['class-1'] });
      await (decision === 'approve' ? approveHold : rejectHold)(world.store.db, hold.id, 'ada');
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
      expect(world.changes(since)).toEqual([]);
      const hold = await theHold(world.store.db);
      expect(hold).toMatchObject({ kind: 'mark_taken', keys: ['class-1'] });
      await (decision === 'approve' ? approveHold : rejectHold)(world.store.db, hold.id, 'ada');
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
    expect(world.changes(since)).toEqual([]);
    const hold = await theHold(world.store.db);
    expect(hold.kind).toBe('table_older');
    await approveHold(world.store.db, hold.id, 'ada');
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(
      world
        .live()
        .map(({ summary }) => summary)
        .sort(),
    ).toEqual(['Algebra', 'Chemistry']);
    // The decision lasts: the mark says what the row says, also when the permission has long expired.
    expect(world.eventOf('class-1').extendedProperties?.private?.['calsync.revision']).toBe('1');
    await world.advance(48 * 3_600_000);
    await retry(world.store.db, { keys: ['class-1'] });
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
  });

  test('[P37] an approved takeover puts our mark back although nothing else differs', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, otherMark);
    expect((await world.reconcile())[0]?.state).toBe('held');
    const hold = await theHold(world.store.db);
    await approveHold(world.store.db, hold.id, 'ada');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual(['events.patch']);
    expect(world.eventOf('class-1').summary).toBe('Algebra');
  });

  test('[S12C] a create that lands late on the calendar of before, under the same id, is taken away again', async () => {
    await world.manage(away);
    await world.put([anEvent()]);
    await world.reconcile();
    const { id, summary, start, end, extendedProperties } = world.eventOf('class-1');
    world.emulator.people.add(away, { id, summary, start, end, extendedProperties } as never);
    const reports = await world.reconcile();
    expect(reports.map(({ state }) => state)).toEqual(['in_sync', 'in_sync']);
    expect(world.live(away)).toEqual([]);
    expect(world.eventOf('class-1').id).toBe(id);
    expect(await bindings(world.store.db)).toHaveLength(1);
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

  /** As an application does it that writes with SQL and is asked nothing. */
  const insert = (key: string, allowTwin = false) =>
    rowsOf(
      world.store.db,
      `insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone, allow_twin)
         values ('${key}', '${home}', 'Algebra', '2027-03-01 10:00', 'Europe/Copenhagen', '2027-03-01 11:00', 'Europe/Copenhagen', ${allowTwin})`,
    );

  test.each([
    ['gets another title', `update calsync.desired_event set summary = 'Geometry' where key = 'class-1'`],
    ['is cancelled', `update calsync.desired_event set cancelled_at = now() where key = 'class-1'`],
    ['is withdrawn', `delete from calsync.desired_event where key = 'class-1'`],
    ['says that a twin is meant', `update calsync.desired_event set allow_twin = true where key = 'class-1'`],
  ])('[S08A] a twin is one no more once the other row %s, though nobody touched its own', async (_, change) => {
    await insert('class-1');
    await world.reconcile();
    await insert('class-2');
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(await openFindings(world.store.db)).toEqual(['twin class-2']);
    await world.reconcile();
    expect(await openFindings(world.store.db)).toEqual(['twin class-2']);
    await rowsOf(world.store.db, change);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[S08A] a second key that states allowTwin makes neither of the two a twin, whichever changes later', async () => {
    await insert('class-1');
    await insert('class-2', true);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    await rowsOf(world.store.db, `update calsync.desired_event set location = 'Room 5' where key = 'class-1'`);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    await rowsOf(world.store.db, `update calsync.desired_event set allow_twin = false where key = 'class-2'`);
    expect((await world.reconcile())[0]?.state).toBe('out_of_sync');
    expect(await openFindings(world.store.db)).toEqual(['twin class-2']);
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
