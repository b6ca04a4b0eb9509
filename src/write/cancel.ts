/** `cancel`: the event should not take place. Its row and its attendees stay, closed; the delete in Google follows from that. */
import type { Db } from '../store/database.ts';
import type { KeyNumbers, StoredEvent } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { expectationProblem, type PutOptions } from './put-decision.ts';
import type { WriteProblem, WriteResult, WrittenKey } from './result.ts';
import { decideAndWrite } from './write-decided.ts';

/** Cancels every key or none. One that is cancelled already is `unchanged`; one without a row is a problem. */
export async function cancelEvents(
  db: Db,
  keys: readonly string[],
  writer: Writer,
  expected: Pick<PutOptions, 'generation' | 'revision'> = {},
): Promise<WriteResult> {
  const distinct = [...new Set(keys)];
  return decideAndWrite<WriteResult>(db, writer, {
    keys: distinct,
    decide: async (_db, { rows }) => {
      const problems = distinct.flatMap((key): readonly WriteProblem[] => {
        const stored = rows.get(key);
        if (stored === undefined) return [unknownKey(key)];
        const moved = expectationProblem(key, stored, expected);
        return moved === null ? [] : [moved];
      });
      if (problems.length > 0) return { kind: 'answer', answer: { kind: 'refused', problems } };
      const live = distinct.filter((key) => rows.get(key)?.cancelledAt === null);
      const answerOf = (numbers: ReadonlyMap<string, KeyNumbers>) => ({
        kind: 'written' as const,
        keys: [...rows].map(([key, stored]) => cancelledKey(numbers.get(key) ?? { key, ...stored }, stored)),
      });
      if (live.length === 0) return { kind: 'answer', answer: answerOf(new Map()) };
      return { kind: 'write', writes: { cancelled: live }, answerOf };
    },
  });
}

function cancelledKey({ key, generation, revision }: KeyNumbers, { cancelledAt }: StoredEvent): WrittenKey {
  return { key, generation, revision, kind: cancelledAt === null ? 'cancelled' : 'unchanged' };
}

export function unknownKey(key: string): WriteProblem {
  return {
    kind: 'unknown_key',
    key,
    field: 'key',
    message: `there is no event ${key}: look at its spelling, or create it with \`calsync put\``,
  };
}
