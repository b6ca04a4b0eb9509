/** Transactions: ours, tried again when Postgres ends them for the sake of another one, and a caller's own. */
import { Kysely, PostgresDialect, type PostgresPool, sql, type Transaction } from 'kysely';
import { type ClientBase, DatabaseError } from 'pg';
import { CalsyncError } from '../core/error.ts';
import type { Db, Tx } from './database.ts';
import type { Database } from './schema.ts';

const mostAttempts = 5;
/** Reason of a conflict that is decided anew from the start, because a row appeared between reading and writing. */
export const overtaken = 'overtaken';
const deadlock = '40P01';
const serializationFailure = '40001';

/**
 * Runs `work` in one transaction; up to 5 times where Postgres chose it as the victim of a deadlock or found that it cannot be
 * serialised, or where a row was overtaken. Given a transaction, runs in that one, once: its owner commits, rolls back and tries again.
 */
export async function inTransaction<Result>(db: Db, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  if (db.isTransaction) return work(db as Tx); // what isTransaction says
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === mostAttempts || !yieldsToAnother(error)) throw error;
    }
  }
}

/** Whether a transaction ended for the sake of another one, so that it may succeed from the start. */
export function yieldsToAnother(error: unknown): boolean {
  if (error instanceof CalsyncError) return error.reason === overtaken;
  return error instanceof DatabaseError && (error.code === deadlock || error.code === serializationFailure);
}

/** Codes with which Postgres ends the connection, or says that something of its own is broken. */
const endsConnection = /^(08|57P|25P0[34]|58|XX)/;

/** Whether the database refused a statement and kept the connection: then nothing of what it would have written is there. */
export function isUndone(error: unknown): boolean {
  return error instanceof DatabaseError && !endsConnection.test(error.code ?? 'XX');
}

/** What is asked of a caller's Kysely transaction: its tables are nobody's business here. */
interface KyselyTransaction {
  readonly isTransaction: true;
  withoutPlugins(): unknown;
}

/**
 * The transaction that the caller has open on its own `pg` client, or through its own Kysely, for any function of the write path. Its
 * BEGIN and COMMIT stay the caller's; the caller's tables, type parsers and plugins do not matter.
 */
export async function callerTransaction(own: ClientBase | KyselyTransaction): Promise<Tx> {
  const open = 'isTransaction' in own ? (own.withoutPlugins() as Transaction<Database>) : await openOn(own);
  return open.withSchema('calsync') as Tx; // withSchema of a transaction is one; its type forgets that
}

async function openOn(client: ClientBase): Promise<Transaction<Database>> {
  const connection = {
    release: () => undefined,
    // The transaction is open already: the one statement that would open another is answered here.
    query: (text: string, values?: readonly unknown[]) =>
      text === 'begin'
        ? Promise.resolve({ command: 'BEGIN', rowCount: 0, rows: [] })
        : client.query(text, values === undefined ? [] : [...values]),
  };
  const pool = { connect: async () => connection, end: async () => undefined } as unknown as PostgresPool; // no cursor is ever asked for
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return db.startTransaction().execute();
}

/** By whom and through which door a transaction writes. */
export interface Writer {
  readonly actor: string;
  readonly door: 'cli' | 'http' | 'typescript' | 'engine';
  readonly source: 'caller' | 'google' | 'calsync';
}

/** Says it to the triggers that keep the history, until the transaction ends. */
export async function writeAs(tx: Tx, writer: Writer): Promise<void> {
  await sql`
    select set_config('calsync.actor', ${writer.actor}, true), set_config('calsync.door', ${writer.door}, true),
           set_config('calsync.source', ${writer.source}, true)`.execute(tx);
}
