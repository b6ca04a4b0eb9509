/**
 * The writes of single keys: what is there is read, what follows is decided, and what was decided is written, if the rows are still as they
 * were read. Two statements and no lock between them, where it is a transaction of its own, and those of others with them; in a caller's, or
 * when somebody else was faster, the rows are locked first. Why: docs/decisions/0014 and 0016.
 */
import type { Db } from '../store/database.ts';
import { lockDesired, readForWrite } from '../store/desired.ts';
import { writeDesired, writeIfUnmoved } from '../store/desired-writes.ts';
import { inTransaction, type Writer, yieldsToAnother } from '../store/transaction.ts';
import { asViolation } from '../store/violation.ts';
import type { KeyWrite } from './key-write.ts';
import type { WriteProblem } from './result.ts';
import { writeTogether } from './write-together.ts';

/** More keys than this are locked at once: the more there are, the likelier one of them moves before it is written. */
const mostUnlockedKeys = 100;

/** Nothing is written, for these reasons. */
export function refusal(...problems: readonly WriteProblem[]): {
  readonly kind: 'answer';
  readonly answer: { readonly kind: 'refused'; readonly problems: readonly WriteProblem[] };
} {
  return { kind: 'answer', answer: { kind: 'refused', problems } };
}

/**
 * Decides and writes, in one transaction or in the caller's when `db` is one. Throws `usage` for what the database's own rules refuse.
 */
export async function decideAndWrite<Answer>(db: Db, writer: Writer, write: KeyWrite<Answer>): Promise<Answer> {
  try {
    const early = db.isTransaction ? null : await writeUnlocked(db, writer, write);
    return early === null ? await writeLocked(db, writer, write) : early.answer;
  } catch (error) {
    throw asViolation(error);
  }
}

/** Null where it has to be done with the rows locked: nothing was written. */
async function writeUnlocked<Answer>(
  db: Db,
  writer: Writer,
  write: KeyWrite<Answer>,
): Promise<{ readonly answer: Answer } | null> {
  const { keys, places, decide } = write;
  const [key, ...others] = keys;
  if (key === undefined || keys.length > mostUnlockedKeys) return null;
  if (others.length === 0) return writeTogether(db, writer, key, write);
  const found = await readForWrite(db, keys, places ?? null);
  const decided = await decide(db, found);
  if (decided.kind === 'answer') return decided;
  try {
    const numbers = await writeIfUnmoved(db, decided.writes, { keys, rows: found.rows, writer });
    return numbers === null ? null : { answer: decided.answerOf(numbers) };
  } catch (error) {
    if (yieldsToAnother(error)) return null;
    throw error;
  }
}

async function writeLocked<Answer>(db: Db, writer: Writer, { keys, decide }: KeyWrite<Answer>): Promise<Answer> {
  return inTransaction(db, async (tx) => {
    const rows = await lockDesired(tx, keys, writer);
    const decided = await decide(tx, { rows, places: null });
    if (decided.kind === 'answer') return decided.answer;
    return decided.answerOf(await writeDesired(tx, decided.writes));
  });
}
