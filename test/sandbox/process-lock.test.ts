import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tryProcessLock } from '../../src/sandbox/process-lock.ts';
import { nodeOptions } from '../../src/sandbox/watchdog-process.ts';

const directory = mkdtempSync('/tmp/calsync-lock-');
afterAll(() => rmSync(directory, { recursive: true }));

const module = new URL('../../src/sandbox/process-lock.ts', import.meta.url).href;
const holder = `
  const { tryProcessLock } = await import(${JSON.stringify(module)});
  console.log(tryProcessLock(process.argv[1]) === null ? 'busy' : 'held');
  process.stdin.resume(); // ends with the test, even with one that fails
`;

async function startHolder(file: string) {
  const child = spawn(process.execPath, [...nodeOptions, '--input-type=module', '--eval', holder, file]);
  const [said] = await once(child.stdout, 'data');
  return { child, said: String(said).trim() };
}

test('the lock of a living process is not had by another, and is free as soon as it is killed', async () => {
  const file = join(directory, 'a');
  const { child, said } = await startHolder(file);
  expect(said).toBe('held');
  expect(tryProcessLock(file)).toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  const lock = tryProcessLock(file);
  expect(lock).not.toBeNull();
  lock?.release();
});

test('a lock that was released can be had by another process', async () => {
  const file = join(directory, 'b');
  const lock = tryProcessLock(file);
  const early = await startHolder(file);
  lock?.release();
  const late = await startHolder(file);
  expect([early.said, late.said]).toEqual(['busy', 'held']);
  for (const { child } of [early, late]) child.kill('SIGKILL');
});

test('a lock file that cannot be made is a matter of usage, not a lock held by somebody', () => {
  expect(() => tryProcessLock(join(directory, 'missing', 'lock'))).toThrow(
    expect.objectContaining({ kind: 'usage', reason: 'lock_file' }),
  );
});
