import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CalsyncError } from '../core/error.ts';
import { currentUid } from './system-user.ts';

const groupOrOthersWrite = 0o022;

/**
 * A directory of this user outside every home, made when missing: for what `nobody` must reach, or what needs a short
 * path. /var/tmp survives a restart of the machine. Anybody may write there, so a directory that is not ours, or that
 * others may write to, is refused (`usage`): programs are run from it.
 */
export function outsideDirectory(): string {
  const uid = currentUid();
  const directory = join('/var/tmp', `calsync-${uid}`);
  // As root the directory is passed through by `nobody`; else nobody but this user has business here.
  mkdirSync(directory, { recursive: true, mode: uid === 0 ? 0o711 : 0o700 });
  const found = lstatSync(directory);
  if (found.isDirectory() && found.uid === uid && (found.mode & groupOrOthersWrite) === 0) return directory;
  throw new CalsyncError(
    'usage',
    `${directory} is not a directory that only this user can write to. Remove it, or set DATABASE_URL.`,
    { reason: 'outside_directory' },
  );
}
