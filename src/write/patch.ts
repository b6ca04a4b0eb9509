/** Changing single fields and leaving the rest: how drift is adopted, and how an event follows a move. */
import type { EventSpec } from '../core/event-spec.ts';
import type { Db } from '../store/database.ts';
import type { KeyNumbers } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownCalendarProblems } from './batch-problems.ts';
import { unknownKey } from './cancel.ts';
import { changedFields, type OwnField } from './changes.ts';
import { expectationProblem, type PutOptions } from './put-decision.ts';
import type { WriteResult, WrittenKind } from './result.ts';
import { decideAndWrite, refusal } from './write-decided.ts';

/** The fields to change; null is a value (not stated any more), absent is left alone. */
export type EventPatch = Partial<Pick<EventSpec, OwnField>>;

/** Changes fields of one live event. Refused when it has no row, is cancelled, or moved on from what was named. */
export async function patchFields(
  db: Db,
  key: string,
  patch: EventPatch,
  writer: Writer,
  expected: Pick<PutOptions, 'generation' | 'revision'> = {},
): Promise<WriteResult> {
  return decideAndWrite<WriteResult>(db, writer, {
    keys: [key],
    decide: async (reader, { rows }) => {
      const stored = rows.get(key);
      if (stored === undefined) return refusal(unknownKey(key));
      const moved = expectationProblem(key, stored, expected);
      if (moved !== null) return refusal(moved);
      if (stored.cancelledAt !== null)
        return refusal({ kind: 'cancelled', key, field: null, message: `the event ${key} is cancelled` });
      const spec: EventSpec = { ...stored.spec, ...patch };
      const problems = await unknownCalendarProblems(reader, [spec]);
      if (problems.length > 0) return refusal(...problems);
      const answerOf = (numbers: ReadonlyMap<string, KeyNumbers>, kind: WrittenKind = 'changed'): WriteResult => {
        const { generation, revision } = numbers.get(key) ?? stored;
        return { kind: 'written', keys: [{ key, generation, revision, kind }] };
      };
      if (changedFields(spec, stored.spec).length === 0)
        return { kind: 'answer', answer: answerOf(new Map(), 'unchanged') };
      return { kind: 'write', writes: { updated: [spec] }, answerOf };
    },
  });
}
