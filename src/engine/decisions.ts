import { CalsyncError } from '../core/error.ts';
import type { HoldItem } from '../core/hold-draft.ts';
import type { HoldKind } from '../core/state.ts';
import { retireBindings } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { markKeys, retryKeys } from '../store/dirty.ts';
import { closeContested } from '../store/finding.ts';
import { decideHold, keysLosing, openHolds, permit, type StoredHold } from '../store/hold.ts';
import { cancelEvents } from '../write/cancel.ts';
import { restoreRows } from '../write/restore.ts';
import { requireWritten } from '../write/result.ts';
import { believeGoogle } from './believe-google.ts';

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
  rekey: 'the next run deletes the events of the withdrawn keys and creates those of the new ones',
  lookalike: 'the next run creates the event beside the other one',
  deleted_with_copy: 'the next run creates the event again beside the other one',
  table_older: 'the next run puts the table’s state through, and events that it never heard of stay',
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
        requireWritten(await restoreRows(tx, await keysLosing(tx, id), writer));
        return 'the rows are back in the table; nothing is deleted';
      case 'rekey':
        requireWritten(await restoreRows(tx, keysOf(hold, isWithdrawn), writer));
        // Live beside the rows that are back, they would double every event.
        requireWritten(await cancelEvents(tx, keysOf(hold, isNew), writer));
        return 'the withdrawn rows are back in the table and the new ones are cancelled; nothing changes in Google';
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
        await believeGoogle(tx, hold, writer);
        // Their marks are newer still: the next run puts them right, under the same hold.
        await permit(tx, id, by);
        await markKeys(tx, { keys });
        return 'the rows take over what Google shows; the next run puts our marks right and changes nothing else of these events';
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

function keysOf(hold: StoredHold, which: (item: HoldItem) => boolean = () => true): readonly string[] {
  return [...new Set(hold.items.filter(which).map(({ key }) => key))];
}

/** Of a re-key: the keys that came. */
function isNew({ replaces }: HoldItem): boolean {
  return replaces !== undefined;
}

/** Of a re-key: the keys that went. */
function isWithdrawn(item: HoldItem): boolean {
  return !isNew(item);
}
