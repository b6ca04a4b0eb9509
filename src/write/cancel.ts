/** `cancel`: the event should not take place. Its row and its attendees stay, closed; the delete in Google follows from that. */
import type { Db } from '../store/database.ts';
import { cancelDesired, readNumbers } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { expectationProblem, type PutOptions } from './put-decision.ts';
import type { WriteProblem, WriteResult } from './result.ts';
import { inLockedTransaction } from './write-transaction.ts';

/** Cancels every key or none. One that is cancelled already is `unchanged`; one without a row is a problem. */
export async function cancelEvents(
  db: Db,
  keys: readonly string[],
  writer: Writer,
  expected: Pick<PutOptions, 'generation' | 'revision'> = {},
): Promise<WriteResult> {
  const distinct = [...new Set(keys)];
  return inLockedTransaction(db, writer, distinct, async (tx, rows) => {
    const problems = distinct.flatMap((key): readonly WriteProblem[] => {
      const stored = rows.get(key);
      if (stored === undefined) return [unknownKey(key)];
      const moved = expectationProblem(key, stored, expected);
      return moved === null ? [] : [moved];
    });
    if (problems.length > 0) return { kind: 'refused', problems };
    await cancelDesired(tx, distinct);
    const numbers = await readNumbers(tx, distinct);
    const written = [...numbers.values()].map((now) => ({
      ...now,
      kind: rows.get(now.key)?.cancelledAt === null ? ('cancelled' as const) : ('unchanged' as const),
    }));
    return { kind: 'written', keys: written };
  });
}

export function unknownKey(key: string): WriteProblem {
  return {
    kind: 'unknown_key',
    key,
    field: 'key',
    message: `there is no event ${key}: look at its spelling, or create it with \`calsync put\``,
  };
}
