import type { Db, Tx } from '../store/database.ts';
import { lockDesired, type StoredEvent } from '../store/desired.ts';
import { inTransaction, type Writer, writeAs } from '../store/transaction.ts';
import { asViolation } from '../store/violation.ts';

/** One transaction of the write path, in the writer's name. Throws `usage` for what the database's own rules refuse. */
export async function inWriteTransaction<Result>(
  db: Db,
  writer: Writer,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  return translated(db, async (tx) => {
    await writeAs(tx, writer);
    return work(tx);
  });
}

/** The same, and `work` gets the rows of these keys as they are, locked until the end. */
export async function inLockedTransaction<Result>(
  db: Db,
  writer: Writer,
  keys: readonly string[],
  work: (tx: Tx, rows: ReadonlyMap<string, StoredEvent>) => Promise<Result>,
): Promise<Result> {
  return translated(db, async (tx) => work(tx, await lockDesired(tx, keys, writer)));
}

async function translated<Result>(db: Db, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  try {
    return await inTransaction(db, work);
  } catch (error) {
    throw asViolation(error);
  }
}
