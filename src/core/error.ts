/**
 * What happens next decides the kind; there is no other classification of errors.
 *
 * | kind | what happens next |
 * | --- | --- |
 * | transient | wait, then try the same again |
 * | conflict | observe again, plan again (a 404 on an event too) |
 * | unavailable | the calendar cannot be reached: pause it, look again each period, rows stay pending |
 * | sync_token_expired | list the whole calendar |
 * | rejected | park until the row changes |
 * | unauthorized | pause the account, tell its owner |
 * | quota | a long pause for the account |
 * | refused | our guard; a person decides |
 * | usage | say it, exit 64 |
 * | invariant | stop this unit of work loudly |
 */
export type ErrorKind =
  | 'transient'
  | 'conflict'
  | 'unavailable'
  | 'sync_token_expired'
  | 'rejected'
  | 'unauthorized'
  | 'quota'
  | 'refused'
  | 'usage'
  | 'invariant';

/** Whose fault a pending reason is. */
export type Fault = 'google' | 'account' | 'row' | 'calsync';

export interface CalsyncErrorDetails {
  /** Machine name of the cause, such as Google's `reason` (`rateLimitExceeded`) or `timeout`. */
  readonly reason?: string;
  /** HTTP status, when an answer was received. */
  readonly status?: number;
  /** Milliseconds that the other side asked us to wait. */
  readonly retryAfterMs?: number;
  /** True when the request may have been carried out although no proof of it arrived. */
  readonly outcomeUnknown?: boolean;
  readonly cause?: unknown;
}

/** The one error class of calsync. The message holds no secret and no event text. */
export class CalsyncError extends Error {
  override readonly name = 'CalsyncError';
  readonly kind: ErrorKind;
  readonly reason: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly outcomeUnknown: boolean;

  constructor(kind: ErrorKind, message: string, details: CalsyncErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.reason = details.reason;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.outcomeUnknown = details.outcomeUnknown ?? false;
  }
}

/** Narrows anything thrown to ours; a stranger becomes `invariant`, because nobody planned for it. */
export function asCalsyncError(thrown: unknown): CalsyncError {
  if (thrown instanceof CalsyncError) return thrown;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  return new CalsyncError('invariant', `unexpected ${name}`, { cause: thrown });
}
