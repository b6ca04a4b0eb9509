import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findHome } from '../../src/sandbox/home.ts';
import { findDataDirectory } from '../../src/sandbox/place.ts';
import { isRunning } from '../../src/sandbox/process-table.ts';
import { removeHome } from '../../src/sandbox/remove.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { waitUntil } from '../../src/sandbox/wait-until.ts';

export type Role = 'keeper' | 'watchdog' | 'postmaster' | 'backend';

/** A home of its own for a test, in a directory that everybody (`open`) or only its owner may pass through. */
export class TestHome {
  readonly parent: string;
  readonly path: string;

  constructor(access: 'open' | 'private' = 'open', name = 'home') {
    this.parent = mkdtempSync('/tmp/calsync-home-');
    if (access === 'open') chmodSync(this.parent, 0o755);
    this.path = join(this.parent, name);
  }

  dataDirectory(): string {
    const home = findHome(this.path);
    const found = home === null ? null : findDataDirectory(home);
    if (found === null) throw new Error('there is no data yet');
    return found;
  }

  /** The ids of the running processes of this home, found by what the kernel says of all processes. */
  processes(role?: Role): number[] {
    const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return ids.map(Number).filter((pid) => {
      const found = this.#roleOf(pid);
      return found !== null && (role === undefined || found === role) && isRunning(pid);
    });
  }

  /** The only process in that role. */
  process(role: Role): number {
    const [pid, ...others] = this.processes(role);
    if (pid === undefined || others.length > 0)
      throw new Error(`${others.length + (pid ? 1 : 0)} processes are ${role}`);
    return pid;
  }

  kill(role: Role): number {
    const pid = this.process(role);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Waits until no process of this home runs; gives those that still do after `limitMs`. */
  async remaining(limitMs: number): Promise<number[]> {
    await waitUntil(systemClock, limitMs, () => (this.processes().length === 0 ? true : null));
    return this.processes();
  }

  /** Waits until `found` is true, at most 15 s; says whether it is. */
  async until(found: () => boolean): Promise<boolean> {
    return (await waitUntil(systemClock, 15_000, () => (found() ? true : null))) !== null;
  }

  async remove(): Promise<void> {
    await removeHome(this.path, systemClock);
    rmSync(this.parent, { recursive: true, force: true });
  }

  #roleOf(pid: number): Role | null {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const data = findDataDirectoryOf(this.path);
      const ours = command.includes(this.path) || (data !== null && command.includes(data));
      if (ours && command.includes('keeper-process')) return 'keeper';
      if (ours && command.includes('watchdog-process')) return 'watchdog';
      if (ours && command.includes('bin/postgres')) return 'postmaster';
      return data !== null && readlinkSync(`/proc/${pid}/cwd`).startsWith(data) ? 'backend' : null;
    } catch {
      return null; // it ended while it was looked at
    }
  }
}

function findDataDirectoryOf(path: string): string | null {
  const home = findHome(path);
  return home === null ? null : findDataDirectory(home);
}
