import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { asCalsyncError, CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { type HostedEmulator, hostEmulator } from './emulator-host.ts';
import type { Home } from './home.ts';
import { type ClientMessage, type KeeperMessage, listen, protocolVersion, send } from './protocol.ts';
import { SupervisedPostgres } from './supervised-postgres.ts';

/** Whoever started the keeper needs a moment to find it. */
const arrivalMs = 5_000;

export interface KeeperOptions {
  readonly home: Home;
  /** How long after its last client, or without a first one, the keeper stops. */
  readonly idleMs: number;
  readonly clock: Clock;
  /** Called before PostgreSQL starts, so that it is never without somebody to stop it. */
  readonly guard: (dataDirectory: string) => void;
  /** One line for the keeper's log. */
  readonly log: (line: string) => void;
}

/**
 * Owns a home's PostgreSQL and emulator while it has clients. Its caller holds the home's lock before `run` and until
 * after it. A client is an open connection: the kernel closes it when the client dies.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #server: Server = createServer((socket) => this.#welcome(socket));
  readonly #sockets = new Set<Socket>();
  readonly #clients = new Set<Socket>();
  readonly #startedAtMs: number;
  readonly #ended = Promise.withResolvers<string>();
  readonly #ready = Promise.withResolvers<SupervisedPostgres>();
  #postgres: SupervisedPostgres | null = null;
  #emulator: Promise<HostedEmulator> | null = null;
  #emulatorOrigin: string | null = null;
  #idle = new AbortController();

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#startedAtMs = options.clock.now();
  }

  /** Serves until idle, asked to stop, or unable to go on; then nothing of it runs any more. Gives the reason. */
  async run(): Promise<string> {
    await this.#listen();
    this.#startPostgres().then(this.#ready.resolve, this.#ready.reject);
    this.#ready.promise.catch(() => undefined); // each client is told
    this.#stopWhenIdleFor(Math.max(this.#options.idleMs, arrivalMs));
    const reason = await this.#ended.promise;
    await this.#close();
    return reason;
  }

  /** Ends `run`, which tells the clients and stops everything. */
  stop(reason: string): void {
    this.#ended.resolve(reason);
  }

  async #listen(): Promise<void> {
    // Whoever made it is dead: this process has the lock.
    rmSync(this.#options.home.socketFile, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.home.socketFile, resolve);
    });
  }

  async #startPostgres(): Promise<SupervisedPostgres> {
    const postgres = new SupervisedPostgres(this.#options.home, this.#options.clock);
    this.#postgres = postgres;
    this.#options.guard(postgres.cluster.dataDirectory);
    const { pid } = await postgres.start();
    this.#options.log(`PostgreSQL ${postgres.cluster.binaries.version} runs as process ${pid}`);
    postgres.keepRunning().catch((thrown: unknown) => this.stop(asCalsyncError(thrown).message));
    return postgres;
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.#farewell(socket));
    listen<ClientMessage>(socket, (message) => {
      this.#hear(socket, message).catch(() => socket.destroy());
    });
  }

  #farewell(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#clients.delete(socket) && this.#clients.size === 0) this.#stopWhenIdleFor(this.#options.idleMs);
  }

  async #hear(socket: Socket, message: ClientMessage): Promise<void> {
    switch (message.kind) {
      case 'attach':
        return await this.#attach(socket, message);
      case 'status':
        return send(socket, await this.#status());
      case 'stop':
        return this.stop('asked to');
    }
  }

  async #attach(socket: Socket, message: ClientMessage & { kind: 'attach' }): Promise<void> {
    this.#clients.add(socket);
    this.#idle.abort();
    try {
      assertProtocol(message.protocol);
      const { socketDirectory } = (await this.#ready.promise).cluster;
      const emulator = message.emulator ? (await this.#hostedEmulator()).address : null;
      send(socket, { kind: 'ready', socketDirectory, emulator });
    } catch (thrown) {
      this.#refuse(socket, asCalsyncError(thrown));
    }
  }

  #refuse(socket: Socket, error: CalsyncError): void {
    this.#options.log(`a client was refused: ${error.message}${causeOf(error)}`);
    const { kind, reason, message } = error;
    socket.end(
      `${JSON.stringify({ kind: 'failed', error: kind, reason: reason ?? null, message } satisfies KeeperMessage)}\n`,
    );
    if (reason !== 'protocol') this.stop('it could not serve');
  }

  #hostedEmulator(): Promise<HostedEmulator> {
    this.#emulator ??= hostEmulator(this.#options.home).then((emulator) => {
      this.#emulatorOrigin = emulator.address.origin;
      this.#options.log(`the emulator answers at ${emulator.address.origin}`);
      return emulator;
    });
    return this.#emulator;
  }

  async #status(): Promise<KeeperMessage> {
    const postgres = await this.#ready.promise;
    const { binaries, dataDirectory, socketDirectory } = postgres.cluster;
    return {
      kind: 'status',
      keeperPid: process.pid,
      startedAtMs: this.#startedAtMs,
      postgresPid: postgres.pid(),
      postgresVersion: binaries.version,
      dataDirectory,
      socketDirectory,
      clients: this.#clients.size,
      emulatorOrigin: this.#emulatorOrigin,
    };
  }

  #stopWhenIdleFor(idleMs: number): void {
    this.#idle.abort();
    const idle = new AbortController();
    this.#idle = idle;
    this.#options.clock.sleep(idleMs, idle.signal).then(
      () => this.stop('nobody needs it'),
      () => undefined, // a client came
    );
  }

  async #close(): Promise<void> {
    this.#idle.abort();
    this.#server.close();
    for (const client of this.#clients) send(client, { kind: 'stopping' });
    await this.#ready.promise.catch(() => undefined);
    await this.#postgres?.stop();
    const emulator = await this.#emulator?.catch(() => undefined);
    await emulator?.close();
    // Last: whoever asked for the stop takes the end of the connection for the end of it all.
    for (const socket of this.#sockets) socket.destroySoon();
  }
}

function assertProtocol(protocol: number): void {
  if (protocol === protocolVersion) return;
  throw new CalsyncError(
    'usage',
    'Another version of calsync keeps the database of this home. Run "calsync db stop" and try again.',
    { reason: 'protocol' },
  );
}

function causeOf(error: CalsyncError): string {
  return error.cause instanceof Error ? ` (${error.cause.message.split('\n')[0]})` : '';
}
