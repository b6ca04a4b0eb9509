/** A PostgreSQL for simulations, outside of vitest: started here, ended by its watchdog when this process ends. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startWatchdog } from '../../src/sandbox/watchdog-process.ts';
import { serverFiles, withServer } from '../support/postgres-server.ts';

const lockLimitMs = 20_000;

/** Answers the socket directory and what ends the server. */
export async function startServer(): Promise<{ readonly host: string; readonly stop: () => Promise<void> }> {
  const directory = mkdtempSync(join('/tmp', 'calsync-simulation-'));
  const { lockFile, dataDirectory } = serverFiles(directory);
  const watchdog = startWatchdog({ lockFile, dataDirectory, graceMs: 0, lockLimitMs, removes: directory });
  const host = await withServer(directory, (socketDirectory) => Promise.resolve(socketDirectory));
  return { host, stop: () => watchdog.release() };
}
