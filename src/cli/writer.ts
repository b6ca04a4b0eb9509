import { userInfo } from 'node:os';
import type { Writer } from '../store/transaction.ts';

/** Who is at the keyboard, for the history and for decisions. */
export function personHere(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // a user without an entry in the system's list
  }
}

/** As whom the command line writes. */
export function cliWriter(): Writer {
  return { actor: personHere(), door: 'cli', source: 'caller' };
}
