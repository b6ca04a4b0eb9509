import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Google } from '../../src/core/ports.ts';
import { isLoopback } from '../../src/google/transport.ts';
import { aGoogle, CALENDAR, rejection } from './a-google.ts';
import { settle } from './manual-clock.ts';

const WRITE = { calendar: CALENDAR, eventId: 'abcde', etag: '"1"', sendUpdates: 'none' } as const;
const patch = (google: Google) => google.patchEvent({ ...WRITE, body: { summary: 'x' } });
const list = (google: Google) => google.listEvents({ calendar: CALENDAR });

const servers: Server[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await stopServers();
});

async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  // The client has to hear of it too, else it writes into a connection that it still believes in.
  await settle();
}

/** A Google on real sockets: it gives tokens, and answers the rest by `answer`. */
async function aLoopbackGoogle(answer: RequestListener) {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url !== '/token') return answer(request, response);
    response.setHeader('content-type', 'application/json').end('{"access_token":"t1","expires_in":3600}');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rootUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return aGoogle({ endpoints: { rootUrl, tokenUrl: `${rootUrl}/token` } });
}

describe('a connection', () => {
  test('that is reset while a write waits leaves its outcome unknown', async () => {
    const { google } = await aLoopbackGoogle((request) => request.socket.destroy());
    expect(await rejection(patch(google))).toMatchObject({
      kind: 'transient',
      reason: 'ECONNRESET',
      outcomeUnknown: true,
    });
    expect(await rejection(list(google))).toMatchObject({ kind: 'transient', outcomeUnknown: false });
  });

  test('that breaks in the middle of a success leaves the outcome unknown', async () => {
    const { google } = await aLoopbackGoogle((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"id":"abcde",', () => response.destroy());
    });
    expect(await rejection(patch(google))).toMatchObject({ kind: 'transient', outcomeUnknown: true });
  });

  test('that was never made is known to have changed nothing', async () => {
    const { google } = await aLoopbackGoogle((_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"items":[]}');
    });
    // The first call brings the token, so that the second fails at Google's own door.
    await list(google);
    await stopServers();
    const error = await rejection(patch(google));
    expect(error).toMatchObject({ kind: 'transient', reason: 'ECONNREFUSED', outcomeUnknown: false });
  });
});

describe('the time-out', () => {
  /** Answers token requests; every other request hangs, and rejects when it is aborted unless it is deaf. */
  function hanging(deaf: boolean) {
    const aborted: unknown[] = [];
    const fetchImplementation: typeof fetch = (input, init) => {
      if (String(input).endsWith('/token')) {
        return Promise.resolve(Response.json({ access_token: 't1', expires_in: 3600 }));
      }
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => {
          aborted.push(init.signal?.reason);
          if (!deaf) reject(new DOMException('This operation was aborted', 'AbortError'));
        });
      });
    };
    return { aborted, fetchImplementation };
  }

  test.each([
    ['heeds', false],
    ['is deaf to', true],
  ])('ends a call after 10 s on the clock, whether the transport %s the signal or not', async (_how, deaf) => {
    const { aborted, fetchImplementation } = hanging(deaf);
    const { google, clock, calls } = aGoogle({ fetchImplementation });
    let ended = false;
    const failed = rejection(patch(google)).finally(() => {
      ended = true;
    });
    await clock.advance(9_999);
    expect(ended).toBe(false);
    await clock.advance(1);
    expect(await failed).toMatchObject({ kind: 'transient', reason: 'timeout', outcomeUnknown: true });
    expect(aborted).toHaveLength(1);
    expect(calls).toMatchObject([{ result: 'transient', reason: 'timeout', durationMs: 10_000 }]);
  });

  test('leaves the outcome of a read known', async () => {
    const { google, clock } = aGoogle({ ...hanging(false), callTimeoutMs: 500 });
    const failed = rejection(list(google));
    await clock.advance(500);
    expect(await failed).toMatchObject({ kind: 'transient', reason: 'timeout', outcomeUnknown: false });
  });

  test('does not count the wait for quota', async () => {
    const allowed = Promise.withResolvers<void>();
    const quota = { spend: () => allowed.promise };
    const fetchImplementation: typeof fetch = async (input) =>
      Response.json(String(input).endsWith('/token') ? { access_token: 't1', expires_in: 3600 } : { items: [] });
    const { google, clock, calls } = aGoogle({ quota, fetchImplementation });
    const page = list(google);
    await clock.advance(60_000);
    allowed.resolve();
    expect(await page).toEqual({ items: [] });
    expect(calls).toMatchObject([{ durationMs: 0 }]);
  });

  test('leaves no sleeper behind when the answer comes in time', async () => {
    const sleeping = new Set<AbortSignal>();
    const fetchImplementation: typeof fetch = async (input) =>
      Response.json(String(input).endsWith('/token') ? { access_token: 't1', expires_in: 3600 } : { items: [] });
    const clock = {
      now: () => 0,
      sleep: (_delayMs: number, signal?: AbortSignal) =>
        new Promise<void>((_resolve, reject) => {
          if (signal === undefined) return;
          sleeping.add(signal);
          signal.addEventListener('abort', () => {
            sleeping.delete(signal);
            reject(signal.reason);
          });
        }),
    };
    await list(aGoogle({ clock, fetchImplementation }).google);
    await settle();
    expect(sleeping.size).toBe(0);
  });
});

describe('a proxy named by the environment', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])(
    '%s is not used for this machine itself',
    async (name) => {
      vi.stubEnv('NO_PROXY', '');
      vi.stubEnv('no_proxy', '');
      vi.stubEnv(name, 'http://127.0.0.1:9');
      const { google } = await aLoopbackGoogle((_request, response) => {
        response.setHeader('content-type', 'application/json').end('{"items":[]}');
      });
      expect(await list(google)).toEqual({ items: [] });
    },
  );

  test.each([
    ['http://127.0.0.1:8080', true],
    ['http://127.8.9.1/', true],
    ['http://localhost:1/x', true],
    ['http://google.localhost', true],
    ['http://[::1]:1', true],
    ['https://www.googleapis.com', false],
    ['https://localhost.example.com', false],
    ['https://127.0.0.1.example.com', false],
    ['https://notlocalhost', false],
  ])('%s is this machine: %s', (url, expected) => {
    expect(isLoopback(url)).toBe(expected);
  });
});
