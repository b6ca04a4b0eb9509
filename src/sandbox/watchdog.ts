import { rmSync } from 'node:fs';
import type { Clock } from '../core/ports.ts';
import { stopPostmaster } from './postmaster.ts';
import { type ProcessLock, tryProcessLock } from './process-lock.ts';
import { waitUntil } from './wait-until.ts';

/** What a watchdog does once its owner is gone. */
export interface WatchdogOrders {
  /** Held by whoever may start or stop the PostgreSQL. */
  readonly lockFile: string;
  readonly dataDirectory: string;
  /** How long a successor has to take over. */
  readonly graceMs: number;
  /** How long to wait for the lock after that; 0: whoever holds it is the successor. */
  readonly lockLimitMs: number;
  /** Removed with everything in it at the end; null: nothing is. */
  readonly removes: string | null;
}

/** Stops the PostgreSQL that its owner left behind, unless a successor has taken the lock. */
export async function carryOut(orders: WatchdogOrders, clock: Clock): Promise<'stood_down' | 'stopped'> {
  await clock.sleep(orders.graceMs);
  const lock = await waitUntil(clock, orders.lockLimitMs, () => lockOrGone(orders.lockFile));
  if (lock === null || lock === 'gone') return 'stood_down';
  await stopPostmaster(orders.dataDirectory, clock);
  if (orders.removes !== null) rmSync(orders.removes, { recursive: true, force: true, maxRetries: 5 });
  lock.release();
  return 'stopped';
}

function lockOrGone(file: string): ProcessLock | 'gone' | null {
  try {
    return tryProcessLock(file);
  } catch {
    return 'gone'; // the home was removed, and all that it named
  }
}
