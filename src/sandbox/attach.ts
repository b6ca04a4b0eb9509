import { connect, type Socket } from 'node:net';
import { CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { superuser } from './cluster.ts';
import { type Home, openHome } from './home.ts';
import { startKeeper } from './keeper-process.ts';
import {
  type ClientMessage,
  type EmulatorAddress,
  type KeeperMessage,
  listen,
  protocolVersion,
  send,
} from './protocol.ts';

export interface AttachOptions {
  /** CALSYNC_HOME; made when missing. */
  readonly home: string;
  readonly needs: { readonly emulator: boolean };
  readonly clock: Clock;
  /** For a keeper that this call starts: how long it stays after its last client. */
  readonly idleMs?: number;
}

/** What `pg` needs to connect: `host` is the directory of a unix socket. */
export interface PostgresAddress {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** A claim on the home's PostgreSQL (and emulator): they run until `detach`, or the end of this process. */
export interface Attachment {
  readonly postgres: PostgresAddress;
  /** The same as `postgres`, as `pg` and libpq both read it. */
  readonly databaseUrl: string;
  /** Null unless it was asked for. */
  readonly emulator: EmulatorAddress | null;
  detach(): void;
}

const defaultIdleMs = 10_000;

/** A first start with recovery is bounded by PostgreSQL's own limit (120 s); a keeper that ends first is waited for. */
const attachLimitMs = 180_000;
const firstPauseMs = 10;
const longestPauseMs = 500;
const mostFailedKeepers = 3;
const mostReattachments = 5;
const reattachPauseMs = 1_000;

/**
 * Makes the embedded PostgreSQL of `home` run, together with whatever other processes use it. The keeper is started if
 * none is there, and again if it is killed while this attachment lasts. Throws `usage` (says what to change) or
 * `transient`.
 */
export async function attachSandbox(options: AttachOptions): Promise<Attachment> {
  const home = openHome(options.home);
  const attached = await attachOnce(home, options);
  const postgres = { host: attached.ready.socketDirectory, user: superuser, database: 'postgres' };
  const claim = new Claim(home, options, attached.socket);
  return {
    postgres,
    databaseUrl: `postgresql://${postgres.user}@/${postgres.database}?host=${encodeURIComponent(postgres.host)}`,
    emulator: attached.ready.emulator,
    detach: () => claim.release(),
  };
}

/** The connection that keeps the keeper, made anew when the keeper dies. */
class Claim {
  readonly #home: Home;
  readonly #options: AttachOptions;
  readonly #released = new AbortController();
  #socket: Socket;

  constructor(home: Home, options: AttachOptions, socket: Socket) {
    this.#home = home;
    this.#options = options;
    this.#socket = this.#hold(socket);
  }

  release(): void {
    this.#released.abort();
    this.#socket.end();
  }

  #hold(socket: Socket): Socket {
    let stopping = false;
    listen<KeeperMessage>(socket, (message) => {
      stopping ||= message.kind === 'stopping'; // somebody wants it stopped: then it is not started again
    });
    socket.on('close', () => {
      if (!stopping && !this.#released.signal.aborted) void this.#reattach();
    });
    socket.unref(); // a claim alone keeps no process running
    return socket;
  }

  async #reattach(): Promise<void> {
    for (let attempt = 0; attempt < mostReattachments; attempt += 1) {
      try {
        const { socket } = await attachOnce(this.#home, this.#options, this.#released.signal);
        this.#socket = this.#hold(socket);
        if (this.#released.signal.aborted) socket.end();
        return;
      } catch {
        // What is wrong shows to the user where the database is used; here it is only tried again.
        await this.#options.clock.sleep(reattachPauseMs, this.#released.signal).catch(() => undefined);
        if (this.#released.signal.aborted) return;
      }
    }
  }
}

interface Attached {
  readonly socket: Socket;
  readonly ready: KeeperMessage & { readonly kind: 'ready' };
}

async function attachOnce(home: Home, options: AttachOptions, signal?: AbortSignal): Promise<Attached> {
  const { clock, idleMs = defaultIdleMs, needs } = options;
  const deadline = clock.now() + attachLimitMs;
  const starter = new Starter(home, idleMs);
  for (let pauseMs = firstPauseMs; clock.now() < deadline; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const socket = await connectTo(home.socketFile);
    const attached = socket === null ? null : await askToAttach(socket, needs.emulator);
    if (attached !== null) return attached;
    starter.startIfNone();
    await clock.sleep(pauseMs, signal);
  }
  throw new CalsyncError(
    'transient',
    `The embedded database of ${home.directory} did not answer within ${attachLimitMs / 1000} s. Its logs: ${home.keeperLog}, ${home.postgresLog}.`,
    { reason: 'attach_timeout' },
  );
}

/** Starts keepers one after the other, as long as each ended because another one held the home. */
class Starter {
  readonly #home: Home;
  readonly #idleMs: number;
  #running = false;
  #failed = 0;

  constructor(home: Home, idleMs: number) {
    this.#home = home;
    this.#idleMs = idleMs;
  }

  startIfNone(): void {
    if (this.#running) return;
    if (this.#failed >= mostFailedKeepers) throw this.#keeperFails();
    this.#running = true;
    void startKeeper(this.#home, this.#idleMs).exit.then((code) => {
      this.#running = false;
      if (code !== 0) this.#failed += 1;
    });
  }

  #keeperFails(): CalsyncError {
    return new CalsyncError(
      'transient',
      `The keeper of the embedded database ended at once, ${this.#failed} times. Its log: ${this.#home.keeperLog}.`,
      { reason: 'keeper_start' },
    );
  }
}

/** Null when nobody listens there. */
export function connectTo(socketFile: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketFile);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'EACCES' || thrown.code === 'EPERM') reject(foreignKeeper(socketFile));
      else resolve(null);
    });
  });
}

/** Null when the keeper ended before it answered. Throws what the keeper could not do. */
async function askToAttach(socket: Socket, emulator: boolean): Promise<Attached | null> {
  const answer = await ask(socket, { kind: 'attach', protocol: protocolVersion, emulator });
  if (answer === null) return null;
  if (answer.kind === 'ready') return { socket, ready: answer };
  socket.destroy();
  if (answer.kind !== 'failed') return null;
  throw new CalsyncError(answer.error, answer.message, answer.reason === null ? {} : { reason: answer.reason });
}

/** The first message that comes back, or null if the connection ends without one. */
export function ask(socket: Socket, message: ClientMessage): Promise<KeeperMessage | null> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(null));
    socket.on('error', () => undefined); // 'close' follows
    listen<KeeperMessage>(socket, resolve);
    send(socket, message);
  });
}

function foreignKeeper(socketFile: string): CalsyncError {
  return new CalsyncError(
    'usage',
    `The keeper of this CALSYNC_HOME belongs to another user (${socketFile}). Run calsync as that user, or set CALSYNC_HOME to another directory.`,
    { reason: 'keeper_owner' },
  );
}
