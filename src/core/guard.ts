/*
 * The guard: how many events may disappear, or come back, without a person's word. All numbers are per calendar, the one where the event is
 * and not the one in whose turn it goes, and count the last hour together with what a plan is about to do; what a person approved is in no count.
 */

const guardLimits = {
  /** Withdrawals: rows that were taken out of the table, orphans and duplicates; recreates alike. */
  withdrawalsAtLeast: 10,
  withdrawalsShare: 0.05,
  withdrawalsAtMost: 500,
  /** Rows cancelled one by one by their key. */
  cancellationsAtLeast: 20,
  cancellationsShare: 0.5,
  /** A calendar of at least so many events is never emptied in passing. */
  neverEmptyFrom: 5,
} as const;

export const guardWindowMs = 3_600_000;

/** What happened in the last hour on a calendar, what a person approved left out, and how many events are bound there now. */
export interface GuardCounts {
  readonly liveBindings: number;
  /** Those of them whose event is gone from Google: they are no events that would be left. */
  readonly gone: number;
  readonly withdrawals: number;
  readonly cancellations: number;
  readonly recreates: number;
  /** Deletes of events there, wished in its own turns, wait for a person. */
  readonly held: boolean;
}

/** How a calendar stands, for each on which a plan has calls. */
export type CountsOf = (calendar: string) => GuardCounts;

/** What a plan is about to do, without what a person approved. */
export interface GuardWish {
  readonly withdrawals: number;
  /** Those of the withdrawals that are orphans and duplicates: they stand for no key, so the events of the calendar stay. */
  readonly strays: number;
  /** Events that move to another calendar. */
  readonly leaving: number;
  readonly cancellations: number;
  readonly recreates: number;
}

export interface GuardVerdict {
  /** Why deletes are held, null when they may go. */
  readonly deletes: string | null;
  /** Why recreates are held, null when they may go. */
  readonly recreates: string | null;
}

/** Judges what a plan wishes on top of the last hour. */
export function judge(counts: GuardCounts, wish: GuardWish): GuardVerdict {
  // What was deleted within the hour was there at its start: the base must not shrink under the count.
  const base = counts.liveBindings + counts.withdrawals + counts.cancellations;
  return {
    deletes: judgeWithdrawals(counts, wish, base) ?? judgeCancellations(counts, wish, base),
    recreates: wish.recreates === 0 ? null : overLine('recreations', counts.recreates + wish.recreates, base),
  };
}

function judgeWithdrawals(counts: GuardCounts, wish: GuardWish, base: number): string | null {
  if (wish.withdrawals === 0) return null;
  const stood = base - counts.gone;
  const left = counts.liveBindings - counts.gone - (wish.withdrawals - wish.strays) - wish.cancellations - wish.leaving;
  if (wish.withdrawals > wish.strays && stood >= guardLimits.neverEmptyFrom && left <= 0)
    return `none of ${stood} events would be left`;
  return overLine('withdrawals', counts.withdrawals + wish.withdrawals, base);
}

function judgeCancellations(counts: GuardCounts, wish: GuardWish, base: number): string | null {
  if (wish.cancellations === 0) return null;
  const line = Math.max(guardLimits.cancellationsAtLeast, guardLimits.cancellationsShare * base);
  const total = counts.cancellations + wish.cancellations;
  return total > line ? `${total} cancellations within an hour are more than ${Math.floor(line)}` : null;
}

function overLine(what: string, total: number, base: number): string | null {
  const share = Math.max(guardLimits.withdrawalsAtLeast, guardLimits.withdrawalsShare * base);
  const line = Math.min(share, guardLimits.withdrawalsAtMost);
  return total > line ? `${total} ${what} within an hour are more than ${Math.floor(line)}` : null;
}
