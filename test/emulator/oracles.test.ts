import { describe, expect, test } from 'vitest';
import { anEvent, email, type Harness, start } from './harness.ts';

const events = 'calendars/primary/events';
const names = { key: 'appKey', owner: 'app' };
const marked = (key: string, fields: Record<string, unknown> = {}) =>
  anEvent({ extendedProperties: { private: { app: 'x', appKey: key } }, ...fields });

const insert = ({ call }: Harness, body: unknown) => call('POST', events, { body });
const patch = ({ call }: Harness, id: string, body: unknown, etag?: string) =>
  call('PATCH', `${events}/${id}`, { body, ...(etag === undefined ? {} : { headers: { 'if-match': etag } }) });

describe('doubled marks', () => {
  test('two live events of one mark are found, on whatever calendars, with who made them', async () => {
    const harness = await start();
    const room = String(harness.emulator.administration.createCalendar({ owner: email, summary: 'Room' }).id);
    await insert(harness, marked('a', { id: 'first1' }));
    await insert(harness, marked('b', { id: 'other1' }));
    expect(harness.emulator.oracles.doubledMarks(names)).toEqual([]);
    const copy = harness.emulator.people.copy(email, 'first1', true, room);
    expect(harness.emulator.oracles.doubledMarks(names)).toEqual([
      {
        owner: 'x',
        key: 'a',
        events: [
          { calendarId: email, eventId: 'first1', madeBy: 'client' },
          { calendarId: room, eventId: copy.id, madeBy: 'person' },
        ],
      },
    ]);
  });

  test('a deleted one, an occurrence, a guest’s copy and another owner’s mark do not count', async () => {
    const harness = await start();
    harness.emulator.administration.createAccount({ email: 'bob@example.com' });
    await insert(harness, marked('a', { id: 'gone1' }));
    await harness.call('DELETE', `${events}/gone1`);
    const recurrence = ['RRULE:FREQ=WEEKLY;COUNT=3'];
    await insert(harness, marked('a', { id: 'series', recurrence, attendees: [{ email: 'bob@example.com' }] }));
    await patch(harness, 'series_20260914T080000Z', { location: 'Hall' });
    await insert(harness, anEvent({ extendedProperties: { private: { app: 'y', appKey: 'a' } } }));
    expect(harness.emulator.oracles.doubledMarks(names)).toEqual([]);
    expect(harness.emulator.oracles.doubledMarks({ key: 'appKey' })).toHaveLength(1);
  });
});

describe('what a client may not touch', () => {
  test('a write to an event of a person is found; to its own, to a stripped one and to an adopted one is not', async () => {
    const harness = await start();
    const { people, oracles } = harness.emulator;
    for (const id of ['persons1', 'adopted1']) people.add(email, anEvent({ id }) as never);
    await insert(harness, marked('a', { id: 'mine1' }));
    people.stripMarks(email, 'mine1');
    await patch(harness, 'mine1', { location: 'Room 5' });
    await patch(harness, 'adopted1', { location: 'Room 5' });
    people.edit(email, 'persons1', { location: 'Room 6' });
    expect(oracles.foreignWritten(names, ['adopted1'])).toEqual([]);
    await patch(harness, 'persons1', { location: 'Room 7' });
    expect(oracles.foreignWritten(names, ['adopted1'])).toEqual([
      {
        seq: harness.emulator.log().at(-1)?.seq,
        operation: 'calendar.events.patch',
        calendarId: email,
        eventId: 'persons1',
      },
    ]);
    await harness.call('DELETE', `${events}/persons1`);
    expect(oracles.foreignWritten(names, ['adopted1'])).toHaveLength(2);
  });

  test('an event that ever carried the mark is the client’s own, whoever made it', async () => {
    const harness = await start();
    harness.emulator.people.add(email, marked('a', { id: 'once1' }) as never);
    harness.emulator.people.stripMarks(email, 'once1');
    await patch(harness, 'once1', { location: 'Room 5' });
    expect(harness.emulator.oracles.foreignWritten(names)).toEqual([]);
  });

  test('marking a foreign event is itself a write to it', async () => {
    const harness = await start();
    harness.emulator.people.add(email, anEvent({ id: 'persons1' }) as never);
    await patch(harness, 'persons1', { extendedProperties: { private: { app: 'x', appKey: 'a' } } });
    expect(harness.emulator.oracles.foreignWritten(names)).toHaveLength(1);
  });

  test('fields outside the owned ones are named, those below an owned name are not', async () => {
    const harness = await start();
    await insert(harness, marked('a', { id: 'mine1', colorId: '3' }));
    await patch(harness, 'mine1', { summary: 'Geometry', extendedProperties: { private: { appKey: 'b' } } });
    const owned = ['summary', 'start', 'end', 'extendedProperties.private'];
    expect(harness.emulator.oracles.unownedFieldsWritten(owned)).toEqual([]);
    harness.emulator.people.edit(email, 'mine1', { location: 'By hand' });
    await patch(harness, 'mine1', { colorId: '4', extendedProperties: { shared: { x: '1' } } });
    expect(harness.emulator.oracles.unownedFieldsWritten(owned)).toMatchObject([
      { eventId: 'mine1', fields: ['colorId', 'extendedProperties.shared.x'] },
    ]);
    expect(harness.emulator.oracles.unownedFieldsWritten(['summary'])[0]?.fields).toEqual([
      'extendedProperties.private.appKey',
    ]);
  });

  test('an answer that a write takes back is found, with both values; the guest’s own is not', async () => {
    const harness = await start();
    const attendees = [{ email: 'bob@example.com' }];
    await insert(harness, marked('a', { id: 'mine1', attendees }));
    harness.emulator.people.answer(email, 'mine1', { email: 'bob@example.com', responseStatus: 'accepted' });
    expect(harness.emulator.oracles.answersChanged()).toEqual([]);
    await patch(harness, 'mine1', { attendees });
    expect(harness.emulator.oracles.answersChanged()).toMatchObject([
      { eventId: 'mine1', email: 'bob@example.com', before: 'accepted 0', after: 'needsAction 0' },
    ]);
  });
});

describe('fences and mail', () => {
  test('writes without an etag are found, * counts as none, refused and conditional ones do not', async () => {
    const harness = await start();
    const { body } = await insert(harness, marked('a', { id: 'mine1' }));
    const fenced = await patch(harness, 'mine1', { summary: 'A' }, body.etag);
    await patch(harness, 'mine1', { summary: 'B' }, body.etag);
    expect(fenced.status).toBe(200);
    expect(harness.emulator.oracles.writesWithoutIfMatch()).toEqual([]);
    await patch(harness, 'mine1', { summary: 'C' });
    await patch(harness, 'mine1', { summary: 'D' }, '*');
    await harness.call('DELETE', `${events}/mine1`);
    const operations = harness.emulator.oracles.writesWithoutIfMatch().map(({ operation }) => operation);
    expect(operations).toEqual(['calendar.events.patch', 'calendar.events.patch', 'calendar.events.delete']);
  });

  test('every guest whom a client had mailed is listed with the reason', async () => {
    const { call, emulator } = await start();
    const body = anEvent({ id: 'mine1', attendees: [{ email: 'bob@example.com' }, { email: 'eve@else.org' }] });
    await call('POST', `${events}?sendUpdates=all`, { body });
    await call('DELETE', `${events}/mine1?sendUpdates=externalOnly`);
    expect(emulator.oracles.guestsMailed().map(({ email: guest, why }) => [guest, why])).toEqual([
      ['bob@example.com', 'invited'],
      ['eve@else.org', 'invited'],
      ['eve@else.org', 'cancelled'],
    ]);
  });

  test('they refuse to judge by a log that has lost its beginning', async () => {
    const harness = await start({ limits: { logEntries: 10 } });
    for (let index = 0; index < 20; index += 1) await harness.call('GET', events);
    expect(() => harness.emulator.oracles.writesWithoutIfMatch()).toThrow(/logEntries/);
  });
});
