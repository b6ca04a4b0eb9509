/** Requests that may come again, and what was answered to them: rows of the very transaction that they asked for. */
import { CalsyncError } from '../core/error.ts';
import type { Tx } from './database.ts';
import { overtaken } from './transaction.ts';

export interface RepeatableRequest {
  /** Who asks: a key means something to its own token alone. */
  readonly token: string;
  readonly key: string;
  /** SHA-256, hexadecimal, of everything that makes it this request and no other. */
  readonly requestHash: string;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Claim =
  /** Nobody asked this before. Its answer is stored in this transaction, or the claim goes with it. */
  | { readonly kind: 'first' }
  | { readonly kind: 'answered'; readonly answer: StoredAnswer }
  /** The key was used for another request. */
  | { readonly kind: 'another_request' };

/**
 * Claims a key. Waits while another transaction holds the same one, and then sees what it did. Throws `conflict` with reason `overtaken`
 * where the row went meanwhile.
 */
export async function claimRequest(tx: Tx, { token, key, requestHash }: RepeatableRequest): Promise<Claim> {
  const inserted = await tx
    .insertInto('idempotency')
    .values({ token, key, request_hash: requestHash })
    .onConflict((conflict) => conflict.columns(['token', 'key']).doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 1n) return { kind: 'first' };
  const row = await tx
    .selectFrom('idempotency')
    .select(['request_hash', 'status', 'headers', 'body'])
    .where('token', '=', token)
    .where('key', '=', key)
    .executeTakeFirst();
  if (row === undefined)
    throw new CalsyncError('conflict', 'the answer that was kept has just gone', { reason: overtaken });
  if (row.request_hash !== requestHash) return { kind: 'another_request' };
  if (row.status === null || row.body === null)
    throw new CalsyncError('invariant', 'a request was committed without its answer');
  const headers = row.headers as StoredAnswer['headers']; // written below and nowhere else
  return { kind: 'answered', answer: { status: row.status, headers, body: row.body } };
}

/** Keeps the answer to a request that this transaction claimed. */
export async function storeAnswer(tx: Tx, { token, key }: RepeatableRequest, answer: StoredAnswer): Promise<void> {
  await tx
    .updateTable('idempotency')
    .set({ status: answer.status, headers: JSON.stringify(answer.headers), body: answer.body })
    .where('token', '=', token)
    .where('key', '=', key)
    .execute();
}
