import { describe, expect, test } from 'vitest';
import { anEvent, email, start } from './harness.ts';

const events = 'calendars/primary/events';
const bob = 'bob@example.com';

/** What a second reading of the API's texts found, each a sentence of theirs. */
describe('the small print', () => {
  test('timeMin is exclusive in a listing and inclusive among the instances of a series', async () => {
    const { call } = await start();
    await call('POST', events, { body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] }) });
    const edge = 'timeMin=2026-09-07T09:00:00Z';
    const listed = await call('GET', `${events}?singleEvents=true&${edge}`);
    const instances = await call('GET', `${events}/series/instances?${edge}`);
    expect([listed.body.items.length, instances.body.items.length]).toEqual([1, 2]);
  });

  test('an id and another UID cannot both be given', async () => {
    const { call } = await start();
    const both = await call('POST', events, { body: anEvent({ id: 'lesson1', iCalUID: 'abc@elsewhere.example' }) });
    expect(both.status).toBe(400);
    const own = await call('POST', events, { body: anEvent({ id: 'lesson1', iCalUID: 'lesson1@google.com' }) });
    expect(own.status).toBe(200);
  });

  test('a label counts with eventLabelVersion=1, which ignores the colour, and without it the colour counts', async () => {
    const { call } = await start();
    const body = anEvent({ colorId: '3', eventLabelId: 'label1' });
    const plain = (await call('POST', events, { body })).body;
    const labelled = (await call('POST', `${events}?eventLabelVersion=1`, { body })).body;
    expect([plain.colorId, plain.eventLabelId]).toEqual(['3', undefined]);
    expect([labelled.colorId, labelled.eventLabelId]).toEqual([undefined, 'label1']);
    const patched = await call('PATCH', `${events}/${labelled.id}`, {
      body: { eventLabelId: null, summary: 'Geometry' },
    });
    expect(patched.body.eventLabelId).toBe('label1');
  });

  test('attachments count with supportsAttachments=true; a PUT without it leaves them; 26 are too many', async () => {
    const { call } = await start();
    const attachments = [{ fileUrl: 'https://drive.example.com/1', title: 'Sheet' }];
    const path = `${events}?supportsAttachments=true`;
    expect((await call('POST', events, { body: anEvent({ attachments }) })).body.attachments).toBeUndefined();
    await call('POST', path, { body: anEvent({ id: 'lesson1', attachments }) });
    await call('PUT', `${events}/lesson1`, { body: anEvent({ summary: 'Geometry' }) });
    const { body } = await call('GET', `${events}/lesson1`);
    expect([body.summary, body.attachments]).toEqual(['Geometry', attachments]);
    const put = await call('PUT', `${events}/lesson1?supportsAttachments=true`, { body: anEvent() });
    expect(put.body.attachments).toBeUndefined();
    const many = Array.from({ length: 26 }, () => attachments[0]);
    expect((await call('POST', path, { body: anEvent({ attachments: many }) })).status).toBe(400);
  });

  test('a series cancelled by its status takes its changed occurrences along', async () => {
    const { call, emulator } = await start();
    await call('POST', events, { body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] }) });
    await call('PATCH', `${events}/series_20260914T080000Z`, { body: { summary: 'Test' } });
    await call('PATCH', `${events}/series`, { body: { status: 'cancelled' } });
    expect((await call('GET', `${events}/series_20260914T080000Z`)).body.status).toBe('cancelled');
    expect(emulator.administration.expand(email).count).toBe(0);
  });

  test('one occurrence is cancelled by its status', async () => {
    const { call, emulator } = await start();
    await call('POST', events, { body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] }) });
    await call('PATCH', `${events}/series_20260914T080000Z`, { body: { status: 'cancelled' } });
    expect(emulator.administration.expand(email).count).toBe(2);
  });

  test('resource counts only when a guest is first added', async () => {
    const { call } = await start();
    await call('POST', events, { body: anEvent({ id: 'lesson1', attendees: [{ email: bob }] }) });
    const attendees = [
      { email: bob, resource: true },
      { email: 'room@example.com', resource: true },
    ];
    const { body } = await call('PATCH', `${events}/lesson1`, { body: { attendees } });
    expect(body.attendees.map((guest: { resource?: boolean }) => guest.resource)).toEqual([undefined, true]);
  });

  test('by switches, guests come in another order and under their accounts’ names', async () => {
    const { call, emulator } = await start({ switches: { attendeeOrder: 'by_address', guestNames: 'of_account' } });
    emulator.administration.createAccount({ email: bob, displayName: 'Bob B.' });
    const attendees = [
      { email: 'eve@example.com', displayName: 'Eve' },
      { email: bob, displayName: 'Robert' },
    ];
    const { body } = await call('POST', events, { body: anEvent({ attendees }) });
    expect(body.attendees.map(({ displayName }: { displayName: string }) => displayName)).toEqual(['Bob B.', 'Eve']);
  });

  test('Google may put an event from a mail on a primary calendar, though no client can', async () => {
    const { call, emulator } = await start();
    emulator.people.add(email, anEvent({ id: 'flight', eventType: 'fromGmail' }) as never);
    const { body } = await call('GET', `${events}?eventTypes=fromGmail`);
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual(['flight']);
  });

  test('a sync token of the calendar list is refused beside showOwnOrganizationOnly', async () => {
    const { call } = await start();
    const { body } = await call('GET', 'users/me/calendarList');
    const path = `users/me/calendarList?showOwnOrganizationOnly=true&syncToken=${body.nextSyncToken}`;
    expect((await call('GET', path)).status).toBe(400);
  });

  test('messages are tried as often as the limit says', async () => {
    let received = 0;
    const { call, emulator } = await start({
      limits: { pushAttempts: 1 },
      deliver: async () => {
        received += 1;
        return 503;
      },
    });
    const address = 'https://app.example.com/push';
    await call('POST', `${events}/watch`, { body: { id: 'channel-1', type: 'web_hook', address } });
    await emulator.push.settled();
    expect(received).toBe(1);
  });

  test('batch is not emulated and says so', async () => {
    const { emulator } = await start();
    const response = await emulator.fetch('http://emulator.test/batch/calendar/v3', { method: 'POST', body: '' });
    expect(response.status).toBe(501);
  });
});
