import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { runAs } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { openLogFile } from './log-file.ts';
import { isRunning, isZombie, processesIn, worksIn } from './process-table.ts';
import { waitUntil } from './wait-until.ts';

/** A PostgreSQL that accepts connections. */
export interface Postmaster {
  readonly pid: number;
  /** Seconds since 1970. */
  readonly startedAtSeconds: number;
}

/** Replaying the log of a large interrupted write takes its time; more than this is no start. */
const startLimitMs = 120_000;
const leftoverLimitMs = 10_000;
const fastStopMs = 8_000;
const immediateStopMs = 4_000;
const killMs = 2_000;

/** Starts PostgreSQL, or finds it running, and waits until it accepts connections. Throws `transient` or `usage`. */
export async function startPostmaster(cluster: Cluster, clock: Clock): Promise<Postmaster> {
  const running = findPostmaster(cluster.dataDirectory);
  const logged = sizeOf(cluster.logFile);
  const pid = running?.pid ?? (await launch(cluster, clock));
  const ready = await waitUntil(clock, startLimitMs, () => readyOrEnded(cluster.dataDirectory, pid));
  if (ready === null || ready === 'ended') throw startFailed(cluster, ready, logged);
  return ready;
}

async function launch(cluster: Cluster, clock: Clock): Promise<number> {
  await waitUntil(clock, leftoverLimitMs, () => (clearLeftovers(cluster.dataDirectory) ? true : null));
  const child = spawnPostgres(cluster);
  child.unref();
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  if (child.pid === undefined) return await failed;
  return child.pid;
}

/**
 * Whether no process of an earlier PostgreSQL is left. Its children outlive a killed postmaster for a moment, and
 * PostgreSQL refuses to start beside them. PostgreSQL also refuses while the id in its pid file is taken, by a zombie
 * (a container whose first process reaps nobody keeps it for ever) or by a stranger: then the file is removed here.
 */
function clearLeftovers(dataDirectory: string): boolean {
  if (processesIn(dataDirectory).length > 0 || findPostmaster(dataDirectory) !== null) return false;
  const file = readPidFile(dataDirectory);
  if (file !== null && (isZombie(file.pid) || isRunning(file.pid))) {
    rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  }
  return true;
}

function spawnPostgres(cluster: Cluster): ChildProcess {
  const log = openLogFile(cluster.logFile);
  const settings = Object.entries(settingsOf(cluster)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  try {
    // In a session of its own: a Ctrl-C at the terminal is for the command, not for its database.
    return spawn(join(cluster.binaries.directory, 'bin', 'postgres'), ['-D', cluster.dataDirectory, ...settings], {
      detached: true,
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', log, log],
      ...runAs(cluster.user),
    });
  } finally {
    closeSync(log);
  }
}

/** Given on the command line, so that they follow the program's version and not the day the data was made. */
function settingsOf(cluster: Cluster): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: cluster.socketDirectory,
    unix_socket_permissions: '0700',
    max_connections: '300',
    shared_buffers: cluster.durable ? '128MB' : '32MB',
    max_wal_size: '512MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    fsync: cluster.durable ? 'on' : 'off',
    synchronous_commit: cluster.durable ? 'on' : 'off',
    full_page_writes: cluster.durable ? 'on' : 'off',
    // A failed statement's values are event text, which no log may hold.
    log_min_messages: 'fatal',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  };
}

/** The PostgreSQL that runs on the data, starting ones included; null when there is none. */
export function findPostmaster(dataDirectory: string): Postmaster | null {
  const file = readPidFile(dataDirectory);
  if (file === null || !isRunning(file.pid) || !worksIn(file.pid, dataDirectory)) return null;
  return file;
}

function readyOrEnded(dataDirectory: string, pid: number): Postmaster | 'ended' | null {
  if (!isRunning(pid)) return 'ended';
  const file = readPidFile(dataDirectory);
  return file !== null && file.pid === pid && file.ready ? file : null;
}

interface PidFile extends Postmaster {
  readonly ready: boolean;
}

/** Lines of postmaster.pid: id, data directory, start, port, socket directory, address, shared memory, state. */
function readPidFile(dataDirectory: string): PidFile | null {
  let lines: string[];
  try {
    lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  return { pid, startedAtSeconds: Number(lines[2]), ready: lines[7]?.trim() === 'ready' };
}

/** Stops the PostgreSQL that runs on the data, if any, and what a killed one left behind. Takes at most 15 s. */
export async function stopPostmaster(dataDirectory: string, clock: Clock): Promise<void> {
  const running = findPostmaster(dataDirectory);
  if (running !== null) await endPostmaster(running.pid, clock);
  for (const orphan of processesIn(dataDirectory)) send(orphan, 'SIGQUIT');
}

/** Ends that PostgreSQL: first as if asked to (connections are closed, all is written), then without ceremony. */
export async function endPostmaster(pid: number, clock: Clock): Promise<void> {
  const stages = [
    { signal: 'SIGINT', limitMs: fastStopMs },
    { signal: 'SIGQUIT', limitMs: immediateStopMs },
    { signal: 'SIGKILL', limitMs: killMs },
  ] as const;
  for (const { signal, limitMs } of stages) {
    send(pid, signal);
    const ended = await waitUntil(clock, limitMs, () => (isRunning(pid) ? null : true));
    if (ended !== null) return;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended in between, which is what was wanted.
  }
}

function startFailed(cluster: Cluster, ready: 'ended' | null, logged: number): CalsyncError {
  const what = ready === null ? `did not get ready within ${startLimitMs / 1000} s` : 'ended while it started';
  return new CalsyncError(
    'transient',
    `PostgreSQL ${what}: ${lastComplaint(cluster.logFile, logged)} (data in ${cluster.dataDirectory}, log in ${cluster.logFile})`,
    { reason: 'postgres_start' },
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last complaint that PostgreSQL wrote after the first `logged` bytes. */
function lastComplaint(logFile: string, logged: number): string {
  const lines = readFileSync(logFile).subarray(logged).toString('utf8').split('\n');
  const complaint = lines.findLast((line) => /FATAL|PANIC|error/.test(line));
  return complaint?.replace(/^.*?(FATAL|PANIC)/, '$1') ?? 'it gave no reason';
}
