/** Undoes withdrawals and cancellations: rows come back as they last were, as a new generation. */
import type { Db, Tx } from '../store/database.ts';
import { cancelDesired, lockDesired, readNumbers, reviveDesired, setRowPolicies } from '../store/desired.ts';
import { writeDesired } from '../store/desired-writes.ts';
import { readWithdrawn, type WithdrawnEvent } from '../store/history.ts';
import type { Writer } from '../store/transaction.ts';
import type { WriteResult, WrittenKind } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

/**
 * Brings keys back: a withdrawn one from its history, attendees and policies included, a cancelled one by taking the cancellation
 * back. A live one is `unchanged`. All or none; a key that was never there is a problem.
 */
export async function restoreRows(db: Db, keys: readonly string[], writer: Writer): Promise<WriteResult> {
  const distinct = [...new Set(keys)];
  return inWriteTransaction(db, writer, async (tx) => {
    const rows = await lockDesired(tx, distinct);
    const absent = distinct.filter((key) => !rows.has(key));
    const withdrawn = await readWithdrawn(tx, absent);
    const lost = absent.filter((key) => !withdrawn.has(key));
    if (lost.length > 0) {
      const problems = lost.map((key) => ({
        kind: 'nothing_to_restore' as const,
        key,
        field: 'key',
        message: `the key ${key} never had a row`,
      }));
      return { kind: 'refused', problems };
    }
    await insertAgain(tx, [...withdrawn.values()]);
    const revived = await reviveDesired(tx, [...rows.keys()]);
    const changed = new Map<string, WrittenKind>([
      ...absent.map((key): [string, WrittenKind] => [key, 'restored']),
      ...revived.map(({ key }): [string, WrittenKind] => [key, 'revived']),
    ]);
    const numbers = await readNumbers(tx, distinct);
    return {
      kind: 'written',
      keys: [...numbers.values()].map((now) => ({ ...now, kind: changed.get(now.key) ?? 'unchanged' })),
    };
  });
}

async function insertAgain(tx: Tx, events: readonly WithdrawnEvent[]): Promise<void> {
  await writeDesired(tx, {
    inserted: events.map(({ spec }) => spec),
    guests: events.flatMap(({ spec }) => (spec.attendees ?? []).map((attendee) => ({ ...attendee, key: spec.key }))),
  });
  for (const { spec, policies } of events) {
    if (policies.drift !== null || policies.onDelete !== null || policies.onMove !== null)
      await setRowPolicies(tx, spec.key, policies);
  }
  await cancelDesired(
    tx,
    events.filter(({ wasCancelled }) => wasCancelled).map(({ spec }) => spec.key),
  );
}
