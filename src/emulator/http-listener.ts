import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Call, ConnectionLost } from './call.ts';

export interface ListenOptions {
  /** A free one when not given. */
  readonly port?: number;
  /** Loopback when not given. */
  readonly host?: string;
}

export interface Listening {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly origin: string;
  readonly port: number;
  /** Stops listening and drops open connections. */
  close(): Promise<void>;
}

const keepAliveMs = 65_000;
/** Events of 32 kB of properties and long descriptions fit many times over. */
const largestBodyBytes = 5_000_000;

/** Serves over plain HTTP. Rejects when the port is taken. */
export async function listenOn(
  answer: (call: Call) => Promise<Answer>,
  { port = 0, host = '127.0.0.1' }: ListenOptions,
): Promise<Listening> {
  const server = createServer((request, response) => void serve(request, response, answer));
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + 1000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { origin: `http://${shownHost}:${bound}`, port: bound, close: () => closeServer(server) };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (call: Call) => Promise<Answer>,
): Promise<void> {
  try {
    const body = await readBody(request);
    send(response, await answer(callOf(request, body)));
  } catch (thrown) {
    if (thrown instanceof ConnectionLost || response.headersSent) {
      request.socket.destroy();
      return;
    }
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    send(response, { status: 500, headers: { 'content-type': 'text/plain' }, body: `emulator failure: ${message}` });
  }
}

function callOf(request: IncomingMessage, body: string): Call {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET') return '';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) throw new ConnectionLost('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
  response.end(body);
}
