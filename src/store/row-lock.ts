import { sql } from 'kysely';
import type { Tx } from './database.ts';

/** Locks the row of a key for the rest of the transaction, unless somebody else has it: then false, at once. True where there is no row. */
export async function lockUnlessHeld(tx: Tx, key: string): Promise<boolean> {
  const { rows } = await sql<{ there: boolean; locked: boolean }>`
    select exists (select from calsync.desired_event where key = ${key}) as there,
           exists (select from (select from calsync.desired_event where key = ${key} for no key update skip locked) mine) as locked`.execute(
    tx,
  );
  return rows.every(({ there, locked }) => locked || !there);
}
