import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CalsyncError } from '../core/error.ts';
import { type Binaries, runAs } from './binaries.ts';
import { currentUid, type SystemUser } from './system-user.ts';

/** Everything that starting a PostgreSQL of our own takes. Both directories are private to `user`. */
export interface Cluster {
  readonly binaries: Binaries;
  /** Null: the user of this process. */
  readonly user: SystemUser | null;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
  readonly logFile: string;
  /** False only for data that nobody will miss: PostgreSQL then never waits for the disk. */
  readonly durable: boolean;
}

export const superuser = 'calsync';

const builtinLocaleSince = 17;
const runProgram = promisify(execFile);

/** Makes the cluster's directories and its data when they are not there. Throws `usage`. */
export async function ensureCluster(cluster: Cluster): Promise<void> {
  makePrivate(cluster.socketDirectory, cluster.user);
  removeUnfinished(cluster.dataDirectory);
  if (existsSync(cluster.dataDirectory)) return assertUsable(cluster);
  await initialise(cluster);
}

function makePrivate(directory: string, user: SystemUser | null): void {
  try {
    if (mkdirSync(directory, { recursive: true, mode: 0o700 }) !== undefined && user !== null) {
      chownSync(directory, user.uid, user.gid);
    }
  } catch (cause) {
    throw new CalsyncError('usage', `${directory} cannot be made. Make its parent writable, or set DATABASE_URL.`, {
      reason: 'directory',
      cause,
    });
  }
  assertOwner(directory, user);
}

function assertOwner(directory: string, user: SystemUser | null): void {
  const uid = user?.uid ?? currentUid();
  const owner = statSync(directory).uid;
  if (owner === uid) return;
  throw new CalsyncError(
    'usage',
    `${directory} belongs to user id ${owner}, but PostgreSQL would run as user id ${uid}. Run calsync as the user who made it, or set CALSYNC_HOME to another directory.`,
    { reason: 'directory_owner' },
  );
}

/** The asides of killed starts. An initdb that outlived its keeper may still write there; then the next start does it. */
function removeUnfinished(dataDirectory: string): void {
  const asides = readdirSync(dirname(dataDirectory)).filter((name) =>
    name.startsWith(`${basename(dataDirectory)}.new-`),
  );
  for (const name of asides) {
    try {
      rmSync(join(dirname(dataDirectory), name), { recursive: true, force: true });
    } catch {
      // Not worth a failed start.
    }
  }
}

/** Made aside and renamed: an initdb that is interrupted leaves data that looks whole. */
async function initialise(cluster: Cluster): Promise<void> {
  const aside = `${cluster.dataDirectory}.new-${process.pid}`;
  makePrivate(aside, cluster.user);
  const program = join(cluster.binaries.directory, 'bin', 'initdb');
  const options = ['--pgdata', aside, '--username', superuser, '--encoding', 'UTF8', ...locale(cluster)];
  const access = ['--auth-local=trust', '--auth-host=reject', ...(cluster.durable ? [] : ['--no-sync'])];
  const environment = { LC_ALL: 'C', TZ: 'UTC' };
  try {
    await runProgram(program, [...options, ...access], { cwd: '/', env: environment, ...runAs(cluster.user) });
    renameSync(aside, cluster.dataDirectory);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    throw new CalsyncError(
      'usage',
      `PostgreSQL could not make its data in ${cluster.dataDirectory} (${said(cause)}). Mend that, or set CALSYNC_HOME to another directory.`,
      {
        reason: 'initdb',
        cause,
      },
    );
  }
}

/** Text sorts by code point and is classified by Unicode, the same on every machine; no locale of the system is used. */
function locale(cluster: Cluster): string[] {
  if (majorOf(cluster.binaries.version) < builtinLocaleSince) return ['--locale=C'];
  return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
}

function said(cause: unknown): string {
  const stderr = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
  const lines = stderr.split('\n').filter((line) => line.includes('error:') || line.includes('FATAL'));
  return (
    lines
      .at(-1)
      ?.replace(/^.*?(FATAL|error):\s*/, '')
      .trim() ?? 'it gave no reason'
  );
}

function assertUsable(cluster: Cluster): void {
  assertOwner(cluster.dataDirectory, cluster.user);
  const made = madeBy(cluster.dataDirectory);
  const have = String(majorOf(cluster.binaries.version));
  if (made === have) return;
  throw new CalsyncError(
    'usage',
    `The data in ${cluster.dataDirectory} was made by PostgreSQL ${made}; this calsync brings PostgreSQL ${have}. Use the calsync that made it, or set CALSYNC_HOME to another directory.`,
    { reason: 'postgres_version' },
  );
}

function madeBy(dataDirectory: string): string {
  const file = join(dataDirectory, 'PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'of an unknown version';
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
