import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AServer, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeAll(async () => {
  server = await aServer();
});
afterAll(() => server.close());

const attendeesOf = async (key: string) => (await server.send('GET', `/v1/events/${key}`)).body.attendees;

test('[S14A] a person is invited at the address of their calendar, and a new one takes the invitation with it', async () => {
  const known = await server.send('PUT', '/v1/people/p-17', {
    displayName: 'Ada',
    calendarAddress: 'ada@home.example',
    loginAddresses: ['ada@work.example'],
  });
  expect(known).toMatchObject({ status: 200, body: { id: 'p-17', calendarAddress: 'ada@home.example' } });
  await server.send('PUT', '/v1/events/met', anEvent({ summary: 'met', attendees: [{ person: 'p-17' }] }));
  expect(await attendeesOf('met')).toMatchObject([{ person: 'p-17', email: 'ada@home.example', status: 'pending' }]);

  await server.send('PUT', '/v1/people/p-17', { calendarAddress: 'ada@new.example' });
  expect(await attendeesOf('met')).toMatchObject([{ person: 'p-17', email: 'ada@new.example' }]);
  expect((await server.send('GET', '/v1/people/p-17')).body).toEqual({
    id: 'p-17',
    displayName: 'Ada',
    calendarAddress: 'ada@new.example',
    loginAddresses: ['ada@work.example'],
  });
});

test('who is not known, has no address, or is somebody else is told by its own problem', async () => {
  await server.send('PUT', '/v1/people/p-homeless', { displayName: 'Nobody' });
  await server.send('PUT', '/v1/people/p-bob', { calendarAddress: 'bob@example.com' });
  const problemOf = async (attendee: object) => {
    const { body } = await server.send(
      'PUT',
      '/v1/events/people',
      anEvent({ summary: 'people', attendees: [attendee] }),
    );
    return [body.type, body.errors.map(({ field }: { field: string }) => field)];
  };
  expect(await problemOf({ person: 'p-unknown' })).toEqual([
    'urn:calsync:problem:unknown_person',
    ['attendees[0].person'],
  ]);
  expect(await problemOf({ person: 'p-homeless' })).toEqual([
    'urn:calsync:problem:person_without_address',
    ['attendees[0].person'],
  ]);
  expect(await problemOf({ person: 'p-bob', email: 'eve@example.com' })).toEqual([
    'urn:calsync:problem:not_the_persons_address',
    ['attendees[0].email'],
  ]);
  const stolen = await server.send('PUT', '/v1/people/p-eve', { calendarAddress: 'bob@example.com' });
  expect(stolen).toMatchObject({ status: 409, body: { type: 'urn:calsync:problem:not_the_persons_address' } });
  expect((await server.send('GET', '/v1/people/p-eve')).status).toBe(404);
});

test.each([
  [{ calendarAddress: 'nobody' }, 'calendarAddress'],
  [{ calendarAdress: 'ada@example.com' }, 'calendarAdress'],
  [{ loginAddresses: ['ada@example.com', 7] }, 'loginAddresses[1]'],
  [[], ''],
])('a person as %j is refused, naming %s', async (body, field) => {
  expect(await server.send('PUT', '/v1/people/p-wrong', body)).toMatchObject({
    status: 400,
    body: { errors: [{ field }] },
  });
});

test('[S14B] a bounce opens the finding unreachable of every event ahead with that guest', async () => {
  await server.send(
    'PUT',
    '/v1/events/bounced',
    anEvent({ summary: 'bounced', attendees: [{ email: 'gone@example.com' }] }),
  );
  const told = await server.send('POST', '/v1/bounces', { address: 'Gone@example.com', reason: 'no such mailbox' });
  expect(told).toMatchObject({ status: 200, body: { keys: ['bounced'] } });
  const { findings } = (await server.send('GET', '/v1/findings?kind=unreachable')).body;
  expect(findings).toMatchObject([{ key: 'bounced', flagged: true }]);
  const refused = await server.send('POST', '/v1/bounces', { address: 'nobody', reason: 'x' });
  expect(refused.status).toBe(400);
});

test('a guest of a test event who is on no list is refused by the rule of the database, naming the field', async () => {
  await server.pool.query(
    `insert into calsync.calendar (id, account, policy, namespace) values ('tests', 'owner@example.com', 'sync', 'test')`,
  );
  const event = anEvent({ summary: 'a test', calendar: 'tests' });
  expect((await server.send('PUT', '/v1/events/test', event)).status).toBe(201);
  const refused = await server.send('PUT', '/v1/events/test/attendees/real@example.com');
  expect(refused).toMatchObject({
    status: 409,
    body: { type: 'urn:calsync:problem:conflict', errors: [{ field: 'attendees' }] },
  });
  const moved = await server.send('PUT', '/v1/events/test?move=true', { ...event, calendar: 'classes' });
  expect(moved).toMatchObject({ status: 409, body: { errors: [{ field: 'calendar' }] } });
});

test('the history of an event tells who did what, by which door', async () => {
  await server.send('PUT', '/v1/events/told', anEvent({ summary: 'told' }));
  await server.send('PATCH', '/v1/events/told', { location: 'Room 5' });
  await server.send('DELETE', '/v1/events/told');
  const { entries, whole } = (await server.send('GET', '/v1/events/told/history')).body;
  expect(entries).toMatchObject([
    { kind: 'inserted', actor: 'admin', door: 'http', before: null },
    { kind: 'updated', after: { location: 'Room 5' } },
    { kind: 'cancelled' },
  ]);
  expect(whole).toBe(true);
  expect((await server.send('GET', '/v1/events/told/history?limit=1')).body).toMatchObject({
    entries: [{ kind: 'cancelled' }],
    whole: false,
  });
});
