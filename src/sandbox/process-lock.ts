import { DatabaseSync } from 'node:sqlite';
import { CalsyncError } from '../core/error.ts';

const sqliteBusy = 5;

export interface ProcessLock {
  release(): void;
}

/**
 * Takes the lock that `file` stands for, or gives null while another process holds it. Throws `usage` when the file
 * cannot be made.
 *
 * The kernel drops the lock when its holder dies, however it dies, so there is no stale lock to recognise. Node has no
 * flock of its own; SQLite, which it brings along, takes a POSIX record lock on every platform. Nothing is stored.
 */
export function tryProcessLock(file: string): ProcessLock | null {
  const database = openLockFile(file);
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (thrown) {
    database.close();
    if (isBusy(thrown)) return null;
    throw cannotLock(file, thrown);
  }
  return { release: () => database.close() };
}

function openLockFile(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { timeout: 0 });
  } catch (thrown) {
    throw cannotLock(file, thrown);
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && thrown.errcode === sqliteBusy;
}

function cannotLock(file: string, cause: unknown): CalsyncError {
  return new CalsyncError(
    'usage',
    `The lock file ${file} cannot be opened. Make its directory writable for this user, or set CALSYNC_HOME to another one.`,
    { reason: 'lock_file', cause },
  );
}
