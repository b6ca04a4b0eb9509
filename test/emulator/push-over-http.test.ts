import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataDirectory } from './discovery.ts';
import { anEvent, email, start } from './harness.ts';

const events = 'calendars/primary/events';

test('over real HTTP a message is a POST without a body, with the recorded headers', async () => {
  const got: { method: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      got.push({ method: request.method, headers: request.headers, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
  const { emulator, call } = await start({ switches: { webhookAddress: 'https_or_loopback' } });
  await call('POST', `${events}/watch`, { body: { id: 'channel-1', type: 'web_hook', address: url, token: 'secret' } });
  await emulator.push.settled();
  await call('POST', events, { body: anEvent() });
  await emulator.push.settled();
  server.close();
  expect(got.map(({ method, body }) => [method, body])).toEqual([
    ['POST', ''],
    ['POST', ''],
  ]);
  expect(got[1]?.headers).toMatchObject({
    'content-length': '0',
    'content-type': 'application/json; utf-8',
    'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    'x-goog-channel-id': 'channel-1',
    'x-goog-channel-token': 'secret',
    'x-goog-channel-expiration': 'Tue, 08 Sep 2026 09:00:00 GMT',
    'x-goog-resource-state': 'exists',
    'x-goog-resource-uri': `https://www.googleapis.com/calendar/v3/calendars/${email}/events?alt=json`,
  });
  if (dataDirectory === undefined) return;
  const recorded = JSON.parse(readFileSync(join(dataDirectory, 'google', 'watch-and-push.json'), 'utf8')).push_real;
  const names = Object.keys(recorded).map((name) => name.toLowerCase());
  expect(names.filter((name) => got[1]?.headers[name] === undefined)).toEqual([]);
});
