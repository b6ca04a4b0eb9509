import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventIdFor } from '../../src/core/identity.ts';
import { diff } from '../../src/engine/diff.ts';
import { anEvent, away, classes, home, World } from '../support/world.ts';
import { allFindings, bindings, dirtyKeys, openFindings, openHoldIds, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;

function changing(calls: readonly string[]): readonly string[] {
  return calls.filter((call) => !call.startsWith('events.list') && call !== 'events.get');
}

describe('a listing that does not tell the truth', () => {
  test('[S03A] a new event is not listed yet: no second create and no finding inside the grace period', async () => {
    await world.put([anEvent()]);
    world.emulator.faults.add({ times: 3, action: { kind: 'stale_list', versions: 1 } });
    await world.reconcile();
    await world.turn();
    await world.turn();
    const calls = world.calls();
    expect(calls.filter((call) => call === 'events.insert')).toHaveLength(1);
    expect(world.live()).toHaveLength(1);
    expect(await allFindings(world.store.db)).toEqual([]);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
  });

  test('[S03A] a full listing leaves a fresh event out: it is not taken for gone', async () => {
    await world.put(classes(6));
    await world.reconcile();
    world.emulator.administration.invalidateSyncTokens(home);
    world.emulator.faults.add({ times: null, action: { kind: 'empty_list' } });
    const since = world.mark();
    await world.turn();
    world.emulator.faults.clear();
    expect(changing(world.calls(since))).toEqual([]);
    await world.reconcile();
    expect(world.live()).toHaveLength(6);
    expect(await allFindings(world.store.db)).toEqual([]);
  });

  test('[S03B] Google confirmed an event that is not there: found after the grace period, reported, created again', async () => {
    await world.put([anEvent()]);
    // The answer to the insert is another service's: the event never comes to be.
    const body = insertedBody();
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'answer', status: 200, body: body as never }, // any JSON
    });
    await world.reconcile();
    expect(world.live()).toEqual([]);
    await world.advance(2 * minuteMs);
    const [report] = await world.reconcile();
    expect(world.live()).toHaveLength(1);
    expect(world.eventOf('class-1').id).toBe(body.id);
    expect(report?.state).toBe('in_sync');
    expect(await allFindings(world.store.db)).toEqual(['missing class-1 mended']);
  });

  test('[P01] a full listing comes back empty, with success: unknown, a sample is read, nothing is written', async () => {
    await world.put(classes(8));
    await world.reconcile();
    await world.advance(10 * minuteMs);
    world.emulator.administration.invalidateSyncTokens(home);
    const lie = world.emulator.faults.add({ times: null, action: { kind: 'empty_list' } });
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report?.state).toBe('unknown');
    const calls = world.calls(since);
    expect(changing(calls)).toEqual([]);
    expect(calls).toContain('events.get');
    expect(await rowsOf(world.store.db, 'select state from calsync.calendar')).toEqual([{ state: 'unknown' }]);
    const seen = await diff(world.engine, { calendars: null, key: null, live: false });
    expect(seen.calendars[0]?.state).toBe('unknown');
    // Nothing is decided from it later either.
    await world.put(classes(8, { location: 'Room 7' }));
    const later = world.mark();
    await world.reconcile();
    expect(changing(world.calls(later))).toEqual([]);

    world.emulator.faults.remove(lie);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map(({ location }) => location)).toEqual(Array(8).fill('Room 7'));
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[P01] a full listing leaves out a third: unknown, and nothing is created or deleted', async () => {
    await world.put(classes(18));
    await world.reconcile();
    await world.advance(10 * minuteMs);
    world.emulator.administration.invalidateSyncTokens(home);
    for (const { id } of world.live().slice(0, 6)) {
      world.emulator.faults.add({ times: null, action: { kind: 'hide_item', eventId: id } });
    }
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('unknown');
    expect(changing(world.calls(since))).toEqual([]);
    world.emulator.faults.clear();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(18);
    expect(await allFindings(world.store.db)).toEqual([]);
  });

  test('[P07] a full listing leaves out one of many: it is read by id and nothing is said of it', async () => {
    await world.put(classes(12));
    await world.reconcile();
    await world.advance(10 * minuteMs);
    world.emulator.administration.invalidateSyncTokens(home);
    // The first listing is the one whose token is refused.
    world.emulator.faults.add({ nth: 2, action: { kind: 'hide_item', eventId: world.eventOf('class-05').id } });
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(changing(world.calls(since))).toEqual([]);
    expect(world.calls(since).filter((call) => call === 'events.get')).toHaveLength(1);
    expect(await allFindings(world.store.db)).toEqual([]);
  });
});

/** What Google would answer to the insert of `anEvent()`. */
function insertedBody(): { readonly id: string } & Record<string, unknown> {
  return {
    kind: 'calendar#event',
    id: eventIdFor(world.engine.installation, 'class-1', 0),
    status: 'confirmed',
    etag: '"3181161784712000"',
    summary: 'Algebra',
    start: { dateTime: '2027-03-01T10:00:00+01:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00+01:00', timeZone: 'Europe/Copenhagen' },
    reminders: { useDefault: true },
  };
}

describe('a listing of many pages', () => {
  /** As many foreign events as make three pages. */
  function fill(count: number): void {
    for (let index = 0; index < count; index += 1) {
      world.emulator.people.add(home, {
        id: `foreign${index}`,
        summary: `Theirs ${index}`,
        start: { date: '2027-05-01' },
        end: { date: '2027-05-02' },
      });
    }
  }
  const mirrored = async () =>
    (await rowsOf<{ count: number }>(world.store.db, 'select count(*)::int as count from calsync.observed_event'))[0]
      ?.count;
  const token = async () =>
    (await rowsOf<{ sync_token: string | null }>(world.store.db, 'select sync_token from calsync.calendar'))[0]
      ?.sync_token;

  test('[P06] every page is read, empty ones in the middle too', async () => {
    world.emulator.administration.setSwitches({ emptyPages: 'everywhere' });
    fill(2_600);
    await world.put([anEvent()]);
    await world.reconcile();
    expect(await mirrored()).toBe(2_601);
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { created: 0, patched: 0 } });
  });

  test('[P06] the turn breaks between two pages: no token is kept, and the next turn reads all', async () => {
    fill(2_600);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      nth: 2,
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    const report = await world.turn();
    expect(report.state).toBe('unknown');
    expect(await token()).toBeNull();
    expect(await mirrored()).toBe(2_500);
    world.emulator.faults.clear();
    await world.turn();
    expect(await mirrored()).toBe(2_600);
    expect(await token()).not.toBeNull();
  });

  test('[P06] an incremental listing breaks between two pages: the token is not ahead, and no change is lost', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const before = await token();
    fill(2_600);
    world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Party' });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      nth: 2,
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn();
    expect(await token()).toBe(before);
    world.emulator.faults.clear();
    await world.reconcile();
    expect(await mirrored()).toBe(2_601);
    expect(world.eventOf('class-1').summary).toBe('Algebra');
  });

  test('[P07] the token of a page is refused: the listing starts again, once', async () => {
    fill(2_600);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      nth: 2,
      action: { kind: 'error', error: 'fullSyncRequired' },
    });
    await world.put([anEvent()]);
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { created: 1 } });
    expect(await mirrored()).toBe(2_601);
  });

  test('[P07] the sync token is refused in the middle of an incremental listing', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    fill(2_600);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.list' },
      nth: 2,
      action: { kind: 'error', error: 'fullSyncRequired' },
    });
    expect((await world.reconcile())[0]).toMatchObject({ state: 'in_sync', counts: { created: 0, recreated: 0 } });
    expect(await mirrored()).toBe(2_601);
    const since = world.mark();
    await world.reconcile();
    expect(world.calls(since)).toEqual(['events.list']);
  });

  test('[P07] what was deleted in the gap is found by comparison, and only that', async () => {
    await world.put(classes(6));
    await world.reconcile();
    await world.advance(10 * minuteMs);
    const { id } = world.eventOf('class-03');
    world.emulator.people.remove(home, id);
    world.emulator.people.edit(home, world.eventOf('class-04').id, { summary: 'Party' });
    // A full listing need not show what was deleted before it.
    world.emulator.faults.add({ times: null, action: { kind: 'hide_item', eventId: id } });
    world.emulator.administration.invalidateSyncTokens(home);
    const since = world.mark();
    const [report] = await world.reconcile();
    expect(report).toMatchObject({ state: 'in_sync', counts: { patched: 1, recreated: 1 } });
    expect([...changing(world.calls(since))].sort()).toEqual(['events.insert', 'events.patch']);
    expect(
      world
        .live()
        .map(({ summary }) => summary)
        .sort(),
    ).toEqual(classes(6).map((row) => (row as { summary: string }).summary));
    expect(await openFindings(world.store.db)).toEqual([]);
    const later = world.mark();
    await world.reconcile();
    expect(world.calls(later)).toEqual(['events.list']);
  });
});

describe('the calendar itself', () => {
  test('it is deleted: writes stop at once, rows wait, and all is well when it returns', async () => {
    await world.put(classes(3));
    await world.reconcile();
    world.emulator.administration.deleteCalendar(home);
    await world.put(classes(3, { location: 'Room 7' }));
    expect((await world.reconcile())[0]).toMatchObject({ state: 'paused', error: { kind: 'unavailable' } });
    expect(await dirtyKeys(world.store.db)).toHaveLength(3);
    world.emulator.administration.restoreCalendar(home);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live().map(({ location }) => location)).toEqual(Array(3).fill('Room 7'));
  });

  test('a row wants to move to a calendar that cannot be read: it waits, and nothing is asked again and again', async () => {
    await world.manage(away);
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away })], { move: true });
    world.emulator.administration.deleteCalendar(away);
    await world.advance(20 * minuteMs);
    const since = world.mark();
    await world.reconcile();
    const listings = world.calls(since).filter((call) => call === 'events.list');
    expect(listings.length).toBeLessThanOrEqual(4);
    expect(world.eventOf('class-1', home).summary).toBe('Algebra');
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    world.emulator.administration.restoreCalendar(away);
    await world.reconcile();
    expect(world.eventOf('class-1', away).summary).toBe('Algebra');
    expect(world.live(home)).toEqual([]);
  });

  test('a row wants to move to a calendar of another account: said, and nothing is done', async () => {
    await world.connect('other@example.com');
    await world.manage(away, {}, 'other@example.com');
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away })], { move: true });
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since))).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual(['moved class-1']);
    expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
    expect(await openHoldIds(world.store.db)).toEqual([]);
    expect(await unsettledCount(world.store.db)).toBe(0);
  });
});
