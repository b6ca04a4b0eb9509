import type { CalsyncError } from './error.ts';

/** No wait of our own is longer; Google's quota page names 32 or 64 s as the maximum. */
export const MAX_BACKOFF_MS = 64_000;
/** Google's formula adds up to this much chance to every wait. */
export const BACKOFF_JITTER_MS = 1_000;
/** A `Retry-After` is obeyed up to here; beyond it the answer is taken for a mistake. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** How often one call is tried before its key goes back to the queue. */
export const MAX_TRIES = 6;

const BACKOFF_UNIT_MS = 1_000;

export type RetryDecision =
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** It could be tried again, but has been often enough for now. */
  | { readonly kind: 'exhausted' }
  /** Trying the same again cannot help: the error's kind says what does. */
  | { readonly kind: 'pointless' };

/**
 * The longest wait after that many failures in a row (1, 2, 3 …), in milliseconds: Google's
 * `min(2^n s + up to 1 s, maximum)` with n = failures - 1 and the most chance it can add.
 */
export function backoffCeilingMs(failures: number): number {
  const doubled = BACKOFF_UNIT_MS * 2 ** Math.max(0, failures - 1);
  return Math.min(doubled + BACKOFF_JITTER_MS, MAX_BACKOFF_MS);
}

/**
 * The wait before the next try, in milliseconds. Full jitter: anywhere below Google's ceiling, so that calls that
 * failed together do not come back together. `fraction` is in [0, 1), fresh for every wait.
 * What the other side asked for (`retryAfterMs`) is a floor, with up to a second of chance above it.
 */
export function backoffMs(failures: number, fraction: number, retryAfterMs?: number): number {
  const ownMs = Math.floor(fraction * backoffCeilingMs(failures));
  if (retryAfterMs === undefined) return ownMs;
  const askedMs = Math.min(Math.max(0, retryAfterMs), MAX_RETRY_AFTER_MS);
  return Math.max(ownMs, askedMs + Math.floor(fraction * BACKOFF_JITTER_MS));
}

/**
 * Whether the same call may be tried again after `failures` failures in a row (this one included), and after how
 * long. Only `transient` errors are. One with `outcomeUnknown` must be settled by a read before it is sent again.
 */
export function decideRetry(
  error: CalsyncError,
  failures: number,
  fraction: number,
  maxTries = MAX_TRIES,
): RetryDecision {
  if (error.kind !== 'transient') return { kind: 'pointless' };
  if (failures >= maxTries) return { kind: 'exhausted' };
  return { kind: 'wait', delayMs: backoffMs(failures, fraction, error.retryAfterMs) };
}
