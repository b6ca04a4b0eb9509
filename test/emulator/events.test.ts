import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataDirectory } from './discovery.ts';
import { anEvent, email, start } from './harness.ts';

const events = 'calendars/primary/events';

describe('what Google makes of a body', () => {
  test('[S09C] a zone alias comes back as Google spells it, the instant unchanged', async () => {
    const { call } = await start({ switches: { zoneAliases: { 'Asia/Kolkata': 'Asia/Calcutta' } } });
    const time = { dateTime: '2026-09-07T10:00:00', timeZone: 'Asia/Kolkata' };
    const { body } = await call('POST', events, { body: anEvent({ start: time, end: time }) });
    expect(body.start).toEqual({ dateTime: '2026-09-07T06:30:00+02:00', timeZone: 'Asia/Calcutta' });
  });

  test('[P31] a zone with other rules puts the same wall clock at another instant', async () => {
    const time = { dateTime: '2026-12-07T10:00:00', timeZone: 'America/Vancouver' };
    const body = anEvent({ start: time, end: time });
    const usual = await (await start()).call('POST', events, { body });
    const other = await (await start({ switches: { zoneRules: { 'America/Vancouver': -420 } } })).call('POST', events, {
      body,
    });
    expect(other.body.start.dateTime).toBe('2026-12-07T18:00:00+01:00');
    expect(other.body.start.timeZone).toBe('America/Vancouver');
    expect([usual.status, other.status]).toEqual([200, 200]);
  });

  test('addresses are lower-cased and an entry without an answer needs action', async () => {
    const { call } = await start();
    const attendees = [
      { email: 'Bob@Example.COM' },
      { email: 'eve@example.com', responseStatus: 'accepted', optional: false },
    ];
    const { body } = await call('POST', events, { body: anEvent({ attendees }) });
    expect(body.attendees).toEqual([
      { email: 'bob@example.com', responseStatus: 'needsAction' },
      { email: 'eve@example.com', responseStatus: 'accepted' },
    ]);
  });

  test('an instant is shown in the zone of the request, else of the calendar; milliseconds are gone', async () => {
    const { call } = await start();
    const start_ = { dateTime: '2026-09-07T10:00:00.987Z', timeZone: 'America/New_York' };
    const { body } = await call('POST', events, { body: anEvent({ id: 'lesson1', start: start_, end: start_ }) });
    expect(body.start).toEqual({ dateTime: '2026-09-07T12:00:00+02:00', timeZone: 'America/New_York' });
    const shown = await call('GET', `${events}/lesson1?timeZone=Asia/Kolkata`);
    expect(shown.body.start.dateTime).toBe('2026-09-07T15:30:00+05:30');
  });

  test('a bare insert gets the documented defaults', async () => {
    const { call } = await start();
    const { body } = await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    expect(body).toMatchObject({
      kind: 'calendar#event',
      status: 'confirmed',
      eventType: 'default',
      sequence: 0,
      reminders: { useDefault: true },
      iCalUID: 'lesson1@google.com',
      creator: { email, self: true },
      organizer: { email, self: true },
    });
    expect(body.etag).toMatch(/^"\d+"$/);
  });

  test('on a secondary calendar the organizer is the calendar', async () => {
    const { call } = await start();
    const made = await call('POST', 'calendars', { body: { summary: 'Room 5' } });
    expect(made.body.id).toMatch(/^c_[a-v0-9]+@group\.calendar\.google\.com$/);
    const { body } = await call('POST', `calendars/${made.body.id}/events`, { body: anEvent() });
    expect(body.organizer).toEqual({ email: made.body.id, displayName: 'Room 5', self: true });
    expect(body.creator).toEqual({ email });
  });

  test('over-long property keys are dropped and values cut, in silence', async () => {
    const { call } = await start();
    const own = { [`k${'x'.repeat(44)}`]: 'dropped', ['k'.repeat(44)]: 'kept', long: 'v'.repeat(2000) };
    const { body } = await call('POST', events, { body: anEvent({ extendedProperties: { private: own } }) });
    expect(body.extendedProperties.private).toEqual({ ['k'.repeat(44)]: 'kept', long: 'v'.repeat(1024) });
  });

  test('[P14] HTML of a description is cleaned, or kept by switch', async () => {
    const description =
      'See <a href="https://example.com" onclick="x()">this</a><br/><script>alert(1)</script><blink>now</blink>';
    const cleaned = await (await start()).call('POST', events, { body: anEvent({ description }) });
    expect(cleaned.body.description).toBe('See <a href="https://example.com">this</a><br>now');
    const kept = await (await start({ switches: { descriptionHtml: 'keep' } })).call('POST', events, {
      body: anEvent({ description }),
    });
    expect(kept.body.description).toBe(description);
  });

  test('[P32] by switch, the organizer joins the guests and a Meet link appears', async () => {
    const { call } = await start({ switches: { organizerAsAttendee: true, meetLink: 'with_guests' } });
    const { body } = await call('POST', events, { body: anEvent({ attendees: [{ email: 'bob@example.com' }] }) });
    expect(body.attendees[1]).toEqual({ email, responseStatus: 'accepted', organizer: true, self: true });
    expect(body.hangoutLink).toMatch(/^https:\/\/meet\.google\.com\//);
    expect((await call('POST', events, { body: anEvent() })).body.hangoutLink).toBeUndefined();
  });

  test('conference data is dropped without conferenceDataVersion=1 and served with it, once per request id', async () => {
    const { call } = await start();
    const conferenceData = { createRequest: { requestId: 'r1', conferenceSolutionKey: { type: 'hangoutsMeet' } } };
    const without = await call('POST', events, { body: anEvent({ conferenceData }) });
    expect(without.body.conferenceData).toBeUndefined();
    const query = '?conferenceDataVersion=1';
    const served = await call('POST', `${events}${query}`, { body: anEvent({ id: 'lesson1', conferenceData }) });
    expect(served.body.hangoutLink).toEqual(expect.stringContaining('https://meet.google.com/'));
    const again = await call('PATCH', `${events}/lesson1${query}`, { body: { conferenceData } });
    expect(again.body.hangoutLink).toBe(served.body.hangoutLink);
  });

  test.each([
    ['an unknown zone', { start: { dateTime: '2026-09-07T10:00:00', timeZone: 'Europe/Nowhere' } }],
    ['a day that is none', { start: { date: '2026-02-30' }, end: { date: '2026-03-01' } }],
    ['a date beside a time', { start: { date: '2026-09-07', dateTime: '2026-09-07T10:00:00Z' } }],
    ['an end of another kind', { end: { date: '2026-09-08' } }],
    ['an end before the start', { end: { dateTime: '2026-09-07T09:00:00', timeZone: 'Europe/Berlin' } }],
    ['an address without @', { attendees: [{ email: 'bob' }] }],
    ['a summary that is no text', { summary: 5 }],
    ['an unknown transparency', { transparency: 'murky' }],
    ['a rule without frequency', { recurrence: ['RRULE:BYDAY=MO'] }],
    ['six reminders', { reminders: { useDefault: false, overrides: Array(6).fill({ method: 'popup', minutes: 5 }) } }],
  ])('%s is refused with 400 and nothing is written', async (_, fields) => {
    const { call } = await start();
    expect((await call('POST', events, { body: anEvent({ id: 'lesson1', ...fields }) })).status).toBe(400);
    expect((await call('GET', `${events}/lesson1`)).status).toBe(404);
  });

  test('a body that is no JSON is a parse error', async () => {
    const { call } = await start();
    expect((await call('POST', events, { body: '{"summary":' })).body.error.errors[0].reason).toBe('parseError');
  });
});

describe('changing', () => {
  test('patch merges objects, replaces lists, clears by null and deletes one property', async () => {
    const { call } = await start();
    const body = anEvent({
      id: 'lesson1',
      description: 'Bring a ruler',
      attendees: [{ email: 'bob@example.com' }, { email: 'eve@example.com' }],
      extendedProperties: { private: { keep: '1', drop: '2' } },
    });
    await call('POST', events, { body });
    const patch = {
      description: null,
      attendees: [{ email: 'eve@example.com' }],
      extendedProperties: { private: { drop: null, add: '3' } },
    };
    const { body: patched } = await call('PATCH', `${events}/lesson1`, { body: patch });
    expect(patched.description).toBeUndefined();
    expect(patched.attendees).toEqual([{ email: 'eve@example.com', responseStatus: 'needsAction' }]);
    expect(patched.extendedProperties).toEqual({ private: { keep: '1', add: '3' } });
    expect(patched.summary).toBe('Algebra');
  });

  test('put clears what it leaves out', async () => {
    const { call } = await start();
    await call('POST', events, {
      body: anEvent({ id: 'lesson1', location: 'Room 5', recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] }),
    });
    const { body } = await call('PUT', `${events}/lesson1`, { body: anEvent({ summary: undefined }) });
    expect([body.summary, body.location, body.recurrence]).toEqual([undefined, undefined, undefined]);
  });

  test('from a time to a day needs the time cleared', async () => {
    const { call } = await start();
    await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    const day = (date: string) => ({ date, dateTime: null, timeZone: null });
    const refused = await call('PATCH', `${events}/lesson1`, { body: { start: { date: '2026-09-07' } } });
    const done = await call('PATCH', `${events}/lesson1`, {
      body: { start: day('2026-09-07'), end: day('2026-09-08') },
    });
    expect([refused.status, done.status]).toEqual([400, 200]);
    expect([done.body.start, done.body.end]).toEqual([{ date: '2026-09-07' }, { date: '2026-09-08' }]);
  });

  test('the etag moves with every change, also inside one millisecond, and stays for a write of nothing', async () => {
    const { call, emulator } = await start();
    const first = await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    const second = await call('PATCH', `${events}/lesson1`, { body: { summary: 'Geometry' } });
    const same = await call('PATCH', `${events}/lesson1`, { body: { summary: 'Geometry' } });
    expect(second.body.etag).not.toBe(first.body.etag);
    expect(same.body.etag).toBe(second.body.etag);
    emulator.administration.setSwitches({ noopWrite: 'moves_etag' });
    expect((await call('PATCH', `${events}/lesson1`, { body: { summary: 'Geometry' } })).body.etag).not.toBe(
      same.body.etag,
    );
  });

  test('[P27] a guest answer moves the etag, or not by switch; either way the answer shows', async () => {
    const { call, emulator } = await start();
    const attendees = [{ email: 'bob@example.com' }];
    const { body } = await call('POST', events, { body: anEvent({ id: 'lesson1', attendees }) });
    emulator.people.answer(email, 'lesson1', { email: 'bob@example.com', responseStatus: 'accepted' });
    const answered = await call('GET', `${events}/lesson1`);
    expect(answered.body.etag).not.toBe(body.etag);
    expect(answered.body.attendees[0].responseStatus).toBe('accepted');
    emulator.administration.setSwitches({ answerMovesEtag: false });
    emulator.people.answer(email, 'lesson1', { email: 'bob@example.com', responseStatus: 'declined' });
    const again = await call('GET', `${events}/lesson1`);
    expect([again.body.etag, again.body.attendees[0].responseStatus]).toEqual([answered.body.etag, 'declined']);
  });

  test('If-Match with the etag or with * writes; POST with a method override patches', async () => {
    const { call } = await start();
    const { body } = await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    const exact = await call('PATCH', `${events}/lesson1`, {
      body: { summary: 'A' },
      headers: { 'if-match': body.etag },
    });
    const any = await call('PATCH', `${events}/lesson1`, { body: { summary: 'B' }, headers: { 'if-match': '*' } });
    const override = { 'x-http-method-override': 'PATCH' };
    const third = await call('POST', `${events}/lesson1`, { body: { summary: 'C' }, headers: override });
    expect([exact.body.summary, any.body.summary, third.body.summary]).toEqual(['A', 'B', 'C']);
  });

  test('a reminder-only change leaves updated and moves the etag', async () => {
    const { call, pass } = await start();
    const { body } = await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    pass(5000);
    const reminders = { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] };
    const after = await call('PATCH', `${events}/lesson1`, { body: { reminders } });
    expect(after.body.updated).toBe(body.updated);
    expect(after.body.etag).not.toBe(body.etag);
  });

  test('maxAttendees leaves only the caller and says so', async () => {
    const { call } = await start();
    const attendees = [{ email: 'bob@example.com' }, { email }];
    await call('POST', events, { body: anEvent({ id: 'lesson1', attendees }) });
    const { body } = await call('GET', `${events}/lesson1?maxAttendees=1`);
    expect([body.attendeesOmitted, body.attendees.map((guest: { email: string }) => guest.email)]).toEqual([
      true,
      [email],
    ]);
  });

  test('moving back onto the stub it left works, or is a duplicate by switch', async () => {
    const { call, emulator } = await start();
    const { body: made } = await call('POST', 'calendars', { body: { summary: 'Room' } });
    await call('POST', events, { body: anEvent({ id: 'lesson1' }) });
    await call('POST', `${events}/lesson1/move?destination=${made.id}`);
    emulator.administration.setSwitches({ moveOntoTombstone: 'duplicate' });
    const back = `calendars/${made.id}/events/lesson1/move?destination=primary`;
    expect((await call('POST', back)).status).toBe(409);
    emulator.administration.setSwitches({ moveOntoTombstone: 'replace' });
    expect((await call('POST', back)).status).toBe(200);
    expect((await call('GET', `${events}/lesson1`)).body).toMatchObject({ status: 'confirmed', summary: 'Algebra' });
  });

  test('an imported UID is refused the second time', async () => {
    const { call } = await start();
    const body = anEvent({ iCalUID: 'abc@elsewhere.example', organizer: { email: 'Eve@example.com' } });
    const first = await call('POST', `${events}/import`, { body });
    expect([first.status, first.body.iCalUID, first.body.organizer.email]).toEqual([
      200,
      'abc@elsewhere.example',
      'eve@example.com',
    ]);
    expect((await call('POST', `${events}/import`, { body })).status).toBe(409);
  });
});

describe.skipIf(dataDirectory === undefined)('recorded exchanges (needs CALSYNC_TEST_DATA)', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(dataDirectory ?? '', 'google', file), 'utf8'));
  const unrecorded = ['id', 'etag', 'htmlLink', 'created', 'updated', 'iCalUID', 'creator', 'organizer'];

  test('an insert that libgdata recorded is answered with the recorded fields', async () => {
    const { call } = await start();
    const made = await call('POST', 'calendars', { body: { summary: 'Temp Test Calendar', timeZone: 'UTC' } });
    const [exchange] = read('libgdata-traces.json').traces['event-insert'];
    const { body } = await call('POST', `calendars/${made.body.id}/events`, { body: exchange.request_body });
    const recorded = exchange.response_body;
    for (const name of unrecorded) delete recorded[name];
    expect(body).toMatchObject(recorded);
    // eventType is newer than the recording of 2015.
    expect(Object.keys(body).filter((name) => !(name in recorded) && !unrecorded.includes(name))).toEqual([
      'eventType',
    ]);
  });

  test('the id of a foreign UID is the one that libkgapi recorded', async () => {
    const { call } = await start();
    const { files } = read('libkgapi-exchanges.json');
    const { body } = await call('POST', events, { body: files['event2_create_request.txt'].body });
    expect(body.id).toBe(files['event2_create_response.txt'].body.id);
  });

  test('a cancelled occurrence has the fields of the recorded one and no more', async () => {
    const { call, emulator } = await start();
    await call('POST', events, { body: anEvent({ id: 'series', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] }) });
    emulator.people.cancelOccurrence(email, 'series', '2026-09-14T08:00:00Z');
    const { body } = await call('GET', `${events}/series_20260914T080000Z`);
    expect(Object.keys(body).sort()).toEqual(Object.keys(read('northworld-mocks.json').mocks.cancelled_events).sort());
  });
});
