/** What is learnt of addresses that do not work, and that they work again. */
import { parseAddress } from '../core/address.ts';
import { CalsyncError } from '../core/error.ts';
import type { Db } from '../store/database.ts';
import type { Writer } from '../store/transaction.ts';
import {
  clearUnreachable,
  keysWithUnreachable,
  type UnreachableSource,
  writeUnreachable,
} from '../store/unreachable.ts';
import { inWriteTransaction } from './write-transaction.ts';

export interface Bounce {
  readonly address: string;
  /** What the mail server said; kept as one line, shortened to 500 characters. */
  readonly reason: string;
  /** When it bounced. */
  readonly at: Date;
  /** `bounce` when not stated. */
  readonly source?: UnreachableSource;
}

export interface RecordedBounce {
  readonly address: string;
  /** The events ahead with this guest: each has the finding `unreachable` now. */
  readonly keys: readonly string[];
}

const mostReasonCharacters = 500;
const spaceOrControl = /[\s\p{C}]+/gu;

/**
 * Writes down that mail to an address does not arrive, and opens the finding `unreachable` of every event ahead that has it as a guest, in
 * one transaction. Told again, nothing is doubled; told of a time before somebody said that it works again, nothing changes.
 * Throws `usage` for what is no address.
 */
export async function recordBounce(db: Db, bounce: Bounce, writer: Writer): Promise<RecordedBounce> {
  const address = addressOf(bounce.address);
  const reason = bounce.reason.toWellFormed().replaceAll(spaceOrControl, ' ').trim().slice(0, mostReasonCharacters);
  return inWriteTransaction(db, writer, async (tx) => {
    const source = bounce.source ?? 'bounce';
    await writeUnreachable(tx, {
      address,
      source,
      reason: reason.toWellFormed() || 'no reason given',
      since: bounce.at,
    });
    return { address, keys: await keysWithUnreachable(tx, address) };
  });
}

/** An address works again: its findings close. False when nothing else was known. Throws `usage` for what is no address. */
export async function markReachable(db: Db, address: string, writer: Writer): Promise<boolean> {
  const parsed = addressOf(address);
  return inWriteTransaction(db, writer, (tx) => clearUnreachable(tx, parsed));
}

function addressOf(text: string): string {
  const parsed = parseAddress(text);
  if (parsed.ok) return parsed.address;
  throw new CalsyncError('usage', `address ${parsed.problem}`, { reason: 'address' });
}
