import type { Fault } from './error.ts';

/*
 * How an event stands, for everyone who asks. Decided from what the database records; never stored. `calsync.event_cause` is the same
 * table in SQL, and a test walks every combination of facts through both.
 *
 * | cause          | status      | when, the first line that fits                                                                 |
 * | -------------- | ----------- | ---------------------------------------------------------------------------------------------- |
 * | held           | held        | an open hold names this revision of the key                                                    |
 * | over           | settled     | what the row says and what was written both ended before the settled limit                     |
 * | parked         | parked      | its mark is parked                                                                             |
 * | delete_unheard | cancelling  | cancelled or withdrawn; a call to Google was begun and its end is not known                    |
 * | undeleted      | cancelling  | cancelled or withdrawn; an event is bound, or nobody has looked since                          |
 * | deleted        | cancelled   | cancelled or withdrawn; no event is bound and nothing is to be done                            |
 * | unheard        | pending     | what the row says was not confirmed; a call to Google was begun and its end is not known       |
 * | unsent         | pending     | what the row says was not confirmed, and is still going to be written                          |
 * | unseen         | unknown     | confirmed, but a calendar that it concerns was not observed lately                             |
 * | differs        | out_of_sync | an open finding waits for a person, or for calsync to mend it                                  |
 * | uncompared     | unknown     | Google shows another version than was compared, or something asked for another look            |
 * | same           | in_sync     | everything else: confirmed, observed lately, the same version, nothing to be done              |
 *
 * `pending` and `cancelling` speak of the table's wish, so they need no fresh observation: an outage hides no wish. `unknown` is said only
 * of what Google shows.
 */

export type EventStatus =
  | 'pending'
  | 'in_sync'
  | 'out_of_sync'
  | 'unknown'
  | 'cancelling'
  | 'cancelled'
  | 'held'
  | 'parked'
  | 'settled';

export type StatusCause = keyof typeof statusCauses;

/** What there is to say of a cause, beside its sentence. */
type Topic =
  | 'hold'
  | 'past'
  | 'parking'
  | 'work'
  | 'sight'
  | 'difference'
  | 'comparison'
  | 'agreement'
  | 'ending'
  | 'address';

interface CauseMeaning {
  readonly status: EventStatus;
  readonly topic: Topic;
  /** Unless more is known. Null where nothing is wrong, or a person has to decide. */
  readonly fault: Fault | null;
  readonly sentence: string;
}

/** What each cause means; `calsync.status_cause` is the same in SQL. */
export const statusCauses = {
  held: { status: 'held', topic: 'hold', fault: null, sentence: 'a person has to decide' },
  over: { status: 'settled', topic: 'past', fault: null, sentence: 'it is over, and settled' },
  parked: {
    status: 'parked',
    topic: 'parking',
    fault: 'row',
    sentence: 'it waits for a change of its row or for a retry',
  },
  unsent: { status: 'pending', topic: 'work', fault: 'calsync', sentence: 'Google does not show it yet' },
  unheard: {
    status: 'pending',
    topic: 'work',
    fault: 'google',
    sentence: 'it was sent to Google, and whether it arrived is not known yet',
  },
  unseen: { status: 'unknown', topic: 'sight', fault: 'calsync', sentence: 'its calendar was not observed lately' },
  differs: { status: 'out_of_sync', topic: 'difference', fault: null, sentence: 'Google shows something else' },
  uncompared: {
    status: 'unknown',
    topic: 'comparison',
    fault: 'calsync',
    sentence: 'what Google shows has still to be compared with the table',
  },
  same: { status: 'in_sync', topic: 'agreement', fault: null, sentence: 'Google shows what the table says' },
  undeleted: { status: 'cancelling', topic: 'work', fault: 'calsync', sentence: 'Google may still show it' },
  delete_unheard: {
    status: 'cancelling',
    topic: 'work',
    fault: 'google',
    sentence: 'Google was asked to take it away, and whether it did is not known yet',
  },
  deleted: { status: 'cancelled', topic: 'ending', fault: null, sentence: 'it is gone from Google' },
  unreachable: {
    status: 'out_of_sync',
    topic: 'address',
    fault: 'row',
    sentence: 'invitations to this address do not arrive',
  },
} as const satisfies Readonly<Record<string, CauseMeaning>>;

/** The facts of one key on which its status rests; `calsync.event_fact` says where each comes from. */
export interface EventFacts {
  readonly wanted: 'live' | 'cancelled' | 'absent';
  /** What the row says, and what was written, ended before the settled limit. */
  readonly over: boolean;
  readonly held: boolean;
  readonly mark: 'none' | 'due' | 'parked';
  /** The row at its revision, on its calendar, is what Google last confirmed. */
  readonly confirmed: boolean;
  /** An event stands for the key, be it one that was seen deleted. */
  readonly bound: boolean;
  /** A call was begun whose end nobody knows. */
  readonly calling: boolean;
  /** Every calendar that it concerns was observed lately enough to be believed. */
  readonly fresh: boolean;
  /** An open finding waits for a person. */
  readonly flagged: boolean;
  /** An open finding is calsync's to mend. */
  readonly mending: boolean;
  /** Google shows the version that was last compared. */
  readonly agrees: boolean;
}

/** Why the event stands as it does. Total; the table above, line by line. */
export function causeOf(facts: EventFacts): Exclude<StatusCause, 'unreachable'> {
  const { wanted, mark, confirmed, calling, flagged } = facts;
  if (facts.held) return 'held';
  if (facts.over) return 'over';
  if (mark === 'parked') return 'parked';
  if (wanted !== 'live') {
    if (calling) return 'delete_unheard';
    return facts.bound || mark !== 'none' ? 'undeleted' : 'deleted';
  }
  if (!confirmed && calling) return 'unheard';
  // A finding that waits for a person without a mark: nothing is going to be written before someone decides.
  if (!confirmed && !(flagged && mark === 'none')) return 'unsent';
  if (!facts.fresh) return 'unseen';
  if (flagged || (facts.mending && mark !== 'none')) return 'differs';
  return calling || mark !== 'none' || !facts.agrees ? 'uncompared' : 'same';
}

/** What is recorded of each topic: why in particular, whose fault, since when (an ISO time with its offset). */
export type Told = Readonly<
  Partial<
    Record<Topic, { readonly detail?: string | null; readonly fault?: Fault | null; readonly since?: string | null }>
  >
>;

/** A status as every door gives it. */
export interface Standing {
  readonly status: EventStatus;
  /** One sentence, without event text. */
  readonly reason: string;
  /** Null where nothing is wrong, or a person has to decide. */
  readonly fault: Fault | null;
  readonly since: Date | null;
}

/** The status of a cause, with what is recorded of its topic. */
export function standingOf(cause: StatusCause, told: Told): Standing {
  const { status, topic, fault, sentence }: CauseMeaning = statusCauses[cause];
  const { detail = null, fault: named = null, since = null } = told[topic] ?? {};
  return {
    status,
    reason: detail === null ? sentence : `${sentence}: ${detail}`,
    fault: named ?? fault,
    since: since === null ? null : new Date(since),
  };
}

/** The status of an event: exactly one for any facts. */
export function eventStatus(facts: EventFacts, told: Told): Standing {
  return standingOf(causeOf(facts), told);
}

/** Whether waiting may change it without anybody deciding, writing or retrying anything: what differs and is nobody's fault waits for a person. */
export function mayPassByWaiting({ status, fault }: Pick<Standing, 'status' | 'fault'>): boolean {
  switch (status) {
    case 'pending':
    case 'cancelling':
    case 'unknown':
      return true;
    case 'out_of_sync':
      return fault !== null;
    case 'in_sync':
    case 'cancelled':
    case 'held':
    case 'parked':
    case 'settled':
      return false;
  }
}
