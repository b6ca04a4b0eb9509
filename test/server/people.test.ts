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
  expect(stolen).toMatchObject({
    status: 409,
    body: { type: 'urn:calsync:problem:not_the_persons_address', errors: [{ field: 'calendarAddress' }] },
  });
  expect(stolen.body.detail).not.toContain('unique constraint');
  expect((await server.send('GET', '/v1/people/p-eve')).status).toBe(404);
});

test('a person comes by their id and goes by it, under whatever address they were invited', async () => {
  await server.send('PUT', '/v1/people/p-42', { calendarAddress: 'eve@home.example' });
  await server.send(
    'PUT',
    '/v1/events/by-id',
    anEvent({ summary: 'by id', attendees: [{ email: 'ada@example.com' }] }),
  );
  const added = await server.send('PUT', '/v1/events/by-id/people/p-42', { displayName: 'Eve', optional: true });
  expect(added).toMatchObject({ status: 200, body: { kind: 'changed', generation: 1, revision: 3 } });
  expect(await attendeesOf('by-id')).toMatchObject([
    { email: 'ada@example.com' },
    { person: 'p-42', email: 'eve@home.example', displayName: 'Eve', optional: true },
  ]);
  expect((await server.send('PUT', '/v1/events/by-id/people/p-42')).body.kind).toBe('unchanged');
  await server.send('PUT', '/v1/people/p-42', { calendarAddress: 'eve@new.example' });
  const stale = { 'if-match': '"1.3"' };
  expect((await server.send('DELETE', '/v1/events/by-id/people/p-42', undefined, stale)).status).toBe(412);
  expect((await server.send('DELETE', '/v1/events/by-id/people/p-42')).body.kind).toBe('changed');
  expect((await server.send('DELETE', '/v1/events/by-id/people/p-42')).body.kind).toBe('unchanged');
  expect(await attendeesOf('by-id')).toMatchObject([{ email: 'ada@example.com' }]);
});

test('a guest who is added by address may be said to be a person, and is nobody else', async () => {
  await server.send('PUT', '/v1/people/p-43', { calendarAddress: 'kim@home.example' });
  await server.send('PUT', '/v1/events/both', anEvent({ summary: 'both' }));
  const path = '/v1/events/both/attendees/kim@home.example';
  expect((await server.send('PUT', path)).body).toMatchObject({ kind: 'changed', revision: 2 });
  expect((await server.send('PUT', path, { person: 'p-43' })).status).toBe(200);
  expect(await attendeesOf('both')).toMatchObject([{ person: 'p-43', email: 'kim@home.example' }]);
  const problemOf = async (target: string, body: object) => {
    const { status, body: told } = await server.send('PUT', `/v1/events/both/${target}`, body);
    return [status, told.type.split(':').at(-1), told.errors.map(({ field }: { field: string }) => field)];
  };
  expect(await problemOf('attendees/lee@home.example', { person: 'p-43' })).toEqual([
    409,
    'not_the_persons_address',
    ['email'],
  ]);
  expect(await problemOf('attendees/lee@home.example', { person: 'p-unknown' })).toEqual([
    400,
    'unknown_person',
    ['person'],
  ]);
  expect(await problemOf('attendees/lee@home.example', { email: 'kim@home.example' })).toEqual([
    400,
    'invalid_event',
    ['email'],
  ]);
  expect(await problemOf('people/p-43', { email: 'kim@home.example' })).toEqual([400, 'invalid_event', ['email']]);
  expect(await problemOf('people/p-43', { person: 'p-42' })).toEqual([400, 'invalid_event', ['person']]);
  expect(await problemOf('people/p-unknown', {})).toEqual([400, 'unknown_person', ['person']]);
  expect(await attendeesOf('both')).toHaveLength(1);
});

test('a path that names a step of it is nothing that is there, and no person or event has such a name', async () => {
  for (const step of ['.', '..', '%2e', '%2E%2e'])
    expect((await server.send('PUT', `/v1/people/${step}`, { displayName: 'x' })).status).toBe(404);
  const people = await server.pool.query(`select from calsync.person where id in ('.', '..')`);
  expect(people.rowCount).toBe(0);
  await expect(server.pool.query(`insert into calsync.person (id) values ('..')`)).rejects.toMatchObject({
    constraint: 'person_id_is_no_path_step',
  });
});

test.each(['', '.', 'a\u0000b', 'half \ud800', 'x'.repeat(257)])(
  'a guest who is named as the person %j is refused by the name of the field, alone or among others',
  async (person) => {
    for (const attendees of [[{ person }], [{ email: 'ada@example.com' }, { person }, { person }]]) {
      const refused = await server.send('PUT', '/v1/events/odd', anEvent({ summary: 'odd', attendees }));
      expect(refused.status).toBe(400);
      expect(refused.body.errors.map(({ field }: { field: string }) => field)).toContain(
        `attendees[${attendees.length === 1 ? 0 : 1}].person`,
      );
    }
  },
);

test('in SQL too a person and the address of their calendar in one list are one guest', async () => {
  await server.send('PUT', '/v1/people/p-45', { calendarAddress: 'lou@home.example' });
  const event = anEvent({
    key: 'one-guest',
    summary: 'one guest',
    attendees: [{ person: 'p-45' }, { email: 'LOU@home.example' }],
  });
  await server.pool.query('select calsync.put_event($1)', [JSON.stringify(event)]);
  expect(await attendeesOf('one-guest')).toMatchObject([{ person: 'p-45', email: 'lou@home.example' }]);
  const again = await server.pool.query('select (calsync.put_event($1)).kind', [JSON.stringify(event)]);
  expect(again.rows).toEqual([{ kind: 'unchanged' }]);
  expect(await attendeesOf('one-guest')).toHaveLength(1);
});

test('a login address that is named twice is one', async () => {
  const logins = ['kim@school.example', 'Kim@School.example', 'k.im+x@gmail.com', 'kim@gmail.com'];
  const put = await server.send('PUT', '/v1/people/p-44', { loginAddresses: logins });
  expect(put).toMatchObject({ status: 200, body: { loginAddresses: ['kim@gmail.com', 'Kim@School.example'] } });
});

test('an address that was one person’s when the event took place is not another one’s there', async () => {
  const past = anEvent({
    summary: 'past',
    start: { dateTime: '2020-03-02T10:00:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2020-03-02T11:00:00', timeZone: 'Europe/Copenhagen' },
  });
  await server.send('PUT', '/v1/people/p-50', { calendarAddress: 'desk@home.example' });
  await server.send('PUT', '/v1/events/past', { ...past, attendees: [{ person: 'p-50' }] });
  await server.send('PUT', '/v1/people/p-50', { calendarAddress: 'own@home.example' });
  await server.send('PUT', '/v1/people/p-51', { calendarAddress: 'desk@home.example' });
  const both = { ...past, attendees: [{ person: 'p-50' }, { person: 'p-51' }] };
  expect(await server.send('PUT', '/v1/events/past', both)).toMatchObject({
    status: 409,
    body: { type: 'urn:calsync:problem:not_the_persons_address', errors: [{ field: 'attendees[1].person' }] },
  });
  const sql = server.pool.query('select calsync.put_event($1)', [JSON.stringify({ ...both, key: 'past' })]);
  await expect(sql).rejects.toMatchObject({ code: '55000', column: 'attendees.person' });
  expect(await attendeesOf('past')).toMatchObject([{ person: 'p-50', email: 'desk@home.example' }]);
});

test.each([
  [{ calendarAddress: 'nobody' }, 'calendarAddress'],
  [{ calendarAdress: 'ada@example.com' }, 'calendarAdress'],
  [{ loginAddresses: ['ada@example.com', 7] }, 'loginAddresses[1]'],
  [{ displayName: 'a\u001b[2Jb' }, 'displayName'],
  [{ displayName: 'half \ud800' }, 'displayName'],
  [{ displayName: 'x'.repeat(257) }, 'displayName'],
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

test('[S20C] findings of test calendars are listed when asked for, or where their calendar is named', async () => {
  await server.pool.query(
    `insert into calsync.finding (kind, calendar, key, fields, reason, flagged)
       values ('drift', 'classes', 'a-live-one', '[]', 'x', true), ('drift', 'tests', 'a-test', '[]', 'x', true)`,
  );
  const keysOf = async (query: string) =>
    (await server.send('GET', `/v1/findings?kind=drift${query}`)).body.findings.map(({ key }: { key: string }) => key);
  expect(await keysOf('')).toEqual(['a-live-one']);
  expect(await keysOf('&includeTest=false')).toEqual(['a-live-one']);
  expect(await keysOf('&includeTest=true')).toEqual(['a-test', 'a-live-one']);
  expect(await keysOf('&calendar=tests')).toEqual(['a-test']);
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
