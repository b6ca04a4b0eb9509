import { CalsyncError } from '../core/error.ts';
import { findErrorRow } from './error-table.ts';
import type { BadAnswer, Failure, Silence } from './failure.ts';
import { isWrite, type Operation } from './operation.ts';

/** What a failed call means: an error to throw, or an answer that is none. */
export type Classified =
  | { readonly kind: 'absent' }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly error: CalsyncError };

/** By `ERROR_TABLE` for what Google answered; without a readable answer `transient`, a write's outcome unknown. */
export function classify(failure: Failure, operation: Operation): Classified {
  switch (failure.kind) {
    case 'answer':
      return classifyAnswer(failure.answer, operation);
    case 'silence':
      return { kind: 'error', error: silenceError(failure, operation) };
    case 'other':
      return { kind: 'error', error: failure.error };
  }
}

function silenceError({ reason, neverSent }: Silence, operation: Operation): CalsyncError {
  const outcomeUnknown = isWrite(operation) && !neverSent;
  const message = `${operation}: no usable answer from Google (${reason})`;
  return new CalsyncError('transient', message, { reason, outcomeUnknown });
}

function classifyAnswer(answer: BadAnswer, operation: Operation): Classified {
  const { status, body, retryAfterMs } = answer;
  const { reason, location } = readRefusal(body);
  const row = findErrorRow(status, reason, operation);
  // A status that HTTP does not know as a refusal says nothing.
  if (row === undefined) return classify({ kind: 'silence', reason: 'malformed_answer', neverSent: false }, operation);
  if (row.verdict === 'absent' || row.verdict === 'done') return { kind: row.verdict };
  const words = [`${operation}: Google answered ${status}`, reason, location && `(${location})`].filter(Boolean);
  const error = new CalsyncError(row.verdict, words.join(' '), {
    status,
    outcomeUnknown: row.mayHaveHappened === true && isWrite(operation),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return { kind: 'error', error };
}

interface Refusal {
  readonly reason?: string;
  /** The parameter, header or field that Google names. */
  readonly location?: string;
}

/**
 * Google's reason from either envelope: `error.errors[0].reason`, else the first `error.details[].reason`. Bodies
 * that are empty, HTML or anything else have none. Google's sentences are left behind: they may quote the event.
 */
function readRefusal(body: unknown): Refusal {
  const error = field(body, 'error');
  const first = at(field(error, 'errors'), 0);
  const details = field(error, 'details');
  const detailed = Array.isArray(details) ? details.map((detail) => word(field(detail, 'reason'))) : [];
  const reason = word(field(first, 'reason')) ?? detailed.find((each) => each !== undefined);
  const location = word(field(first, 'location'));
  return { ...(reason === undefined ? {} : { reason }), ...(location === undefined ? {} : { location }) };
}

/** Machine names only: a stranger's text must not get into messages by this way. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][\w.[\]-]{0,63}$/.test(value) ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function at(value: unknown, index: number): unknown {
  return Array.isArray(value) ? value[index] : undefined;
}
