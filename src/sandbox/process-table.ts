import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Whether a process of that id runs. A zombie does not: it only waits to be reaped. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Whether the process has ended but its parent has not asked how. Always false where there is no /proc. */
export function isZombie(pid: number): boolean {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === null) return false;
  // The command's name stands in parentheses and may hold anything; the state follows the last one.
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

/** Whether the process works in `directory`, as every process of a PostgreSQL does in its data directory. */
export function worksIn(pid: number, directory: string): boolean {
  if (process.platform !== 'linux') return commandOf(pid).includes('postgres');
  return workingDirectory(pid) === directory;
}

/** The ids of all processes that work in `directory`; empty where there is no /proc. */
export function processesIn(directory: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === directory);
}

function workingDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

function readProc(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
