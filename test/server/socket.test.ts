/** What only a real connection shows: broken ones, many at once, and the end of a server. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { type Listening, listen } from '../../src/server/listen.ts';
import { storyOf } from '../support/rows.ts';
import { type AServer, adminToken, anEvent, aServer } from './a-server.ts';

let server: AServer;
let listening: Listening;
beforeEach(async () => {
  server = await aServer();
  listening = await listen(server.api, { host: '127.0.0.1', port: 0, clock: systemClock });
});
afterEach(async () => {
  await listening.close(0);
  await server.close();
});

const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };

function put(path: string, event: object, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${listening.origin}${path}`, {
    method: 'PUT',
    headers: { ...headers, ...more },
    body: JSON.stringify(event),
  });
}

async function connected(): Promise<Socket> {
  const socket = connect(listening.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test('200 identical requests at once over sockets: one write, and everyone gets the same answer', async () => {
  const event = anEvent({ summary: 'two hundred', attendees: [{ email: 'ada@example.com' }] });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const answer = await put('/v1/events/two-hundred', event, { 'idempotency-key': 'two-hundred' });
      return JSON.stringify([answer.status, answer.headers.get('etag'), await answer.text()]);
    }),
  );
  expect([...new Set(answers)]).toEqual([
    JSON.stringify([201, '"1.2"', '{"key":"two-hundred","kind":"created","generation":1,"revision":2}']),
  ]);
  expect(await storyOf(server.pool, 'two-hundred')).toEqual(['inserted 1.1', 'attendee_added 1.2']);
});

test('a body that breaks off writes nothing, and the server goes on', async () => {
  const body = JSON.stringify(anEvent({ summary: 'broken off' }));
  for (const said of [`Content-Length: ${body.length + 10}`, 'Transfer-Encoding: chunked']) {
    const socket = await connected();
    const chunk = said.startsWith('Transfer') ? `${body.length.toString(16)}\r\n${body}\r\n` : body;
    socket.write(
      `PUT /v1/events/broken HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${adminToken}\r\nContent-Type: application/json\r\n${said}\r\n\r\n${chunk}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await storyOf(server.pool, 'broken')).toEqual([]);
  expect((await put('/v1/events/broken', anEvent({ summary: 'broken off' }))).status).toBe(201);
});

test('a client that is gone before its answer: the write is whole, and repeating it writes nothing more', async () => {
  const body = JSON.stringify(anEvent({ summary: 'gone' }));
  const socket = await connected();
  socket.write(
    `PUT /v1/events/gone HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${adminToken}\r\nContent-Type: application/json\r\nIdempotency-Key: gone\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const again = await put('/v1/events/gone', anEvent({ summary: 'gone' }), { 'idempotency-key': 'gone' });
  expect(again.status).toBe(201);
  expect(await storyOf(server.pool, 'gone')).toEqual(['inserted 1.1']);
});

test('a body without a length that never ends is refused at 256 KiB', async () => {
  const request = httpRequest(`${listening.origin}/v1/events/endless`, { method: 'PUT', headers });
  const answered = once(request, 'response');
  request.on('error', () => undefined); // the server may close while we still write
  for (let kib = 0; kib < 300; kib += 1) request.write(' '.repeat(1_024));
  const [response] = await answered;
  expect(response.statusCode).toBe(413);
  request.destroy();
});

test('headers that are too large, a request that is none and a wrong Host are refused', async () => {
  const answerTo = async (text: string) => {
    const socket = await connected();
    socket.write(text);
    const [data] = await once(socket, 'data');
    socket.destroy();
    return String(data).split('\r\n')[0];
  };
  expect(await answerTo(`GET /healthz HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`)).toContain('431');
  expect(await answerTo('nonsense\r\n\r\n')).toContain('400');
  expect(await answerTo('GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n')).toContain('400');
  expect(await answerTo('GET /v1/events/../../healthz HTTP/1.1\r\nHost: a\r\n\r\n')).toContain('200'); // as every URL reader resolves it
});

test('a server that ends finishes what it serves, and takes nothing new', async () => {
  const client = await server.pool.connect();
  await client.query('begin');
  await client.query(
    `insert into calsync.idempotency (token, key, request_hash) values ('admin', 'slow', repeat('0', 64))`,
  );
  const slow = put('/v1/events/slow', anEvent({ summary: 'slow' }), { 'idempotency-key': 'slow' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.end();
  const closed = listening.close(5_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expect(fetch(`${listening.origin}/healthz`)).rejects.toThrow();
  await client.query('rollback');
  client.release();
  const answer = await slow;
  expect(answer.status).toBe(201);
  expect(answer.headers.get('connection')).toBe('close');
  await closed;
});

test('one who waits for Google is answered when the server ends, with how the event stands', async () => {
  await put('/v1/events/waited', anEvent({ summary: 'waited' }));
  const waiting = fetch(`${listening.origin}/v1/events/waited?wait=60s`, { headers });
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.end();
  const answer = await waiting;
  expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([200, 'pending']);
});

test('a stream of changes ends with the server, and its connection is not waited for', async () => {
  const agent = new Agent({ keepAlive: true });
  const request = httpRequest(`${listening.origin}/v1/changes`, { agent, headers });
  request.end();
  const [stream] = await once(request, 'response');
  stream.resume();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const startedAt = Date.now();
  server.end();
  await Promise.all([once(stream, 'end'), listening.close(20_000)]);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  agent.destroy();
});

test('a port that is taken is refused in words', async () => {
  const again = listen(server.api, { host: '127.0.0.1', port: listening.port, clock: systemClock });
  await expect(again).rejects.toMatchObject({ kind: 'usage', reason: 'port' });
});
