import type { Db, Tx } from '../store/database.ts';
import { inTransaction, type Writer, writeAs } from '../store/transaction.ts';
import { asViolation } from '../store/violation.ts';

/** One transaction of the write path, in the writer's name. Throws `usage` for what the database's own rules refuse. */
export async function inWriteTransaction<Result>(
  db: Db,
  writer: Writer,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  try {
    return await inTransaction(db, async (tx) => {
      await writeAs(tx, writer);
      return work(tx);
    });
  } catch (error) {
    throw asViolation(error);
  }
}
