/** The HTTP door on a socket: bounded in time and size, and an end that lets everyone finish. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { problemType } from './answer.ts';
import type { Api } from './api.ts';
import { problemAnswer } from './problem.ts';

/** A request's headers, and all of it, have to be there by then; streams of answers may take as long as they like. */
const headersLimitMs = 10_000;
const requestLimitMs = 30_000;
/** Longer than the usual 60 s of a proxy in front, so that it is never we who close a connection that it is about to use. */
const keepAliveMs = 65_000;
const mostHeaderBytes = 16 * 1024;
const mostConnections = 2_000;
const closePollMs = 50;

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  /** Takes no more requests and waits for those that are being served, at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Throws `usage` where the port cannot be had. */
export async function listen(
  api: Api,
  { host, port, clock }: { readonly host: string; readonly port: number; readonly clock: Clock },
): Promise<Listening> {
  const listener = getRequestListener((request) => api.fetch(request), {
    overrideGlobalObjects: false, // other parts of the process have their own use for Request and Response
    errorHandler: answerUnreadable,
  });
  const server = createServer(
    {
      headersTimeout: headersLimitMs,
      requestTimeout: requestLimitMs,
      keepAliveTimeout: keepAliveMs,
      maxHeaderSize: mostHeaderBytes,
    },
    listener,
  );
  server.maxConnections = mostConnections;
  const address = await bound(server, host, port);
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host: address.address,
    port: address.port,
    origin: `http://${shown}:${address.port}`,
    close: (graceMs) => closeServer(server, clock, graceMs),
  };
}

function bound(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(notBound(cause, host, port)));
    server.listen({ host, port }, () => resolve(server.address() as AddressInfo)); // what a TCP server has
  });
}

function notBound(cause: NodeJS.ErrnoException, host: string, port: number): unknown {
  const why: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something listens there already',
    EACCES: 'this user may not listen there',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this machine has no such address',
  };
  const reason = why[cause.code ?? ''];
  if (reason === undefined) return cause;
  return new CalsyncError('usage', `cannot listen at ${host}, port ${port}: ${reason}; set PORT or HOST`, {
    reason: 'port',
    cause,
  });
}

/** A request that cannot even be read, such as one with a wrong Host. */
function answerUnreadable(thrown: unknown): Response {
  const name = thrown instanceof RequestError ? 'invalid_request' : 'internal';
  const detail =
    name === 'internal' ? 'this is a fault of calsync' : 'the request cannot be read: look at its URL and Host';
  const { status, body } = problemAnswer({ name, detail }, 'none');
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': problemType, Connection: 'close' } });
}

async function closeServer(server: Server, clock: Clock, graceMs: number): Promise<void> {
  const until = clock.now() + graceMs;
  let open = true;
  server.close(() => {
    open = false;
  });
  // A connection that has answered its last request is idle from then on, and nobody else closes it.
  while (open) {
    if (clock.now() >= until) server.closeAllConnections();
    else server.closeIdleConnections();
    await clock.sleep(closePollMs);
  }
}
