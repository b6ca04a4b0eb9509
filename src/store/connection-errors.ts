/** What is wrong with a database, in one sentence that says what to do. Never a password, never a whole connection string. */
import { sql } from 'kysely';
import { DatabaseError } from 'pg';
import { CalsyncError } from '../core/error.ts';
import type { Db } from './database.ts';

const transient = new Set(['57P01', '57P02', '57P03', '53300', '53400', '08000', '08001', '08003', '08004', '08006']);
const unreachable = new Set([
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNRESET',
  'EPIPE',
  'EAI_AGAIN',
  'ENOENT',
]);

/**
 * Turns an error of the driver into ours: `usage` for what a person has to mend, `transient` for what may pass.
 * Anything else comes back as it is.
 */
export function asConnectionError(thrown: unknown): unknown {
  if (thrown instanceof CalsyncError) return thrown;
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return asConnectionError(thrown.errors[0]);
  if (!(thrown instanceof Error)) return thrown;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (thrown instanceof DatabaseError) return serverError(thrown, code);
  return networkError(thrown, code);
}

/** Connects once and asks what every write needs. Throws `usage` or `transient` with what to do. */
export async function requireWritableDatabase(db: Db): Promise<void> {
  try {
    const answer = await sql<{
      read_only: string;
    }>`select current_setting('transaction_read_only') as read_only`.execute(db);
    if (answer.rows[0]?.read_only === 'on') throw readOnly(undefined);
  } catch (error) {
    throw asConnectionError(error);
  }
}

function serverError(error: DatabaseError, code: string): unknown {
  switch (code) {
    case '28P01':
      return wrong('wrong_password', 'the database refused the password: correct it in DATABASE_URL', error);
    case '28000':
      return wrong(
        'not_authorised',
        "the database refused this user or this way of connecting: look at DATABASE_URL and the server's pg_hba.conf",
        error,
      );
    case '3D000':
      return wrong(
        'no_database',
        'the server has no such database: create it, or correct its name at the end of DATABASE_URL',
        error,
      );
    case '25006':
      return readOnly(error);
    case '42501':
      return wrong(
        'missing_rights',
        `the database user may not do this (${error.message}): grant the right, or use the owner of the schema calsync`,
        error,
      );
    case '3F000':
    case '42P01':
    case '42703':
    case '42883':
      return wrong(
        'not_migrated',
        'the database lacks something that this program needs: run `calsync migrate`',
        error,
      );
    default:
      return transient.has(code)
        ? new CalsyncError('transient', 'the database is not taking connections now: try again in a moment', {
            reason: `sqlstate_${code}`,
            cause: error,
          })
        : error;
  }
}

function networkError(error: Error, code: string): unknown {
  if (code === 'ENOTFOUND') return wrong('no_host', 'the host of DATABASE_URL is not known: correct its name', error);
  if (code === 'ERR_INVALID_URL')
    return wrong('bad_url', 'DATABASE_URL is not a URL such as postgres://user:password@host:5432/database', error);
  if (/password must be a string|no password supplied/i.test(error.message)) {
    return wrong('wrong_password', 'the database asks for a password and DATABASE_URL has none', error);
  }
  if (/does not support SSL/.test(error.message)) {
    return wrong(
      'no_tls',
      'the server speaks no TLS: take sslmode out of DATABASE_URL if it is on a trusted network',
      error,
    );
  }
  if (
    unreachable.has(code) ||
    /Connection terminated|timeout exceeded when trying to connect|timeout expired/.test(error.message)
  ) {
    return new CalsyncError('transient', 'the database cannot be reached: is it running, and is DATABASE_URL right?', {
      reason: code === '' ? 'connection_lost' : code.toLowerCase(),
      cause: error,
    });
  }
  return error;
}

function readOnly(cause: unknown): CalsyncError {
  return wrong(
    'read_only',
    'the database is read-only (a standby, or default_transaction_read_only): use the primary',
    cause,
  );
}

function wrong(reason: string, message: string, cause: unknown): CalsyncError {
  return new CalsyncError('usage', message, { reason, cause });
}
