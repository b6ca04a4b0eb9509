/** Changing single fields and leaving the rest: how drift is adopted, and how an event follows a move. */
import type { EventSpec } from '../core/event-spec.ts';
import type { Db } from '../store/database.ts';
import type { KeyNumbers } from '../store/desired.ts';
import { writeDesired } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownCalendarProblems } from './batch-problems.ts';
import { unknownKey } from './cancel.ts';
import { changedFields, type OwnField } from './changes.ts';
import { expectationProblem, type PutOptions } from './put-decision.ts';
import type { WriteResult } from './result.ts';
import { inLockedTransaction } from './write-transaction.ts';

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
  return inLockedTransaction(db, writer, [key], async (tx, rows) => {
    const stored = rows.get(key);
    if (stored === undefined) return { kind: 'refused', problems: [unknownKey(key)] };
    const moved = expectationProblem(key, stored, expected);
    if (moved !== null) return { kind: 'refused', problems: [moved] };
    if (stored.cancelledAt !== null) {
      return {
        kind: 'refused',
        problems: [{ kind: 'cancelled', key, field: null, message: `the event ${key} is cancelled` }],
      };
    }
    const spec: EventSpec = { ...stored.spec, ...patch };
    const problems = await unknownCalendarProblems(tx, [spec]);
    if (problems.length > 0) return { kind: 'refused', problems };
    const changed = changedFields(spec, stored.spec).length > 0;
    const written = changed ? await writeDesired(tx, { updated: [spec] }) : new Map<string, KeyNumbers>();
    const { generation, revision } = written.get(key) ?? stored;
    return { kind: 'written', keys: [{ key, generation, revision, kind: changed ? 'changed' : 'unchanged' }] };
  });
}
