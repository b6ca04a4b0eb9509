import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApiToken } from '../../src/store/api-token.ts';
import { dropOutdated } from '../../src/store/retention.ts';
import { systemRandom } from '../support/migrated.ts';
import { numbersOf, storyOf } from '../support/rows.ts';
import { type AServer, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeAll(async () => {
  server = await aServer();
});
afterAll(() => server.close());

const once = (key: string) => ({ 'idempotency-key': key });
const kept = async () => {
  const { rows } = await server.pool.query('select token, key, status from calsync.idempotency order by key');
  return rows;
};

test('[S08A] a second click is answered as the first was, header for header, and writes nothing', async () => {
  const event = anEvent({ summary: 'clicked twice' });
  const first = await server.send('PUT', '/v1/events/click', event, once('click-1'));
  const second = await server.send('PUT', '/v1/events/click', event, once('click-1'));
  expect(first.status).toBe(201);
  expect(second.status).toBe(201);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
  expect(second.headers.get('location')).toBe('/v1/events/click');
  expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  expect(await storyOf(server.pool, 'click')).toEqual(['inserted 1.1']);
});

test('[S08C] a repeat after the event went on is answered as it was then, and does not undo what came between', async () => {
  const event = anEvent({ summary: 'repeated late' });
  await server.send('PUT', '/v1/events/late', event, once('late-1'));
  await server.send('PATCH', '/v1/events/late', { location: 'Room 5' });
  const repeat = await server.send('PUT', '/v1/events/late', event, once('late-1'));
  expect(repeat).toMatchObject({ status: 201, body: { kind: 'created', generation: 1 } });
  expect((await server.send('GET', '/v1/events/late')).body.location).toBe('Room 5');
});

test('[S08A] the same key with another body, path, query or method is a clear 422 and writes nothing', async () => {
  const event = anEvent({ summary: 'one meaning' });
  await server.send('PUT', '/v1/events/meaning', event, once('meaning-1'));
  const others = [
    await server.send('PUT', '/v1/events/meaning', { ...event, location: 'Room 5' }, once('meaning-1')),
    await server.send('PUT', '/v1/events/meaning-2', event, once('meaning-1')),
    await server.send('PUT', '/v1/events/meaning?move=true', event, once('meaning-1')),
    await server.send('DELETE', '/v1/events/meaning', undefined, once('meaning-1')),
  ];
  for (const other of others)
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:calsync:problem:idempotency_key_reused' } });
  expect(await numbersOf(server.pool, 'meaning')).toEqual({ generation: 1, revision: 1 });
});

test('a refusal is not kept: once its cause is gone the same request is done', async () => {
  const event = anEvent({ summary: 'refused first', calendar: 'later' });
  expect((await server.send('PUT', '/v1/events/refused', event, once('refused-1'))).status).toBe(400);
  const moved = await server.send('PUT', '/v1/events/refused', event, { ...once('refused-2'), 'if-match': '"1"' });
  expect(moved.status).toBe(412);
  expect((await kept()).filter(({ key }) => key.startsWith('refused'))).toEqual([]);
  await server.pool.query(
    `insert into calsync.calendar (id, account, policy) values ('later', 'owner@example.com', 'sync')`,
  );
  expect((await server.send('PUT', '/v1/events/refused', event, once('refused-1'))).status).toBe(201);
});

test('two tokens with one key are two requests', async () => {
  const stated = { scopes: ['write'], ratePerMinute: 1_000, createdBy: 'test' } as const;
  const tokens = await Promise.all(
    ['one', 'other'].map((name) => addApiToken(server.db, { ...stated, name }, systemRandom)),
  );
  for (const [index, token] of tokens.entries()) {
    const headers = { ...once('shared'), authorization: `Bearer ${token}` };
    const put = await server.send(
      'PUT',
      `/v1/events/shared-${index}`,
      anEvent({ summary: `shared ${index}` }),
      headers,
    );
    expect(put.status).toBe(201);
  }
});

test('fifty at once with one key: one writes, all others wait for it and get its answer', async () => {
  const event = anEvent({ summary: 'at once', attendees: [{ email: 'ada@example.com' }] });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => server.send('PUT', '/v1/events/at-once', event, once('at-once'))),
  );
  expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body])))).toEqual(
    new Set([JSON.stringify([201, { key: 'at-once', kind: 'created', generation: 1, revision: 2 }])]),
  );
  expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
  expect(await storyOf(server.pool, 'at-once')).toEqual(['inserted 1.1', 'attendee_added 1.2']);
});

test('a request waits for the one that is at work; when that one is undone, it does the work itself', async () => {
  const client = await server.pool.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into calsync.idempotency (token, key, request_hash) values ('admin', 'undone', repeat('0', 64))`,
    );
    let answered = false;
    const waiting = server
      .send('PUT', '/v1/events/undone', anEvent({ summary: 'undone' }), once('undone'))
      .then((answer) => {
        answered = true;
        return answer;
      });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(answered).toBe(false);
    await client.query('rollback');
    expect((await waiting).status).toBe(201);
  } finally {
    client.release();
  }
});

test.each(['', 'with space', 'ø', 'x'.repeat(256)])('the key %j cannot be one', async (key) => {
  const refused = await server.send('DELETE', '/v1/events/click', undefined, once(encodeHeader(key)));
  expect(refused).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
});

test('an answer is kept for 30 days and then goes', async () => {
  for (const days of [29, 31]) {
    await server.send('PUT', `/v1/events/aged-${days}`, anEvent({ summary: `aged ${days}` }), once(`aged-${days}`));
    await server.pool.query(
      `update calsync.idempotency set created_at = calsync.now() - make_interval(days => $1) where key = $2`,
      [days, `aged-${days}`],
    );
  }
  await dropOutdated(server.db);
  expect((await kept()).filter(({ key }) => key.startsWith('aged')).map(({ key }) => key)).toEqual(['aged-29']);
});

/** Bytes as a client would send them; Headers take only those below 256. */
function encodeHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
