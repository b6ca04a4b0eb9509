import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { secretKey } from '../../src/sandbox/secret-key.ts';

let home = '';
afterEach(() => rmSync(home, { recursive: true, force: true }));

const module = new URL('../../src/sandbox/secret-key.ts', import.meta.url).href;
const reader = `
  const { secretKey } = await import(${JSON.stringify(module)});
  console.log(secretKey(process.argv[1]));
`;

async function readInAnotherProcess(): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', reader, home]);
  const [said] = await once(child.stdout, 'data');
  return String(said).trim();
}

test('processes that make the key at once get the same, of 32 bytes, for this user alone', async () => {
  home = mkdtempSync('/tmp/calsync-secret-');
  const keys = await Promise.all(Array.from({ length: 6 }, readInAnotherProcess));
  expect(new Set([...keys, secretKey(home)]).size).toBe(1);
  expect(Buffer.from(secretKey(home), 'base64')).toHaveLength(32);
  expect(statSync(join(home, 'secret-key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(home).toSorted(), 'nothing half made is left').toEqual(['home-id', 'secret-key']);
});

test('each home has a key of its own', () => {
  home = mkdtempSync('/tmp/calsync-secret-');
  expect(secretKey(join(home, 'a'))).not.toBe(secretKey(join(home, 'b')));
});
