/** What is thrown while a request is served, as a problem. Nothing of the database's own words but for what a row violates. */
import { CalsyncError, type ErrorKind } from '../core/error.ts';
import { asConnectionError } from '../store/connection-errors.ts';
import { overtaken } from '../store/transaction.ts';
import { gaveUpWaiting } from '../store/violation.ts';
import { type Problem, type ProblemName, Refusal } from './problem.ts';
import { ruleOf } from './problem-of-rule.ts';

const retryAfterSeconds = 5;

const nameByKind: Readonly<Record<ErrorKind, ProblemName>> = {
  transient: 'unavailable',
  conflict: 'conflict',
  unavailable: 'unavailable',
  sync_token_expired: 'internal',
  rejected: 'invalid_request',
  unauthorized: 'internal',
  quota: 'unavailable',
  refused: 'conflict',
  usage: 'invalid_request',
  invariant: 'internal',
};

const internal: Problem = {
  name: 'internal',
  detail: 'this is a fault of calsync: what it logged under the id of this request says more',
};

/** Never throws. */
export function problemOfError(thrown: unknown): Problem {
  if (thrown instanceof Refusal) return thrown.problem;
  if (thrown instanceof CalsyncError) return problemOfOurs(thrown);
  if (gaveUpWaiting(thrown)) return { ...busy, headers: retryLater() };
  // Whatever the driver throws by itself is about the connection or the set-up: nothing that the caller could mend.
  const known = asConnectionError(thrown);
  return known instanceof CalsyncError ? unavailable() : internal;
}

const busy: Problem = {
  name: 'busy',
  detail: 'another transaction holds this row: send the same request again in a moment',
};

function unavailable(): Problem {
  const detail = 'the database cannot be used now: send the same request again in a moment';
  return { name: 'unavailable', detail, headers: retryLater() };
}

function retryLater(): Readonly<Record<string, string>> {
  return { 'Retry-After': String(retryAfterSeconds) };
}

function problemOfOurs({ kind, reason = '', message }: CalsyncError): Problem {
  if (reason === overtaken) return { ...busy, headers: retryLater() };
  const rule = ruleOf(reason);
  if (rule !== null) return { name: rule.name, detail: message, errors: [{ field: rule.field, message }] };
  const name = nameByKind[kind];
  switch (name) {
    case 'internal':
      return internal;
    case 'unavailable':
      return unavailable();
    default:
      return { name, detail: message };
  }
}
