import { openSync, statSync } from 'node:fs';

const longestBytes = 1_000_000;

/** A descriptor that appends to `file`; a file that has grown past 1 MB begins anew. Only its owner may read it. */
export function openLogFile(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return openSync(file, bytes > longestBytes ? 'w' : 'a', 0o600);
}
