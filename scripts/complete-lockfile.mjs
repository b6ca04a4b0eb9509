// Adds to package-lock.json the packages of other platforms that npm left out because they could not be looked up where the
// lockfile was made. Without them `npm ci` takes the lockfile for outdated; with them it skips them here and installs them there.
// Runs under any Node: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const file = join(dirname(fileURLToPath(import.meta.url)), '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = [
  'darwin',
  'linux',
  'win32',
  'windows',
  'freebsd',
  'netbsd',
  'openbsd',
  'android',
  'openharmony',
  'sunos',
  'aix',
  'wasm32',
];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'universal'];

function platformOf(name) {
  const words = name.split('/').pop().split(/[-.]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined) return null;
  return {
    os: [os === 'windows' ? 'win32' : os],
    ...(cpu === undefined || cpu === 'universal' ? {} : { cpu: [cpu] }),
    ...(words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {}),
    ...(words.includes('gnu') ? { libc: ['glibc'] } : {}),
  };
}

/** Where npm would put a dependency of the package at `path`, or finds it. */
function placeOf(path, name) {
  for (let at = path; ; ) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return place;
    if (at === '') return null;
    const parent = at.lastIndexOf('/node_modules/');
    at = parent < 0 ? '' : at.slice(0, parent);
  }
}

/** A missing package goes beside the one for this platform: the deepest place where any of them is. */
function siblingFolder(path, names) {
  const places = names.map((name) => placeOf(path, name)?.slice(0, -name.length) ?? 'node_modules/');
  return places.reduce((deepest, place) => (place.length > deepest.length ? place : deepest), 'node_modules/');
}

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  const names = Object.keys(entry.optionalDependencies ?? {});
  for (const name of names) {
    const wanted = entry.optionalDependencies[name].replace(/^[~^]/, '');
    const platform = platformOf(name);
    if (platform === null || !/^\d/.test(wanted)) continue;
    const place = `${siblingFolder(path, names)}${name}`;
    if (lock.packages[place] !== undefined) continue;
    lock.packages[place] = { version: wanted, ...(entry.dev ? { dev: true } : {}), optional: true, ...platform };
    added += 1;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms added\n`);
