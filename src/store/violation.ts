/** What the database says when a row violates one of its rules: an error of ours, without the row's values. */
import { DatabaseError } from 'pg';
import { CalsyncError } from '../core/error.ts';

/** Classes 22 (data) and 23 (integrity) of SQLSTATE are about what was to be written. */
const aboutTheRow = /^2[23]/;

/**
 * A violation becomes `usage`, with the constraint's name as reason and what to do where the database says it (docs/sql.md);
 * anything else comes back as it is. The detail of Postgres is left out: it quotes the row.
 */
export function asViolation(thrown: unknown): unknown {
  if (!(thrown instanceof DatabaseError) || !aboutTheRow.test(thrown.code ?? '')) return thrown;
  const hint = thrown.hint === undefined ? '' : ` ${thrown.hint}`;
  const rule = thrown.constraint ?? `SQLSTATE ${thrown.code}`;
  return new CalsyncError('usage', `the database refused the row: ${thrown.message} (${rule}).${hint}`, {
    reason: thrown.constraint ?? `sqlstate_${thrown.code}`,
    cause: thrown,
  });
}

const lockNotAvailable = '55P03';
const queryCanceled = '57014';

/** Whether a statement gave up: waiting for another transaction's lock, or altogether. */
export function gaveUpWaiting(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && (thrown.code === lockNotAvailable || thrown.code === queryCanceled);
}
