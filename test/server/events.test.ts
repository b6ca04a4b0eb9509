import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { insertAttendee, insertCalendar, numbersOf } from '../support/rows.ts';
import { type AServer, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeAll(async () => {
  server = await aServer();
  await insertCalendar(server.pool, 'annex');
});
afterAll(() => server.close());

let count = 0;
/** An event of its own for a test: another hour for each, so that none is another's twin. */
async function anEventThere(fields: object = {}): Promise<string> {
  const key = `event-${++count}`;
  const put = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key, ...fields }));
  expect(put.status).toBe(201);
  return key;
}

const addresses = async (key: string) => {
  const { body } = await server.send('GET', `/v1/events/${key}`);
  return body.attendees.map(({ email }: { email: string }) => email);
};

test('an event that is put is there as it was written, with its numbers and an ETag', async () => {
  const event = anEvent({
    summary: 'Topology',
    location: 'Room 5',
    labels: { payment: 'confirmed' },
    attendees: [{ email: 'ada@example.com' }],
  });
  const put = await server.send('PUT', '/v1/events/class-42%2Fslot-7', event);
  expect(put.status).toBe(201);
  expect(put.body).toEqual({ key: 'class-42/slot-7', kind: 'created', generation: 1, revision: 2 });
  expect(put.headers.get('etag')).toBe('"1.2"');
  expect(put.headers.get('location')).toBe('/v1/events/class-42%2Fslot-7');

  const got = await server.send('GET', '/v1/events/class-42%2Fslot-7');
  expect(got.status).toBe(200);
  expect(got.headers.get('etag')).toBe('"1.2"');
  expect(got.body).toMatchObject({
    ...event,
    key: 'class-42/slot-7',
    attendees: [{ email: 'ada@example.com', optional: false }],
    generation: 1,
    revision: 2,
    cancelledAt: null,
  });
});

test('the history names the token as actor, and on whose behalf it wrote', async () => {
  const key = await anEventThere();
  await server.send('PATCH', `/v1/events/${key}`, { location: 'Room 6' }, { 'x-actor': 'user 4711' });
  const { rows } = await server.pool.query(
    'select actor, door, source from calsync.history where key = $1 order by id',
    [key],
  );
  expect(rows).toEqual([
    { actor: 'admin', door: 'http', source: 'caller' },
    { actor: 'admin: user 4711', door: 'http', source: 'caller' },
  ]);
});

describe('PUT', () => {
  test('a field that is no longer stated is not stated any more; attendees that are left out stay', async () => {
    const key = await anEventThere({ location: 'Room 5', attendees: [{ email: 'ada@example.com' }] });
    const put = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key }));
    expect(put.body).toMatchObject({ kind: 'changed', generation: 2 });
    const { body } = await server.send('GET', `/v1/events/${key}`);
    expect(body).not.toHaveProperty('location');
    expect(body.attendees).toHaveLength(1);
  });

  test('the same again is unchanged', async () => {
    const key = await anEventThere();
    const put = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key }));
    expect(put).toMatchObject({ status: 200, body: { kind: 'unchanged', generation: 1, revision: 1 } });
  });

  test('[S21C] a list that leaves someone out takes nobody off until the revision is named', async () => {
    const key = await anEventThere({ attendees: [{ email: 'ada@example.com' }, { email: 'bob@example.com' }] });
    const event = anEvent({ summary: key, attendees: [{ email: 'ada@example.com' }] });
    const refused = await server.send('PUT', `/v1/events/${key}`, event);
    expect(refused).toMatchObject({
      status: 409,
      body: { type: 'urn:calsync:problem:revision_needed', errors: [{ field: 'attendees' }] },
    });
    expect(await addresses(key)).toEqual(['ada@example.com', 'bob@example.com']);

    const done = await server.send('PUT', `/v1/events/${key}`, event, { 'if-match': '"1.2"' });
    expect(done.status).toBe(200);
    expect(await addresses(key)).toEqual(['ada@example.com']);
  });

  test('another calendar is a conflict unless the move is asked for', async () => {
    const key = await anEventThere();
    const event = anEvent({ summary: key, calendar: 'annex' });
    expect(await server.send('PUT', `/v1/events/${key}`, event)).toMatchObject({
      status: 409,
      body: { type: 'urn:calsync:problem:other_calendar', errors: [{ field: 'calendar' }] },
    });
    expect((await server.send('PUT', `/v1/events/${key}?move=true`, event)).status).toBe(200);
    expect((await server.send('GET', `/v1/events/${key}`)).body.calendar).toBe('annex');
  });

  test('a late retry does not revive a cancelled event; naming its generation does', async () => {
    const key = await anEventThere();
    await server.send('DELETE', `/v1/events/${key}`);
    const event = anEvent({ summary: key });
    expect(await server.send('PUT', `/v1/events/${key}`, event)).toMatchObject({
      status: 409,
      body: { type: 'urn:calsync:problem:cancelled' },
    });
    const revived = await server.send('PUT', `/v1/events/${key}`, event, { 'if-match': '"2"' });
    expect(revived).toMatchObject({ status: 200, body: { kind: 'revived', generation: 3 } });
  });

  test('[S08A] a second key with the same calendar, time and title is a conflict unless both are meant', async () => {
    const key = await anEventThere();
    const twin = anEvent({ summary: key });
    expect(await server.send('PUT', `/v1/events/${key}-again`, twin)).toMatchObject({
      status: 409,
      body: { type: 'urn:calsync:problem:twin', errors: [{ field: 'summary' }] },
    });
    expect((await server.send('PUT', `/v1/events/${key}-again`, { ...twin, allowTwin: true })).status).toBe(201);
  });

  test('If-None-Match: * writes only where there is nothing', async () => {
    const key = await anEventThere();
    const refused = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: 'other' }), {
      'if-none-match': '*',
    });
    expect(refused).toMatchObject({
      status: 412,
      body: { type: 'urn:calsync:problem:precondition_failed', current: { key, summary: key } },
    });
    const created = await server.send('PUT', `/v1/events/${key}-new`, anEvent({ summary: 'new one' }), {
      'if-none-match': '*',
    });
    expect(created.status).toBe(201);
  });

  test('two that create one key at once with If-None-Match: one does, the other is told', async () => {
    const event = anEvent({ summary: 'contended' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => server.send('PUT', '/v1/events/contended', event, { 'if-none-match': '*' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412, 412, 412, 412]);
  });

  test('If-Match on an event that is not there is 412, whether it names a version or any', async () => {
    for (const tag of ['"1"', '*']) {
      const refused = await server.send('PUT', '/v1/events/nowhere', anEvent({ summary: 'nowhere' }), {
        'if-match': tag,
      });
      expect(refused).toMatchObject({ status: 412, body: { current: null } });
    }
    expect((await server.send('GET', '/v1/events/nowhere')).status).toBe(404);
  });

  test.each(['3', 'abc', '"a"', '"1", "2"', '"1.2.3"', '""'])(
    'If-Match: %s is no version: refused by name',
    async (tag) => {
      const key = await anEventThere();
      const refused = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: 'else' }), { 'if-match': tag });
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'If-Match' }] } });
      expect(await numbersOf(server.pool, key)).toEqual({ generation: 1, revision: 1 });
    },
  );

  test('a tag that a compressing proxy made weak names the same version', async () => {
    const key = await anEventThere();
    expect((await server.send('DELETE', `/v1/events/${key}`, undefined, { 'if-match': 'W/"1.1"' })).status).toBe(200);
  });

  test('a key in the body has to be that of the path', async () => {
    const key = await anEventThere();
    const refused = await server.send('PUT', `/v1/events/${key}`, anEvent({ key: 'other', summary: key }));
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'key' }] } });
  });

  test('every field that is wrong is named at once, as the other doors name it', async () => {
    const event = anEvent({
      start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Mars/Base' },
      attendees: [{ email: 'nobody' }],
      sumary: 'x',
    });
    const { status, body } = await server.send('PUT', '/v1/events/wrong', event);
    expect(status).toBe(400);
    expect(body.type).toBe('urn:calsync:problem:invalid_event');
    expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'attendees[0].email',
      'start.timeZone',
      'sumary',
    ]);
  });

  test('a warning of the door is told with the write', async () => {
    const event = anEvent({ summary: 'warned', recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3'] });
    const { status, body } = await server.send('PUT', '/v1/events/warned', event);
    expect(status).toBe(201);
    expect(body.warnings).toEqual([expect.objectContaining({ field: 'start' })]);
  });
});

describe('PATCH', () => {
  test('[S13C] payment status and time that are changed at once both stay, and so do two labels', async () => {
    const key = await anEventThere({ labels: { payment: 'open', room: 'booked' } });
    const patches = [
      { labels: { payment: 'confirmed' } },
      { start: { dateTime: '2027-03-02T10:00:00' }, end: { dateTime: '2027-03-02T11:00:00' } },
      { labels: { catering: 'ordered' } },
      { location: 'Room 9' },
    ];
    const answers = await Promise.all(patches.map((patch) => server.send('PATCH', `/v1/events/${key}`, patch)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const { body } = await server.send('GET', `/v1/events/${key}`);
    expect(body).toMatchObject({
      labels: { payment: 'confirmed', room: 'booked', catering: 'ordered' },
      start: { dateTime: '2027-03-02T10:00:00', timeZone: 'Europe/Copenhagen' },
      location: 'Room 9',
      generation: 5,
    });
  });

  test('null makes a field one that is not stated; a field that must be stated is missed by name', async () => {
    const key = await anEventThere({ location: 'Room 5' });
    expect((await server.send('PATCH', `/v1/events/${key}`, { location: null })).body.kind).toBe('changed');
    expect((await server.send('GET', `/v1/events/${key}`)).body).not.toHaveProperty('location');
    const refused = await server.send('PATCH', `/v1/events/${key}`, { start: null });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'start' }] } });
  });

  test('the patched event is judged as a whole: an end before its start is refused', async () => {
    const key = await anEventThere();
    const refused = await server.send('PATCH', `/v1/events/${key}`, { start: { dateTime: '2027-03-01T12:00:00' } });
    expect(refused).toMatchObject({
      status: 400,
      body: { type: 'urn:calsync:problem:invalid_event', errors: [{ field: 'end' }] },
    });
    expect(await numbersOf(server.pool, key)).toEqual({ generation: 1, revision: 1 });
  });

  test.each([
    [{ attendees: [] }, 'attendees'],
    [{ key: 'other' }, 'key'],
    [{ titel: 'x' }, 'titel'],
    [{ labels: JSON.parse('{"__proto__": "x"}') }, 'labels'],
    [JSON.parse('{"__proto__": {"summary": "x"}}'), '__proto__'],
  ])('%j is refused, naming %s', async (patch, field) => {
    const key = await anEventThere();
    const refused = await server.send('PATCH', `/v1/events/${key}`, JSON.stringify(patch));
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map((error: { field: string }) => error.field)).toContain(field);
    expect(await numbersOf(server.pool, key)).toEqual({ generation: 1, revision: 1 });
  });

  test('a cancelled event is not patched, an unknown one not found, a twin not made', async () => {
    const [key, other] = [await anEventThere(), await anEventThere()];
    expect((await server.send('PATCH', `/v1/events/${other}`, { summary: key })).body.type).toBe(
      'urn:calsync:problem:twin',
    );
    await server.send('DELETE', `/v1/events/${key}`);
    expect((await server.send('PATCH', `/v1/events/${key}`, { location: 'x' }, { 'if-match': '"2"' })).status).toBe(
      409,
    );
    expect((await server.send('PATCH', '/v1/events/nowhere', { location: 'x' })).status).toBe(404);
  });

  test('what is allowed but hardly meant is said of a patch as it is of a put', async () => {
    const key = await anEventThere();
    const recurrence = ['RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=3'];
    const patched = await server.send('PATCH', `/v1/events/${key}`, { recurrence });
    expect(patched).toMatchObject({ status: 200, body: { kind: 'changed', warnings: [{ field: 'start' }] } });
    const put = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key, recurrence }));
    expect(put.body.warnings).toEqual(patched.body.warnings);
    expect((await server.send('PATCH', `/v1/events/${key}`, { recurrence: null })).body.warnings).toBeUndefined();
  });

  test('merge-patch is a type of its own and taken too', async () => {
    const key = await anEventThere();
    const type = { 'content-type': 'application/merge-patch+json' };
    expect((await server.send('PATCH', `/v1/events/${key}`, { location: 'Room 7' }, type)).status).toBe(200);
    expect((await server.send('PUT', `/v1/events/${key}`, anEvent(), type)).status).toBe(415);
  });
});

describe('versions', () => {
  test('[S13A] of two editors who saw the same generation the second is told, with the event as it is now', async () => {
    const key = await anEventThere();
    const seen = { 'if-match': '"1"' };
    const first = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key, location: 'Room 1' }), seen);
    const second = await server.send('PUT', `/v1/events/${key}`, anEvent({ summary: key, location: 'Room 2' }), seen);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({
      status: 412,
      body: { type: 'urn:calsync:problem:precondition_failed', current: { key, location: 'Room 1', generation: 2 } },
    });
    expect(second.headers.get('etag')).toBe('"2.2"');
    expect((await server.send('GET', `/v1/events/${key}`)).body.location).toBe('Room 1');
  });

  test('enrolling does not disturb an editor who named the generation', async () => {
    const key = await anEventThere();
    expect((await server.send('PUT', `/v1/events/${key}/attendees/ada@example.com`)).status).toBe(200);
    await insertAttendee(server.pool, key, 'bob@example.com');
    const edited = await server.send('PATCH', `/v1/events/${key}`, { location: 'Room 3' }, { 'if-match': '"1"' });
    expect(edited).toMatchObject({ status: 200, body: { generation: 2, revision: 4 } });
    expect(await addresses(key)).toEqual(['ada@example.com', 'bob@example.com']);
  });

  test('a stale revision stops what a fresh generation would let pass', async () => {
    const key = await anEventThere({ attendees: [{ email: 'ada@example.com' }] });
    await server.send('PUT', `/v1/events/${key}/attendees/bob@example.com`);
    const event = anEvent({ summary: key, attendees: [] });
    expect((await server.send('PUT', `/v1/events/${key}`, event, { 'if-match': '"1.2"' })).status).toBe(412);
    expect(await addresses(key)).toEqual(['ada@example.com', 'bob@example.com']);
  });

  test('DELETE cancels, once, and only the version that was named', async () => {
    const key = await anEventThere();
    expect((await server.send('DELETE', `/v1/events/${key}`, undefined, { 'if-match': '"9"' })).status).toBe(412);
    expect((await server.send('DELETE', `/v1/events/${key}`)).body).toMatchObject({ kind: 'cancelled', generation: 2 });
    expect((await server.send('DELETE', `/v1/events/${key}`)).body).toMatchObject({ kind: 'unchanged', generation: 2 });
    expect((await server.send('GET', `/v1/events/${key}`)).body.cancelledAt).toMatch(/^\d{4}-/);
    expect((await server.send('DELETE', '/v1/events/nowhere')).status).toBe(404);
  });
});

describe('attendees', () => {
  test('adding says what it says, leaves the rest, and knows a mailbox in any spelling', async () => {
    const key = await anEventThere();
    const path = `/v1/events/${key}/attendees`;
    await server.send('PUT', `${path}/Ada@Example.com`, { displayName: 'Ada', optional: true });
    await server.send('PUT', `${path}/ada%40example.com`, { displayName: 'Ada Lovelace' });
    const { body } = await server.send('GET', `/v1/events/${key}`);
    expect(body.attendees).toMatchObject([{ email: 'Ada@Example.com', displayName: 'Ada Lovelace', optional: true }]);
    expect((await server.send('DELETE', `${path}/ADA@EXAMPLE.COM`)).body.kind).toBe('changed');
    expect((await server.send('DELETE', `${path}/ADA@EXAMPLE.COM`)).body.kind).toBe('unchanged');
    expect(await addresses(key)).toEqual([]);
  });

  test.each([
    ['PUT', 'nobody', undefined, 400, 'email'],
    ['DELETE', 'nobody', undefined, 400, 'email'],
    ['PUT', 'ada@example.com', { name: 'Ada' }, 400, 'name'],
    ['PUT', 'ada@example.com', { displayName: 7 }, 400, 'displayName'],
    ['PUT', 'ada@example.com', [], 400, ''],
  ])('%s %s %j is refused, naming the field', async (method, address, body, status, field) => {
    const key = await anEventThere();
    const refused = await server.send(method, `/v1/events/${key}/attendees/${address}`, body);
    expect(refused).toMatchObject({ status, body: { errors: [{ field }] } });
  });

  test('nobody is added to a cancelled event, or to one that is not there, or at another version than was named', async () => {
    const key = await anEventThere();
    const moved = await server.send('PUT', `/v1/events/${key}/attendees/ada@example.com`, undefined, {
      'if-match': '"7"',
    });
    expect(moved).toMatchObject({ status: 412, body: { current: { key } } });
    await server.send('DELETE', `/v1/events/${key}`);
    const cancelled = await server.send('PUT', `/v1/events/${key}/attendees/ada@example.com`);
    expect(cancelled).toMatchObject({ status: 409, body: { type: 'urn:calsync:problem:cancelled' } });
    expect((await server.send('PUT', '/v1/events/nowhere/attendees/ada@example.com')).status).toBe(404);
    expect(await addresses(key)).toEqual([]);
  });
});
