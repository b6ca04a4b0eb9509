import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AServer, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeAll(async () => {
  server = await aServer();
});
afterAll(() => server.close());

const put = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) =>
  server.send('PUT', '/v1/events/body', body, headers);

describe('bodies', () => {
  test.each([
    ['{"summary": "a",}', '', 'line 1, column 17'],
    ['{"summary": "a", "summary": "b"}', 'summary', 'stands twice'],
    ['{"start": {"date": "2027-01-01", "d\\u0061te": "2027-01-02"}}', 'start.date', 'stands twice'],
    ['{"attendees": [{}, {"email": "a", "email": "b"}]}', 'attendees[1].email', 'stands twice'],
    ['['.repeat(40) + ']'.repeat(40), '[0][0][0]', 'nested'],
    ['', '', 'the text ends'],
  ])('%s is not JSON that means one thing', async (body, field, message) => {
    const refused = await put(body);
    expect(refused).toMatchObject({
      status: 400,
      body: { type: 'urn:calsync:problem:malformed_json', errors: [{ field }] },
    });
    expect(refused.body.detail).toContain(message);
  });

  test('bytes that are not UTF-8 are refused, and nothing of a text is lost on the way in', async () => {
    const broken = Buffer.concat([Buffer.from('{"summary": "'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
    expect(await put(broken)).toMatchObject({ status: 400, body: { type: 'urn:calsync:problem:malformed_json' } });
    const summary = '𝔸lgebra – Übung ‮ <b>"&amp;</b> 課';
    await server.send('PUT', '/v1/events/whole', anEvent({ summary }));
    expect((await server.send('GET', '/v1/events/whole')).body.summary).toBe(summary);
  });

  test.each([null, 7, 'text', [], [anEvent()]])('%j is JSON and no event', async (body) => {
    expect(await put(JSON.stringify(body))).toMatchObject({
      status: 400,
      body: { type: 'urn:calsync:problem:invalid_event' },
    });
  });

  test('a body above 256 KiB is refused whether its length is said or not', async () => {
    const large = JSON.stringify(anEvent({ description: 'x'.repeat(300_000) }));
    expect((await put(large)).status).toBe(413);
    expect((await put(large, { 'content-length': String(large.length) })).status).toBe(413);
  });

  test.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
  ])('a body of %s %j is not taken', async (type, headers) => {
    const refused = await put('{}', { 'content-type': type, ...headers });
    expect(refused).toMatchObject({ status: 415, body: { type: 'urn:calsync:problem:unsupported_media_type' } });
    expect(refused.headers.get('accept')).toBe('application/json');
  });

  test('a body where none is taken is refused rather than left unread', async () => {
    expect((await server.send('DELETE', '/v1/events/body', { reason: 'x' })).status).toBe(400);
  });
});

describe('keys in paths', () => {
  test.each([
    'class-42/slot-7',
    'a/../../b',
    '..%2F..',
    '%2525',
    'x?y=1#z',
    'with space+plus',
    "'; drop table calsync.desired_event; --",
    '<script>alert(1)</script>',
    'schlüssel-課-𝔸',
    '\u202egnirts',
    '__proto__',
    'k'.repeat(512),
    'ø'.repeat(256),
  ])('%s is that key, decoded once', async (key) => {
    const path = `/v1/events/${encodeURIComponent(key)}`;
    const written = await server.send('PUT', path, anEvent({ summary: key }));
    expect(written).toMatchObject({ status: 201, body: { key } });
    expect(written.headers.get('location')).toBe(path);
    expect((await server.send('GET', path)).body.key).toBe(key);
    const { rows } = await server.pool.query('select key from calsync.desired_event where key = $1', [key]);
    expect(rows).toEqual([{ key }]);
  });

  test.each(['%00', 'a%0Ab', '%7F', '%C2%85', 'k'.repeat(513), '%C3%B8'.repeat(257)])(
    '%s can be no key',
    async (encoded) => {
      for (const method of ['GET', 'PUT', 'DELETE'])
        expect(
          await server.send(method, `/v1/events/${encoded}`, method === 'PUT' ? anEvent() : undefined),
        ).toMatchObject({
          status: 400,
          body: { type: 'urn:calsync:problem:invalid_event', errors: [{ field: 'key' }] },
        });
    },
  );

  test.each(['%', '%zz', '%ff', '%C3', '%ED%A0%80'])('%s is not percent-encoded UTF-8', async (encoded) => {
    expect(await server.send('GET', `/v1/events/${encoded}`)).toMatchObject({
      status: 400,
      body: { type: 'urn:calsync:problem:invalid_request' },
    });
  });

  test('dot segments, empty segments and encoded route names lead nowhere', async () => {
    for (const path of [
      '/v1/events/..',
      '/v1/events/%2e%2e',
      '/v1/events/',
      '/v1//events',
      '/v1/%65vents/body',
      '/V1/events',
      '/',
    ])
      expect((await server.send('GET', path)).status).toBe(404);
  });
});

describe('what is not there', () => {
  test('an unknown path is 404, a method that a path does not have 405 with those that it has', async () => {
    expect(await server.send('GET', '/v2')).toMatchObject({
      status: 404,
      body: { type: 'urn:calsync:problem:not_found' },
    });
    const refused = await server.send('POST', '/v1/events/a%2Fb');
    expect(refused).toMatchObject({ status: 405, body: { type: 'urn:calsync:problem:method_not_allowed' } });
    expect(refused.headers.get('allow')).toBe('GET, PUT, PATCH, DELETE, HEAD');
  });

  test('HEAD answers as GET does, without a body', async () => {
    await server.send('PUT', '/v1/events/headed', anEvent({ summary: 'headed' }));
    const headed = await server.send('HEAD', '/v1/events/headed');
    expect(headed).toMatchObject({ status: 200, body: null });
    expect(headed.headers.get('etag')).toBe('"1.1"');
  });

  test.each([
    ['/v1/events?mov=true', 'mov'],
    ['/v1/events?limit=0', 'limit'],
    ['/v1/events?limit=501', 'limit'],
    ['/v1/events?cursor=xyz', 'cursor'],
    ['/v1/events?calendar=a&calendar=b', 'calendar'],
    ['/v1/events?calendar=%00', 'calendar'],
    ['/v1/findings?state=some', 'state'],
    ['/v1/findings?cursor=ImEi', 'cursor'],
  ])('%s is refused, naming the parameter', async (path, field) => {
    expect(await server.send('GET', path)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});

describe('lists', () => {
  test('every event is on exactly one page, in the order of keys, whatever the size of a page', async () => {
    for (let index = 0; index < 7; index += 1)
      await server.send('PUT', `/v1/events/list%2F${index}`, anEvent({ summary: `list ${index}`, schedule: 'listed' }));
    for (const limit of [1, 3, 7, 500]) {
      const keys: string[] = [];
      let next: string | null = null;
      do {
        const cursor: string = next === null ? '' : `&cursor=${next}`;
        const { body } = await server.send(
          'GET',
          `/v1/events?calendar=classes&schedule=listed&limit=${limit}${cursor}`,
        );
        keys.push(...body.events.map(({ key }: { key: string }) => key));
        next = body.next;
      } while (next !== null);
      expect(keys).toEqual(Array.from({ length: 7 }, (_, index) => `list/${index}`));
    }
    expect((await server.send('GET', '/v1/events?calendar=nowhere')).body).toEqual({ events: [], next: null });
  });

  test('findings come newest first, open ones unless others are asked for', async () => {
    await server.pool.query(`
      insert into calsync.finding (kind, calendar, key, reason, flagged, closed_at, closed_as)
        select 'drift', 'classes', 'k' || n, 'it differs', false, case when n > 4 then calsync.now() end, case when n > 4 then 'mended' end
          from generate_series(1, 5) n`);
    const first = (await server.send('GET', '/v1/findings?limit=3')).body;
    const second = (await server.send('GET', `/v1/findings?limit=3&cursor=${first.next}`)).body;
    expect([...first.findings, ...second.findings].map(({ key }) => key)).toEqual(['k4', 'k3', 'k2', 'k1']);
    expect(second.next).toBeNull();
    expect((await server.send('GET', '/v1/findings?state=closed')).body.findings).toMatchObject([
      { key: 'k5', closedAs: 'mended' },
    ]);
    expect((await server.send('GET', '/v1/findings?key=k2&kind=drift&state=all')).body.findings).toHaveLength(1);
  });

  test('calendars are told as the command line tells them', async () => {
    const { body } = await server.send('GET', '/v1/calendars');
    expect(body.calendars).toMatchObject([
      { calendar: 'classes', account: 'owner@example.com', policy: 'sync', state: 'active' },
    ]);
  });
});

test.each([
  [`delete from calsync.migration where name = (select max(name) from calsync.migration)`, 'schema_older'],
  [`insert into calsync.migration (name, timestamp) values ('9999_later', '')`, 'schema_newer'],
])('a server is not ready for a schema that is not its own: %s', async (change, status) => {
  const other = await aServer();
  await other.pool.query(change);
  const open = { authorization: '' };
  expect(await other.send('GET', '/readyz', undefined, open)).toMatchObject({ status: 503, body: { status } });
  expect((await other.send('GET', '/healthz', undefined, open)).status).toBe(200);
  await other.close();
});

test('the server lives while it ends, and is not ready any more', async () => {
  const ending = await aServer();
  const open = { authorization: '' };
  expect((await ending.send('GET', '/readyz', undefined, open)).body).toEqual({ status: 'ok' });
  ending.end();
  expect(await ending.send('GET', '/readyz', undefined, open)).toMatchObject({
    status: 503,
    body: { status: 'closing' },
  });
  expect((await ending.send('GET', '/healthz', undefined, open)).status).toBe(200);
  await ending.close();
});
