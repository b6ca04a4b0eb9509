import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/index.ts';
import { anEvent, email, type Harness, start } from './harness.ts';

const events = 'calendars/primary/events';
const third = '2026-09-21T08:00:00Z';

async function withSeries(fields: Record<string, unknown> = {}, options: EmulatorOptions = {}): Promise<Harness> {
  const harness = await start(options);
  const body = anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'], ...fields });
  expect((await harness.call('POST', events, { body })).status).toBe(200);
  return harness;
}

const starts = ({ emulator }: Harness, eventId: string) =>
  emulator.administration
    .expand(email)
    .occurrences.filter((occurrence) => occurrence.eventId === eventId)
    .map(({ start: when }) => {
      const { date, dateTime } = when as { date?: string; dateTime?: string };
      return date ?? dateTime;
    });

describe('[P17] this and following', () => {
  test('ends the old series before the occurrence and begins a new one with it, every date once', async () => {
    const harness = await withSeries();
    const all = starts(harness, 'series');
    const begun = harness.emulator.people.splitSeries(email, 'series', third, { summary: 'Geometry' });
    expect(begun).toMatchObject({
      id: 'series_R20260921T080000',
      summary: 'Geometry',
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
    });
    expect(starts(harness, 'series')).toEqual(all.slice(0, 2));
    expect(starts(harness, 'series_R20260921T080000')).toEqual(all.slice(2));
    expect((await harness.call('GET', `${events}/series`)).body.recurrence).toEqual([
      'RRULE:FREQ=WEEKLY;UNTIL=20260921T075959Z',
    ]);
  });

  test('the new series has an UID of its own, carries the marks or not, and an increment shows both', async () => {
    const marks = { private: { key: 'a' } };
    for (const withMarks of [true, false]) {
      const harness = await withSeries({ extendedProperties: marks });
      const { body: listed } = await harness.call('GET', events);
      const begun = harness.emulator.people.splitSeries(email, 'series', third, {}, withMarks);
      expect(begun.extendedProperties).toEqual(withMarks ? marks : undefined);
      expect(begun.iCalUID).toBe('series_R20260921T080000@google.com');
      const { body } = await harness.call('GET', `${events}?syncToken=${listed.nextSyncToken}`);
      expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['series', 'series_R20260921T080000']);
    }
  });

  test('later exceptions are lost, earlier ones stay', async () => {
    const harness = await withSeries();
    for (const stamp of ['20260914', '20260928']) {
      await harness.call('PATCH', `${events}/series_${stamp}T080000Z`, { body: { summary: 'Test' } });
    }
    harness.emulator.people.splitSeries(email, 'series', third);
    const status = async (stamp: string) =>
      (await harness.call('GET', `${events}/series_${stamp}T080000Z`)).body.status;
    expect([await status('20260914'), await status('20260928')]).toEqual(['confirmed', 'cancelled']);
    const moved = await harness.call('GET', `${events}/series_R20260921T080000_20260928T080000Z`);
    expect(moved.body.summary).toBe('Algebra');
  });

  test('an endless all-day series with EXDATE and RDATE on both sides keeps each date on its side', async () => {
    const recurrence = [
      'RRULE:FREQ=WEEKLY;UNTIL=20261012',
      'EXDATE;VALUE=DATE:20260914,20260928',
      'RDATE;VALUE=DATE:20260910,20260930',
    ];
    const harness = await withSeries({ start: { date: '2026-09-07' }, end: { date: '2026-09-08' }, recurrence });
    const all = starts(harness, 'series');
    harness.emulator.people.splitSeries(email, 'series', '2026-09-21');
    expect(starts(harness, 'series')).toEqual(['2026-09-07', '2026-09-10']);
    expect(starts(harness, 'series_R20260921')).toEqual(all.slice(2));
  });

  test('splitting the second part again names it by the first series', async () => {
    const harness = await withSeries();
    harness.emulator.people.splitSeries(email, 'series', third);
    const again = harness.emulator.people.splitSeries(email, 'series_R20260921T080000', '2026-09-28T08:00:00Z');
    expect(again.id).toBe('series_R20260928T080000');
    expect(harness.emulator.administration.expand(email).count).toBe(5);
  });

  test('at the first occurrence, or at a date that is none, it is refused', async () => {
    const { people } = (await withSeries()).emulator;
    expect(() => people.splitSeries(email, 'series', '2026-09-07T08:00:00Z')).toThrow(/first occurrence/);
    expect(() => people.splitSeries(email, 'series', '2026-09-08T08:00:00Z')).toThrow('Not Found');
  });
});

describe('editing the series', () => {
  const exception = `${events}/series_20260914T080000Z`;

  test('reaches a changed occurrence where it still agreed with the series, or never by switch', async () => {
    for (const [seriesEdit, expected] of [
      ['reaches_exceptions', ['Test', 'Room 6']],
      ['leaves_exceptions', ['Test', 'Room 5']],
    ] as const) {
      const { call } = await withSeries({ location: 'Room 5' }, { switches: { seriesEdit } });
      await call('PATCH', exception, { body: { summary: 'Test' } });
      await call('PATCH', `${events}/series`, { body: { summary: 'Geometry', location: 'Room 6' } });
      const { body } = await call('GET', exception);
      expect([body.summary, body.location]).toEqual(expected);
    }
  });

  test('leaves a moved occurrence where it was moved to, and a cancelled one cancelled', async () => {
    const { call, emulator } = await withSeries();
    const moved = { start: { dateTime: '2026-09-15T16:00:00Z' }, end: { dateTime: '2026-09-15T17:00:00Z' } };
    await call('PATCH', exception, { body: moved });
    emulator.people.cancelOccurrence(email, 'series', third);
    await call('PATCH', `${events}/series`, { body: { location: 'Room 6' } });
    const { body } = await call('GET', exception);
    expect([body.location, body.start.dateTime]).toEqual(['Room 6', '2026-09-15T18:00:00+02:00']);
    expect((await call('GET', `${events}/series_20260921T080000Z`)).body.status).toBe('cancelled');
  });

  test('visibility set on one occurrence stays there, or is the whole series’ by switch', async () => {
    for (const [occurrenceVisibility, visibility] of [
      ['occurrence', undefined],
      ['series', 'private'],
    ] as const) {
      const { call } = await withSeries({}, { switches: { occurrenceVisibility } });
      await call('PATCH', exception, { body: { visibility: 'private' } });
      expect((await call('GET', `${events}/series`)).body.visibility).toBe(visibility);
      expect((await call('GET', exception)).body.visibility).toBe('private');
    }
  });
});

describe('importing', () => {
  const body = (fields: Record<string, unknown> = {}) => anEvent({ iCalUID: 'abc@elsewhere.example', ...fields });
  const path = `${events}/import`;

  test('by switch a known UID is updated, but not by a lower sequence', async () => {
    const { call, emulator } = await start({ switches: { importExisting: 'update' } });
    const first = await call('POST', path, { body: body({ sequence: 2 }) });
    const second = await call('POST', path, { body: body({ sequence: 3, summary: 'Later' }) });
    expect([second.status, second.body.id, second.body.summary]).toEqual([200, first.body.id, 'Later']);
    expect((await call('POST', path, { body: body({ sequence: 1, summary: 'Older' }) })).status).toBe(409);
    expect(emulator.administration.events(email).map(({ summary }) => summary)).toEqual(['Later']);
  });

  test('a copy mails nobody, makes no copies, becomes a default event, and needs an UID', async () => {
    const { call, emulator } = await start();
    emulator.administration.createAccount({ email: 'bob@example.com' });
    const attendees = [{ email: 'bob@example.com' }];
    const made = await call('POST', path, { body: body({ attendees, eventType: 'focusTime' }) });
    expect(made.body.eventType).toBe('default');
    expect([emulator.outbox(), emulator.administration.events('bob@example.com')]).toEqual([[], []]);
    expect((await call('POST', path, { body: anEvent() })).status).toBe(400);
  });
});

describe('event types', () => {
  const day = { start: { date: '2026-09-07' }, end: { date: '2026-09-08' } };

  test('each can be listed by its type, several at once, and unset means all', async () => {
    const { call } = await start();
    const types = ['default', 'birthday', 'focusTime', 'outOfOffice', 'workingLocation'];
    for (const eventType of types) await call('POST', events, { body: { ...day, eventType } });
    const listed = async (query: string) =>
      (await call('GET', `${events}?${query}`)).body.items.map((item: { eventType: string }) => item.eventType);
    for (const type of types) expect(await listed(`eventTypes=${type}`)).toEqual([type]);
    expect(await listed('eventTypes=fromGmail')).toEqual([]);
    expect(await listed('eventTypes=birthday&eventTypes=default')).toEqual(['default', 'birthday']);
    expect(await listed('')).toEqual(types);
  });

  test('a filter by type gives a sync token, and its increments keep the filter', async () => {
    const { call, emulator } = await start();
    const { body } = await call('GET', `${events}?eventTypes=default`);
    emulator.people.add(email, { ...day, eventType: 'focusTime' } as never);
    emulator.people.add(email, { ...day, id: 'plain1' } as never);
    const increment = await call('GET', `${events}?eventTypes=default&syncToken=${body.nextSyncToken}`);
    expect(increment.body.items.map(({ id }: { id: string }) => id)).toEqual(['plain1']);
  });

  test('an unknown type is refused in a filter and a body, and fromGmail cannot be created', async () => {
    const { call } = await start();
    expect((await call('GET', `${events}?eventTypes=party`)).status).toBe(400);
    expect((await call('POST', events, { body: { ...day, eventType: 'party' } })).status).toBe(400);
    expect((await call('POST', events, { body: { ...day, eventType: 'fromGmail' } })).status).toBe(400);
  });

  test('only default events can be moved', async () => {
    const { call } = await start();
    const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    await call('POST', events, { body: { ...day, id: 'focus', eventType: 'focusTime' } });
    expect((await call('POST', `${events}/focus/move?destination=${made.id}`)).status).toBe(400);
  });
});
