import type { CalsyncError, ErrorKind } from '../core/error.ts';

/** What a process of calsync ends with; nothing else is ever used. */
export const exitCodes = {
  /** Done, or in sync. */
  done: 0,
  failed: 1,
  /** `diff` found differences, or `reconcile` could not finish. */
  differences: 2,
  /** The database schema is newer than the program. */
  newerSchema: 3,
  /** Usage or configuration. */
  usage: 64,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** By reason first, for the few that end otherwise than their kind. */
const byReason: Readonly<Record<string, ExitCode>> = {
  schema_newer: exitCodes.newerSchema,
  interrupted: exitCodes.interrupted,
  // A write that is refused for what it names, and not for what came between.
  unknown_key: exitCodes.usage,
  unknown_calendar: exitCodes.usage,
  duplicate_key: exitCodes.usage,
  other_schedule: exitCodes.usage,
};

const byKind: Readonly<Record<ErrorKind, ExitCode>> = {
  transient: exitCodes.failed,
  conflict: exitCodes.failed,
  unavailable: exitCodes.failed,
  sync_token_expired: exitCodes.failed,
  rejected: exitCodes.failed,
  unauthorized: exitCodes.failed,
  quota: exitCodes.failed,
  refused: exitCodes.failed,
  usage: exitCodes.usage,
  invariant: exitCodes.failed,
};

/** The one table from an error to an exit code. */
export function exitCodeOf(error: Pick<CalsyncError, 'kind' | 'reason'>): ExitCode {
  const named =
    error.reason !== undefined && Object.hasOwn(byReason, error.reason) ? byReason[error.reason] : undefined;
  return named ?? byKind[error.kind];
}
