import type { CalsyncError } from './error.ts';

/*
 * The breaker: when Google gives no usable answer, calls stop, and one worker at a time tries whether it answers again. What counts is
 * silence alone: a refusal, whatever it says, is an answer, and rate limits have waits of their own.
 *
 * The budget while Google is silent, for an account: `failuresToOpen` calls, and those that were on their way when the last of them failed;
 * then one call a probe, at least half of `firstWaitMs` apart, doubling up to `longestWaitMs`.
 */

export const breakerLimits = {
  /** Calls in a row without an answer, of all workers together, that open it. */
  failuresToOpen: 10,
  /** Failures further apart than this have nothing to do with each other; longer than a poll period. */
  windowMs: 10 * 60_000,
  firstWaitMs: 10_000,
  longestWaitMs: 120_000,
  /** A probe that has said nothing for so long belongs to a worker that died. */
  probeLimitMs: 60_000,
  /** Accounts whose breakers are open, while no other one gets answers, that open the one for all of Google. */
  accountsToOpenAll: 2,
} as const;

/** What the end of a call says of Google. */
export type Sign = 'alive' | 'silent' | 'nothing';

/** A failed call: silent for time-outs, broken connections and 5xx; alive for any other status; nothing where none was sent. */
export function signOf(error: CalsyncError): Sign {
  if (error.kind === 'transient') return error.status === undefined || error.status >= 500 ? 'silent' : 'alive';
  return error.status === undefined ? 'nothing' : 'alive';
}

/** A breaker as it stands. Times in milliseconds. */
export interface Breaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Calls in a row without an answer. */
  readonly failures: number;
  /** When the first of them failed; null while none did. */
  readonly silentSince: number | null;
  readonly lastFailureAt: number | null;
  /** What the last of them met. */
  readonly reason: string | null;
  readonly openedAt: number | null;
  /** Open: when the next probe is due; half open: when the running one is given up. */
  readonly probeAt: number | null;
  /** Probes in a row that failed. */
  readonly probes: number;
  /** Half open: whose turn probes. */
  readonly prober: string | null;
}

export const closedBreaker: Breaker = {
  state: 'closed',
  failures: 0,
  silentSince: null,
  lastFailureAt: null,
  reason: null,
  openedAt: null,
  probeAt: null,
  probes: 0,
  prober: null,
};

/** A call without an answer. `fraction` in [0, 1) spreads the next probe; `retryAfterMs` is what Google asked for, if it said anything. */
export interface Silence {
  readonly at: number;
  readonly reason: string;
  readonly by: string;
  readonly fraction: number;
  readonly retryAfterMs: number;
}

/** Counts a silence. The one that fills the count opens it; that of the prober opens it again. Late ones of others change nothing more. */
export function afterSilence(kept: Breaker, silence: Silence): Breaker {
  const { at, reason } = silence;
  const isStale = kept.lastFailureAt !== null && at - kept.lastFailureAt > breakerLimits.windowMs;
  const counted = kept.state === 'closed' && isStale ? closedBreaker : kept;
  const failed: Breaker = {
    ...counted,
    failures: counted.failures + 1,
    silentSince: counted.silentSince ?? at,
    lastFailureAt: at,
    reason,
  };
  switch (kept.state) {
    case 'closed':
      return failed.failures >= breakerLimits.failuresToOpen ? opened(failed, silence, 0) : failed;
    case 'half_open':
      return kept.prober === silence.by ? opened(failed, silence, kept.probes + 1) : failed;
    case 'open':
      return failed;
  }
}

function opened(failed: Breaker, { at, fraction, retryAfterMs }: Silence, probes: number): Breaker {
  const probeAt = at + probeWaitMs(probes, fraction, retryAfterMs);
  return { ...failed, state: 'open', openedAt: failed.openedAt ?? at, probeAt, probes, prober: null };
}

/** Milliseconds until the next probe after so many that failed: at least half of the doubling wait, and what Google asked for. */
export function probeWaitMs(probes: number, fraction: number, retryAfterMs: number): number {
  const { firstWaitMs, longestWaitMs } = breakerLimits;
  const ceilingMs = Math.min(firstWaitMs * 2 ** probes, longestWaitMs);
  const askedMs = Math.min(Math.max(0, retryAfterMs), longestWaitMs);
  return Math.floor(Math.max(ceilingMs / 2, askedMs) + (fraction * ceilingMs) / 2);
}

/** How every reason begins that is Google's silence. */
export const silencePrefix = 'Google has not answered since ';

/** Why nothing is done, in one sentence: since when, and what the last call met. */
export function silenceText({ silentSince, reason }: Pick<Breaker, 'silentSince' | 'reason'>): string {
  const since = `${new Date(silentSince ?? 0).toISOString().slice(0, 19)}Z`;
  return `${silencePrefix}${since}${reason === null ? '' : ` (${reason})`}`;
}
