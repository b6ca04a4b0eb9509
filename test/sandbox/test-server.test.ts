import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findPostmaster } from '../../src/sandbox/postmaster.ts';
import { isRunning } from '../../src/sandbox/process-table.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { waitUntil } from '../../src/sandbox/wait-until.ts';
import { nodeOptions } from '../../src/sandbox/watchdog-process.ts';
import { serverFiles } from '../support/postgres-server.ts';

const script = fileURLToPath(new URL('run-owner-process.ts', import.meta.url));

async function startRun() {
  const child = spawn(process.execPath, [...nodeOptions, script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout, 'data');
  const directory = String(said).trim();
  const postmaster = findPostmaster(serverFiles(directory).dataDirectory);
  return { child, directory, pid: postmaster?.pid ?? Number.NaN };
}

test('a run of tests that is killed leaves no server and no data, and another one at the same time goes on', async () => {
  const [killed, other] = await Promise.all([startRun(), startRun()]);
  killed.child.kill('SIGKILL');
  const gone = () => (!isRunning(killed.pid) && !existsSync(killed.directory) ? true : null);
  expect(await waitUntil(systemClock, 20_000, gone)).toBe(true);
  expect(isRunning(other.pid)).toBe(true);
  other.child.kill('SIGKILL');
  expect(await waitUntil(systemClock, 20_000, () => (existsSync(other.directory) ? null : true))).toBe(true);
});
