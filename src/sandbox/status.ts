import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { ask, connectTo } from './attach.ts';
import { findHome, type Home } from './home.ts';
import { findDataDirectory } from './place.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { tryProcessLock } from './process-lock.ts';
import type { KeeperStatus } from './protocol.ts';
import { waitUntil } from './wait-until.ts';

export type SandboxStatus =
  /** No embedded database was ever made there. */
  | { readonly kind: 'absent' }
  /** `postgresPid`: still running without a keeper, about to be stopped. */
  | {
      readonly kind: 'stopped';
      readonly dataDirectory: string;
      readonly dataBytes: number;
      readonly postgresPid: number | null;
    }
  | ({ readonly kind: 'running'; readonly dataBytes: number } & KeeperStatus);

const stopLimitMs = 30_000;

/** What runs for `home`; starts nothing and makes nothing. */
export async function sandboxStatus(path: string): Promise<SandboxStatus> {
  const home = findHome(path);
  const dataDirectory = home === null ? null : findDataDirectory(home);
  if (home === null || dataDirectory === null) return { kind: 'absent' };
  const dataBytes = sizeOf(dataDirectory);
  const socket = await connectTo(home.socketFile);
  const answer = socket === null ? null : await ask(socket, { kind: 'status' });
  socket?.destroy();
  if (answer?.kind === 'status') return { ...answer, kind: 'running', dataBytes };
  return { kind: 'stopped', dataDirectory, dataBytes, postgresPid: findPostmaster(dataDirectory)?.pid ?? null };
}

/**
 * Stops what runs for `home`, whoever uses it, and waits until it has ended. False when nothing ran. Throws
 * `transient` when it has not ended within 30 s.
 */
export async function stopSandbox(path: string, clock: Clock): Promise<boolean> {
  const home = findHome(path);
  const dataDirectory = home === null ? null : findDataDirectory(home);
  if (home === null || dataDirectory === null) return false;
  const socket = await connectTo(home.socketFile);
  const ranBefore = socket !== null || findPostmaster(dataDirectory) !== null;
  if (socket !== null) await ask(socket, { kind: 'stop' });
  await stopRest(home, dataDirectory, clock);
  return ranBefore;
}

/** With the lock in hand no keeper is left; what one left behind is stopped here. */
async function stopRest(home: Home, dataDirectory: string, clock: Clock): Promise<void> {
  const lock = await waitUntil(clock, stopLimitMs, () => tryProcessLock(home.lockFile));
  if (lock === null) {
    throw new CalsyncError(
      'transient',
      `The keeper of ${home.directory} has not ended within ${stopLimitMs / 1000} s. Its log: ${home.keeperLog}.`,
      {
        reason: 'stop_timeout',
      },
    );
  }
  try {
    await stopPostmaster(dataDirectory, clock);
  } finally {
    lock.release();
  }
}

/** Bytes of all files below; what vanishes in between counts nothing. */
function sizeOf(path: string): number {
  try {
    const found = lstatSync(path);
    if (!found.isDirectory()) return found.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
