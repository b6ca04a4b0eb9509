// One PostgreSQL for a run of vitest, started by the first test that asks for a database (test/support/postgres.ts).
// Here only its watchdog starts: it stops the server and removes its data when the run ends, kill -9 included.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { ProvidedContext } from 'vitest';
import { startWatchdog } from '../../src/sandbox/watchdog-process.ts';
import { serverFiles } from './postgres-server.ts';

const lockLimitMs = 20_000; // a worker that is just starting the server holds the lock

declare module 'vitest' {
  interface ProvidedContext {
    /** The directory of this run's PostgreSQL. */
    readonly postgresDirectory: string;
  }
}

/** What this needs of a vitest project. */
interface Provider {
  provide(name: 'postgresDirectory', value: ProvidedContext['postgresDirectory']): void;
}

export function setup(project: Provider): () => Promise<void> {
  // Not os.tmpdir(): a long one would not leave room for a socket's path.
  const directory = mkdtempSync(join('/tmp', 'calsync-test-'));
  const { lockFile, dataDirectory } = serverFiles(directory);
  const watchdog = startWatchdog({ lockFile, dataDirectory, graceMs: 0, lockLimitMs, removes: directory });
  project.provide('postgresDirectory', directory);
  return () => watchdog.release();
}
