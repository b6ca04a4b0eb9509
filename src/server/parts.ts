import type { Clock, Random } from '../core/ports.ts';
import type { Db } from '../store/database.ts';
import type { RequestEntry } from './request-log.ts';
import type { Waits } from './wait-for-google.ts';

/** What the HTTP door is made of. */
export interface ServerParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** Opens everything; compared in memory. */
  readonly adminToken: string;
  /** Told of every request once it is answered. */
  readonly onRequest: (entry: RequestEntry) => void;
  /** Aborted when the server is to end: streams end, `readyz` says so. */
  readonly closing: AbortSignal;
}

/** The same at work. */
export interface RunningParts extends ServerParts {
  readonly waits: Waits;
}
