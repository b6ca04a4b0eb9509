import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import type { Google } from '../../src/core/ports.ts';
import type { Switches } from '../../src/emulator/switches.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { account, anEvent, home, World } from '../support/world.ts';
import { allFindings, dirtyKeys, openFindings } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

/** Converges, then runs again and a day later: nothing may be called but one listing each. */
async function staysAsItIs(): Promise<void> {
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  for (const ms of [60_000, 24 * 3_600_000]) {
    await world.advance(ms);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.calls(since)).toEqual(['events.list']);
  }
  // A full listing compares everything anew.
  world.emulator.administration.invalidateSyncTokens(home);
  const since = world.mark();
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  expect(world.changes(since)).toEqual([]);
}

describe('Google gives back another form of what was sent', () => {
  const forms: readonly { readonly name: string; readonly switches: Partial<Switches>; readonly fields: object }[] = [
    {
      name: 'HTML of the description cut down',
      switches: { descriptionHtml: 'sanitise' },
      fields: { description: '<p>Bring a <b>ruler</b> &amp; a pen.</p><script>x</script><ul><li>one</li></ul>' },
    },
    {
      name: '[S09C] another alias of the zone',
      switches: { zoneAliases: { 'Asia/Kolkata': 'Asia/Calcutta', 'Asia/Calcutta': 'Asia/Kolkata' } },
      fields: {
        start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Asia/Calcutta' },
        end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Asia/Calcutta' },
      },
    },
    {
      name: '[S09C] another alias of the zone of a series',
      switches: { zoneAliases: { 'Asia/Kolkata': 'Asia/Calcutta' } },
      fields: {
        start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Asia/Kolkata' },
        end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Asia/Kolkata' },
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=10'],
      },
    },
    { name: 'lower-cased addresses', switches: {}, fields: { attendees: [{ email: 'Ada.Lovelace@Example.COM' }] } },
    {
      name: '[P32] a Meet link that nobody asked for',
      switches: { meetLink: 'always' },
      fields: { attendees: [{ email: 'ada@example.com' }] },
    },
    {
      name: '[P32] the organizer as a further guest',
      switches: { organizerAsAttendee: true },
      fields: { attendees: [{ email: 'ada@example.com' }] },
    },
    { name: 'default reminders', switches: {}, fields: { reminders: { useDefault: true } } },
    {
      name: 'reminders of its own',
      switches: {},
      fields: {
        reminders: {
          useDefault: false,
          overrides: [
            { method: 'popup', minutes: 10 },
            { method: 'email', minutes: 60 },
          ],
        },
      },
    },
    {
      name: '[P13] an all-day event on a calendar far in the west',
      switches: {},
      fields: { start: { date: '2027-03-01' }, end: { date: '2027-03-02' } },
    },
    {
      name: '[P31] other rules for the zone',
      switches: { zoneRules: { 'America/Vancouver': -7 * 60 } },
      fields: {
        start: { dateTime: '2026-12-01T10:00:00', timeZone: 'America/Vancouver' },
        end: { dateTime: '2026-12-01T11:00:00', timeZone: 'America/Vancouver' },
      },
    },
  ];
  for (const { name, switches, fields } of forms) {
    test(`[P14] ${name}: no difference, and no second call`, async () => {
      world.emulator.administration.setSwitches(switches);
      await world.put([anEvent(fields)]);
      await staysAsItIs();
      expect(world.changes()).toEqual(['events.insert']);
      const kinds = (await openFindings(world.store.db)).map((line) => line.split(' ')[0]);
      expect(kinds.filter((kind) => kind !== 'zone_rules_differ')).toEqual([]);
    });
  }

  test('[P31] the difference in instants is its own finding, names the zone, and is no drift', async () => {
    world.emulator.administration.setSwitches({ zoneRules: { 'Asia/Tokyo': 10 * 60 } });
    const times = {
      start: { dateTime: '2026-12-01T10:00:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-12-01T11:00:00', timeZone: 'Asia/Tokyo' },
    };
    await world.put([anEvent(times)]);
    await world.reconcile();
    const sent = world.emulator.log().flatMap(({ changes }) => changes)[0];
    expect(JSON.stringify(sent?.fields.start)).not.toContain('+09:00');
    world.emulator.people.edit(home, world.eventOf('class-1').id, { colorId: '5' });
    await world.reconcile();
    expect(await openFindings(world.store.db)).toEqual(['zone_rules_differ class-1']);
    // A person's hour is not excused by it.
    world.emulator.people.edit(home, world.eventOf('class-1').id, {
      start: { dateTime: '2026-12-01T12:00:00', timeZone: 'Asia/Tokyo' },
      end: { dateTime: '2026-12-01T13:00:00', timeZone: 'Asia/Tokyo' },
    });
    expect((await world.reconcile())[0]).toMatchObject({ counts: { patched: 1 } });
  });
});

describe('times', () => {
  test('[S09A] a student in India and an instructor in New York see one instant', async () => {
    await world.put([
      anEvent({
        start: { dateTime: '2027-03-01T10:00:00', timeZone: 'America/New_York' },
        end: { dateTime: '2027-03-01T11:00:00', timeZone: 'America/New_York' },
      }),
    ]);
    await staysAsItIs();
    const { start } = world.eventOf('class-1');
    expect(start?.timeZone).toBe('America/New_York');
    expect(new Date(start?.dateTime ?? '').toISOString()).toBe('2027-03-01T15:00:00.000Z');
  });

  test('[S09B] a weekly class keeps its wall clock across the change of daylight-saving time', async () => {
    await world.put([
      anEvent({
        start: { dateTime: '2027-03-22T10:00:00', timeZone: 'Europe/Copenhagen' },
        end: { dateTime: '2027-03-22T11:00:00', timeZone: 'Europe/Copenhagen' },
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
      }),
    ]);
    await staysAsItIs();
    const { occurrences } = world.emulator.administration.expand(home) as unknown as {
      readonly occurrences: readonly { readonly start: string | { dateTime: string } }[];
    };
    const starts = occurrences.map(({ start }) => (typeof start === 'string' ? start : start.dateTime).slice(0, 16));
    expect(starts).toEqual(['2027-03-22T10:00', '2027-03-29T10:00', '2027-04-05T10:00']);
  });

  test('[S09B] the side of an ambiguous hour that the caller names is the one in Google', async () => {
    const at = (offset: string) => ({
      start: { dateTime: `2026-10-25T02:30:00${offset}`, timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2026-10-25T04:00:00', timeZone: 'Europe/Copenhagen' },
    });
    const future = (fields: object) =>
      JSON.parse(JSON.stringify(fields).replaceAll('2026-10-25', '2027-10-31')) as object;
    await world.put([
      anEvent(future(at('+02:00'))),
      anEvent({ key: 'class-2', summary: 'Physics', ...future(at('+01:00')) }),
    ]);
    await staysAsItIs();
    const instants = ['class-1', 'class-2'].map((key) => Date.parse(world.eventOf(key).start?.dateTime ?? ''));
    expect((instants[1] ?? 0) - (instants[0] ?? 0)).toBe(3_600_000);
  });
});

describe('[S03C] the event lands otherwise than asked', () => {
  /** Google stores something else than was sent, once, and says so in its answer. */
  async function distorting(change: (event: GoogleEvent) => object): Promise<Engine> {
    const google = await world.engine.google(account);
    let distorted = false;
    const distorter: Google = {
      ...google,
      insertEvent: async (request) => {
        const event = await google.insertEvent(request);
        if (distorted) return event;
        distorted = true;
        world.emulator.people.edit(home, event.id, change(event) as never); // any JSON
        const shown = await google.getEvent(home, event.id);
        if (shown === null) throw new Error('it was there');
        return shown;
      },
    };
    return { ...world.engine, google: () => Promise.resolve(distorter) };
  }

  const hour = (start: string, end: string) => ({
    start: { dateTime: start, timeZone: 'Europe/Copenhagen' },
    end: { dateTime: end, timeZone: 'Europe/Copenhagen' },
  });
  const distortions: readonly { readonly name: string; readonly change: object }[] = [
    { name: 'another title', change: { summary: 'Untitled' } },
    { name: 'an hour later', change: hour('2027-03-01T11:00:00', '2027-03-01T12:00:00') },
    { name: 'a day later', change: hour('2027-03-02T10:00:00', '2027-03-02T11:00:00') },
    { name: 'without the guest', change: { attendees: [] } },
    {
      name: 'as an all-day event',
      change: { start: { date: '2027-03-01', dateTime: null }, end: { date: '2027-03-02', dateTime: null } },
    },
  ];
  for (const { name, change } of distortions) {
    test(`[S03C] ${name}: seen in Google's answer, reported, corrected in the same turn`, async () => {
      await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
      const report = await world.turn(home, await distorting(() => change));
      expect(report).toMatchObject({ state: 'in_sync', counts: { created: 1, patched: 1 } });
      expect(world.eventOf('class-1')).toMatchObject({
        summary: 'Algebra',
        start: { dateTime: '2027-03-01T10:00:00+01:00' },
        end: { dateTime: '2027-03-01T11:00:00+01:00' },
        attendees: [{ email: 'ada@example.com' }],
      });
      expect(await allFindings(world.store.db)).toEqual(['drift class-1 mended']);
      expect(await dirtyKeys(world.store.db)).toEqual([]);
    });
  }

  test('[S03C] another day on a calendar of another zone: no zone rule explains that', async () => {
    const far = { dateTime: '2027-03-01T10:00:00', timeZone: 'Asia/Tokyo' };
    const farEnd = { dateTime: '2027-03-01T11:00:00', timeZone: 'Asia/Tokyo' };
    await world.put([anEvent({ start: far, end: farEnd })]);
    const later = {
      start: { ...far, dateTime: '2027-03-02T10:00:00' },
      end: { ...farEnd, dateTime: '2027-03-02T11:00:00' },
    };
    await world.turn(home, await distorting(() => later));
    expect(Date.parse(world.eventOf('class-1').start?.dateTime ?? '')).toBe(Date.parse('2027-03-01T10:00:00+09:00'));
  });
});

describe('fields and marks', () => {
  test('[P38] a field that is no longer stated is cleared once and then left alone', async () => {
    await world.put([anEvent({ location: 'Room 5' })]);
    await world.reconcile();
    await world.put([anEvent()]);
    await world.reconcile();
    expect(world.eventOf('class-1').location).toBeUndefined();
    world.emulator.people.edit(home, world.eventOf('class-1').id, { location: 'The pub' });
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    expect(world.eventOf('class-1').location).toBe('The pub');
    expect(await openFindings(world.store.db)).toEqual([]);
  });

  test('[I2] fields that the row never stated are never touched', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, {
      location: 'The pub',
      colorId: '7',
      description: 'Hi',
    });
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    expect(world.eventOf('class-1')).toMatchObject({
      summary: 'Geometry',
      location: 'The pub',
      colorId: '7',
      description: 'Hi',
    });
  });

  test('[P39] the hidden mark is removed: ours by id, no call for it alone, and it returns with the next write', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    const { id } = world.eventOf('class-1');
    world.emulator.people.stripMarks(home, id);
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.changes(since)).toEqual([]);
    await world.put([anEvent({ summary: 'Geometry' })]);
    await world.reconcile();
    expect(world.eventOf('class-1')).toMatchObject({ id, summary: 'Geometry' });
    world.emulator.people.stripMarks(home, id);
    await world.store.db.deleteFrom('desired_event').execute();
    await world.reconcile();
    expect(world.live()).toEqual([]);
  });
});
