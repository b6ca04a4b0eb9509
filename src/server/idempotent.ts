/** One write of a request: with an `Idempotency-Key` done once, however often the request comes, in the transaction that keeps its answer. */
import { createHash } from 'node:crypto';
import type { Db } from '../store/database.ts';
import { claimRequest, type RepeatableRequest, storeAnswer } from '../store/idempotency.ts';
import { inTransaction } from '../store/transaction.ts';
import { type Answer, isSuccess } from './answer.ts';
import { invalidRequest, Refusal } from './problem.ts';

const keyForm = /^[!-~]{1,255}$/;

/** An answer that rolls back what was done on the way to it: a refusal wrote nothing, and is not kept. */
class NotKept extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super('not kept');
    this.answer = answer;
  }
}

/**
 * Runs `work` in a transaction with the claim of its key. `request` null: no key was given, and the one write that `work` does has a
 * transaction of its own. A repeated request gets the answer of the first; while that one is still at work it waits for it.
 */
export async function writeOnce(
  db: Db,
  request: RepeatableRequest | null,
  work: (db: Db) => Promise<Answer>,
): Promise<Answer> {
  if (request === null) return work(db);
  try {
    return await inTransaction(db, async (tx) => {
      const claim = await claimRequest(tx, request);
      switch (claim.kind) {
        case 'answered':
          return repeated(claim.answer);
        case 'another_request':
          throw new Refusal({
            name: 'idempotency_key_reused',
            detail: 'this Idempotency-Key came before with another method, path, query or body: use a new one',
          });
        case 'first': {
          const answer = await work(tx);
          if (!isSuccess(answer)) throw new NotKept(answer);
          await storeAnswer(tx, request, { ...answer, body: JSON.stringify(answer.body) });
          return answer;
        }
      }
    });
  } catch (thrown) {
    if (thrown instanceof NotKept) return thrown.answer;
    throw thrown;
  }
}

function repeated(answer: {
  readonly status: number;
  readonly headers: Answer['headers'];
  readonly body: string;
}): Answer {
  const headers = { ...answer.headers, 'Idempotent-Replayed': 'true' };
  return { status: answer.status, headers, body: JSON.parse(answer.body) };
}

/** What makes two requests the same one: method, path and query as sent, and every byte of the body. */
export function repeatableRequest(
  token: string,
  key: string | null,
  request: { readonly method: string; readonly target: string; readonly body: Uint8Array },
): RepeatableRequest | null {
  if (key === null) return null;
  if (!keyForm.test(key)) throw invalidRequest('Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
  const hash = createHash('sha256').update(`${request.method} ${request.target}\n`).update(request.body);
  return { token, key, requestHash: hash.digest('hex') };
}
