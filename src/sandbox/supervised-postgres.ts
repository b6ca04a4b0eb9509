import { asCalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { findBinaries } from './binaries.ts';
import { type Cluster, ensureCluster } from './cluster.ts';
import type { Home } from './home.ts';
import { choosePlace } from './place.ts';
import { endPostmaster, type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts';
import { isRunning } from './process-table.ts';
import { postgresUser } from './system-user.ts';

const lookMs = 100;
/** A start that fails is tried again: what is in its way is often the dying rest of the last one. */
const startPausesMs = [200, 500, 1_000, 2_000];

/** A home's PostgreSQL, kept running until it is stopped. */
export class SupervisedPostgres {
  readonly cluster: Cluster;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #current: Postmaster | null = null;

  constructor(home: Home, clock: Clock) {
    const user = postgresUser();
    this.cluster = {
      ...choosePlace(home, user),
      binaries: findBinaries(user),
      user,
      logFile: home.postgresLog,
      durable: true,
    };
    this.#clock = clock;
  }

  /** Resolves when connections are accepted. Throws `usage` or `transient`. */
  async start(): Promise<Postmaster> {
    await ensureCluster(this.cluster);
    this.#current = await this.#startWithRetries();
    return this.#current;
  }

  /** Starts it again whenever it ends. Resolves after `stop`; throws when it cannot be started again. */
  async keepRunning(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#current === null || !isRunning(this.#current.pid)) this.#current = await this.#startWithRetries();
      await this.#clock.sleep(lookMs, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Ends the one that was started here: if the home was removed and made anew, another one has its place. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (this.#current === null) await stopPostmaster(this.cluster.dataDirectory, this.#clock);
    else await endPostmaster(this.#current.pid, this.#clock);
  }

  pid(): number | null {
    return this.#current !== null && isRunning(this.#current.pid) ? this.#current.pid : null;
  }

  async #startWithRetries(): Promise<Postmaster> {
    for (const pauseMs of startPausesMs) {
      try {
        return await startPostmaster(this.cluster, this.#clock);
      } catch (thrown) {
        if (asCalsyncError(thrown).kind !== 'transient') throw thrown;
        await this.#clock.sleep(pauseMs, this.#stop.signal);
      }
    }
    return await startPostmaster(this.cluster, this.#clock);
  }
}
