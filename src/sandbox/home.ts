import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import { keptSecret } from './kept-secret.ts';
import { outsideDirectory } from './outside-directory.ts';
import { currentUid } from './system-user.ts';

/** A CALSYNC_HOME that is there, and the names of what the keeper has in it. All paths are absolute and real. */
export interface Home {
  readonly directory: string;
  /** Where the keeper listens. */
  readonly socketFile: string;
  readonly lockFile: string;
  readonly keeperLog: string;
  readonly postgresLog: string;
}

/** The kernel has room for 108 bytes on Linux and 104 on macOS, each with a closing zero. */
const longestSocketPathBytes = 103;

/** Makes the home when it is missing. Throws `usage` when this user cannot write there. */
export function openHome(path: string): Home {
  try {
    // As root, `nobody` must be able to pass through to its data; what is secret in there has a mode of its own.
    mkdirSync(path, { recursive: true, mode: currentUid() === 0 ? 0o711 : 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CalsyncError(
      'usage',
      `CALSYNC_HOME (${path}) is no directory that this user can write to. Make it writable, or set CALSYNC_HOME to another one.`,
      { reason: 'home', cause },
    );
  }
  return homeAt(realpathSync(path));
}

/** The home if there is one; makes nothing. */
export function findHome(path: string): Home | null {
  return existsSync(path) && existsSync(idFile(path)) ? homeAt(realpathSync(path)) : null;
}

/**
 * A directory name for what belongs to this home but lies outside of it. A home that was removed and made anew has
 * another one: it must not find the data of the old.
 */
export function outsideOf(homeDirectory: string): string {
  const identity = `${keptSecret(idFile(homeDirectory), 'hex')}\n${homeDirectory}`;
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 16);
  const directory = join(outsideDirectory(), `home-${hash}`);
  mkdirSync(directory, { recursive: true, mode: currentUid() === 0 ? 0o711 : 0o700 });
  return directory;
}

function homeAt(directory: string): Home {
  keptSecret(idFile(directory), 'hex');
  return {
    directory,
    socketFile: shortEnough(join(directory, 'keeper.sock')) ?? join(outsideOf(directory), 'keeper.sock'),
    lockFile: join(directory, 'keeper.lock'),
    keeperLog: join(directory, 'keeper.log'),
    postgresLog: join(directory, 'postgres.log'),
  };
}

function idFile(directory: string): string {
  return join(directory, 'home-id');
}

/** The path, or null if the kernel takes no socket by so long a name. */
export function shortEnough(path: string): string | null {
  return Buffer.byteLength(path) <= longestSocketPathBytes ? path : null;
}
