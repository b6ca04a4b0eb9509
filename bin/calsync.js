#!/usr/bin/env node
// Starts calsync under a Node that can run it: the one it brings along, or this one if it is new enough.
// Old syntax on purpose: this file must be understood by any Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const inCheckout = existsSync(join(root, 'src', 'cli', 'main.ts'));
const entry = inCheckout ? join(root, 'src', 'cli', 'main.ts') : join(root, 'dist', 'cli', 'main.js');

function runsHere() {
  const parts = process.versions.node.split('.').map(Number);
  return parts[0] > 22 || (parts[0] === 22 && parts[1] >= 18);
}

function packagedNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const places = [join(root, 'node_modules', name, 'bin', file), join(root, '..', name, 'bin', file)];
  return places.find((place) => existsSync(place));
}

if (inCheckout && !existsSync(join(root, 'node_modules'))) {
  process.stderr.write('calsync: its packages are not installed. Run: npm ci\n');
  process.exit(1);
}

if (runsHere()) {
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv);
} else {
  const node = packagedNode();
  if (node === undefined) {
    process.stderr.write(
      'calsync needs Node 22.18 or later; this is ' +
        process.versions.node +
        ' and no packaged Node was found. Run: npm ci\n',
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(process.argv.slice(2)), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal !== null) process.kill(process.pid, signal);
    else process.exitCode = code === null ? 1 : code;
  });
}
