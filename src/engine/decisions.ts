import { CalsyncError } from '../core/error.ts';
import type { HoldKind } from '../core/state.ts';
import { retireBindings } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { markKeys, retryKeys } from '../store/dirty.ts';
import { closeContested } from '../store/finding.ts';
import { decideHold, openHolds, type StoredHold } from '../store/hold.ts';
import { cancelEvents } from '../write/cancel.ts';
import { restoreRows } from '../write/restore.ts';
import { requireWritten } from '../write/result.ts';

/** What a person decided, and how many events it concerns. */
export interface Decision {
  readonly hold: StoredHold;
  readonly decision: 'approved' | 'rejected';
  /** What follows, in one sentence. */
  readonly consequence: string;
}

/** Lets the exact set of a hold go on: each item once, within a day. Throws `usage` for a hold that is not open. */
export async function approveHold(db: Db, id: number, by: string): Promise<Decision> {
  const hold = await openHold(db, id);
  await db.transaction().execute(async (tx) => {
    if (!(await decideHold(tx, id, 'approved', by))) throw closed(id);
    await markKeys(tx, { keys: keysOf(hold) });
  });
  return { hold, decision: 'approved', consequence: approvedConsequence[hold.kind] };
}

const approvedConsequence: Readonly<Record<HoldKind, string>> = {
  withdrawals: 'the next run deletes exactly these events',
  recreates: 'the next run creates these events again',
  lookalike: 'the next run creates the event beside the other one',
  deleted_with_copy: 'the next run creates the event again beside the other one',
  table_older: 'the next run goes on from the table as it is',
  mark_taken: 'the next run treats the event as ours and puts our mark back',
};

/** Puts an end to what a hold stopped, by changing the table, which is the truth. Throws `usage` for a hold that is not open. */
export async function rejectHold(db: Db, id: number, by: string): Promise<Decision> {
  const hold = await openHold(db, id);
  const writer = { actor: by, door: 'cli', source: 'caller' } as const;
  const consequence = await db.transaction().execute(async (tx) => {
    if (!(await decideHold(tx, id, 'rejected', by))) throw closed(id);
    const keys = keysOf(hold);
    switch (hold.kind) {
      case 'withdrawals':
        requireWritten(await restoreRows(tx, keys, writer));
        return 'the rows are back in the table; nothing is deleted';
      case 'recreates':
        requireWritten(await cancelEvents(tx, keys, writer));
        return 'the rows are cancelled: their events stay deleted';
      case 'lookalike':
      case 'deleted_with_copy':
        requireWritten(await cancelEvents(tx, keys, writer));
        return 'the row is cancelled; the other event stays as it is';
      case 'mark_taken':
        requireWritten(await cancelEvents(tx, keys, writer));
        // Let go of: bound to the cancelled key, the event would be held for ever, or deleted.
        await retireBindings(tx, keys);
        return 'the row is cancelled; the event is the other installation’s';
      case 'table_older':
        throw new CalsyncError('usage', 'restore the newer database, or approve the hold: nothing else ends it', {
          reason: 'not_rejectable',
        });
    }
  });
  return { hold, decision: 'rejected', consequence };
}

/** Makes waiting, parked and contested keys due again. Answers which. */
export async function retry(
  db: Db,
  which: { readonly keys: readonly string[] } | 'all' | 'parked',
): Promise<readonly string[]> {
  return db.transaction().execute(async (tx) => {
    if (typeof which === 'object') {
      await closeContested(tx, which.keys);
      await markKeys(tx, which);
    }
    return retryKeys(tx, which);
  });
}

async function openHold(db: Db, id: number): Promise<StoredHold> {
  const [hold] = await openHolds(db, id);
  if (hold === undefined) throw closed(id);
  return hold;
}

function closed(id: number): CalsyncError {
  return new CalsyncError('usage', `there is no open hold ${id}: see \`calsync holds\``, { reason: 'no_such_hold' });
}

function keysOf(hold: StoredHold): readonly string[] {
  return [...new Set(hold.items.map(({ key }) => key))];
}
