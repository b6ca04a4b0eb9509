import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CalsyncError } from '../core/error.ts';

/** An entry of /etc/passwd. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** This process' user id; 0 is root. */
export function currentUid(): number {
  return process.getuid?.() ?? -1;
}

/**
 * The user that PostgreSQL must run as, or null when that is the user of this process. PostgreSQL refuses root, and
 * needs a user with an entry in /etc/passwd; `nobody` is there on every system.
 */
export function postgresUser(): SystemUser | null {
  if (currentUid() !== 0) return null;
  const nobody = parsePasswd(readFileSync('/etc/passwd', 'utf8')).find((user) => user.name === 'nobody');
  if (nobody !== undefined) return nobody;
  throw new CalsyncError(
    'usage',
    'PostgreSQL does not run as root, and /etc/passwd has no user "nobody" to run it as. Run calsync as an ordinary user, or set DATABASE_URL.',
    { reason: 'no_postgres_user' },
  );
}

function parsePasswd(text: string): SystemUser[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

/** Whether every user may walk down to `path` and read what it names. Rights given by ACLs do not count. */
export function isReachableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o005) !== 0o005) return false;
  return isTraversableByAll(dirname(path));
}

/** Whether every user may walk down to `directory` and through it. */
export function isTraversableByAll(directory: string): boolean {
  if ((statSync(directory).mode & 0o001) === 0) return false;
  const parent = dirname(directory);
  return parent === directory || isTraversableByAll(parent);
}
