// What a client and the keeper say to each other: one JSON document a line, over a socket that only their user can open.
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ErrorKind } from '../core/error.ts';

/** Raised with every change that an older or newer program would misread. */
export const protocolVersion = 1;

export type ClientMessage =
  /** From now on a client; its end is the end of the connection. Answered by `ready` or `failed`. */
  | { readonly kind: 'attach'; readonly protocol: number; readonly emulator: boolean }
  /** Answered by `status`. */
  | { readonly kind: 'status' }
  /** Answered by `stopping` to every client; the connection ends when all has stopped. */
  | { readonly kind: 'stop' };

export type KeeperMessage =
  | { readonly kind: 'ready'; readonly socketDirectory: string; readonly emulator: EmulatorAddress | null }
  | { readonly kind: 'failed'; readonly error: ErrorKind; readonly reason: string | null; readonly message: string }
  | ({ readonly kind: 'status' } & KeeperStatus)
  | { readonly kind: 'stopping' };

/** Where the sandbox's Google answers. */
export interface EmulatorAddress {
  readonly origin: string;
  readonly secret: string;
}

export interface KeeperStatus {
  readonly keeperPid: number;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly postgresPid: number | null;
  readonly postgresVersion: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly clients: number;
  readonly emulatorOrigin: string | null;
}

export function send(socket: Socket, message: ClientMessage | KeeperMessage): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `heard` with each message. The kinds are trusted: both ends are calsync, of one user. */
export function listen<Message extends { readonly kind: string }>(
  socket: Socket,
  heard: (message: Message) => void,
): void {
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('error', () => undefined); // the socket's own close tells
  lines.on('line', (line) => {
    const message = parse<Message>(line);
    if (message === null) socket.destroy();
    else heard(message);
  });
}

function parse<Message>(line: string): Message | null {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return null;
  }
}
