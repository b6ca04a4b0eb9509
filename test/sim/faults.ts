/*
 * The tape of faults: what happens to the n-th request on its way to Google, to the n-th of those that would change something, and to the
 * n-th connection that a worker takes. A new kind of fault is one more kind here, carried out in network.ts or connection.ts.
 */
import type { FaultAction } from '../../src/emulator/faults.ts';
import type { Dice } from './dice.ts';
import type { MishapOfAttempt } from './door/mishaps.ts';

export type NetworkFault =
  /** The request never gets there; the connection breaks. */
  | { readonly kind: 'lost' }
  /** Neither served nor answered. */
  | { readonly kind: 'silence' }
  /** Served after so long, when the caller may have given up. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Served now and once more later. */
  | { readonly kind: 'twice'; readonly delayMs: number }
  /** Carried out by the emulator on this request alone. */
  | { readonly kind: 'answer'; readonly action: FaultAction }
  /** Every access token ends just before the request is looked at. */
  | { readonly kind: 'expire_access' }
  /** A create that is answered as if it were done, and is not. */
  | { readonly kind: 'swallowed' }
  /** The next event of ours is hidden from this listing. */
  | { readonly kind: 'hide' }
  /** The sync token is refused, and the full listing that follows shows too little. */
  | { readonly kind: 'vanish'; readonly how: 'hide' | 'empty' }
  /** The process dies before the request leaves; after it left, and it is served later; after it was served. */
  | { readonly kind: 'crash_before_send' }
  | { readonly kind: 'crash_unserved'; readonly delayMs: number }
  | { readonly kind: 'crash_unheard' }
  /** Nothing of the process happens for so long, after the answer is there. */
  | { readonly kind: 'pause'; readonly pauseMs: number; readonly clockStops: boolean };

export type DatabaseFault =
  /** The process dies before the transaction. */
  | 'not_committed'
  /** Committed, and the process dies before it hears of it. */
  | 'commit_unheard'
  /** Committed, and the connection breaks before the process hears of it; it lives on. */
  | 'commit_unknown'
  /** The connection breaks before the commit, which Postgres undoes then; the process lives on. */
  | 'commit_lost';

export type Fault =
  | { readonly at: 'call' | 'change'; readonly number: number; readonly fault: NetworkFault }
  | { readonly at: 'connection'; readonly number: number; readonly fault: DatabaseFault }
  | MishapOfAttempt;

const second = 1_000;

export const refusals = [
  'userRateLimitExceeded',
  'rateLimitExceeded',
  'tooManyRequests',
  'quotaExceeded',
  'dailyLimitExceeded',
  'forbidden',
  'conflict',
  'conditionNotMet',
  'backendError',
  'serviceUnavailable',
  'authError',
  'notFound',
  'fullSyncRequired',
] as const;

/** What only a change is answered, each true of some calendar at some time. */
export const changeRefusals = ['duplicate', 'deleted', 'conditionNotMet', 'notFound', 'invalidId', 'conflict'] as const;

/** What Google says to somebody who may not write this event. */
export const denials = ['forbidden', 'forbiddenForNonOrganizer', 'requiredAccessLevel'] as const;

const answers: readonly ((dice: Dice) => NetworkFault)[] = [
  () => ({ kind: 'lost' }),
  () => ({ kind: 'silence' }),
  (dice) => ({ kind: 'late', delayMs: dice.between(1, 100) * second }),
  (dice) => ({ kind: 'twice', delayMs: dice.between(0, 60) * second }),
  () => ({ kind: 'answer', action: { kind: 'lose_answer' } }),
  () => ({ kind: 'answer', action: { kind: 'truncate' } }),
  () => ({ kind: 'answer', action: { kind: 'html' } }),
  () => ({ kind: 'answer', action: { kind: 'error_after', error: 'backendError' } }),
  () => ({ kind: 'answer', action: { kind: 'error_after', error: 'conditionNotMet' } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(refusals) } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(refusals) } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(denials) } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(denials) } }),
  () => ({ kind: 'answer', action: { kind: 'touch_event' } }),
  () => ({ kind: 'expire_access' }),
];

/** On the way to a change these are the likely ones; what speaks of listings says nothing there. */
const changed: readonly ((dice: Dice) => NetworkFault)[] = [
  ...answers,
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(changeRefusals) } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error', error: dice.pick(changeRefusals) } }),
  (dice) => ({ kind: 'answer', action: { kind: 'error_after', error: dice.pick(['backendError', 'conflict']) } }),
  () => ({ kind: 'answer', action: { kind: 'lose_answer' } }),
];

const lies: readonly ((dice: Dice) => NetworkFault)[] = [
  (dice) => ({ kind: 'answer', action: { kind: 'stale_list', versions: dice.between(1, 6) } }),
  () => ({ kind: 'answer', action: { kind: 'empty_list' } }),
  () => ({ kind: 'answer', action: { kind: 'repeat_page' } }),
  () => ({ kind: 'answer', action: { kind: 'drop_page' } }),
  () => ({ kind: 'answer', action: { kind: 'token_wipe' } }),
  () => ({ kind: 'hide' }),
  (dice) => ({ kind: 'vanish', how: dice.pick(['hide', 'empty']) }),
  (dice) => ({ kind: 'vanish', how: dice.pick(['hide', 'empty']) }),
];

const deaths: readonly ((dice: Dice) => NetworkFault)[] = [
  () => ({ kind: 'crash_before_send' }),
  (dice) => ({ kind: 'crash_unserved', delayMs: dice.between(0, 240) * second }),
  () => ({ kind: 'crash_unheard' }),
  (dice) => ({ kind: 'pause', pauseMs: dice.between(100, 400) * second, clockStops: dice.chance(0.5) }),
];

const databaseFaults: readonly DatabaseFault[] = ['not_committed', 'commit_unheard', 'commit_unknown'];

/** Calls, changes and connections among which the faults of a run are spread. */
const span = { calls: 50, changes: 24, connections: 250 } as const;

/** Up to a dozen faults; none at all in a quarter of the runs. */
export function drawFaults(dice: Dice): readonly Fault[] {
  const count = dice.chance(0.25) ? 0 : dice.between(1, 12);
  return Array.from({ length: count }, () => drawFault(dice)).sort((a, b) => a.number - b.number);
}

function drawFault(dice: Dice): Fault {
  const sort = dice.weighted({ answer: 5, change: 8, lie: 5, death: 3, deathAtChange: 2, database: 3 });
  switch (sort) {
    case 'database':
      return { at: 'connection', number: dice.between(1, span.connections), fault: dice.pick(databaseFaults) };
    case 'change':
      return { at: 'change', number: dice.between(1, span.changes), fault: dice.pick(changed)(dice) };
    case 'deathAtChange':
      return { at: 'change', number: dice.between(1, span.changes), fault: dice.pick(deaths)(dice) };
    case 'answer':
      return { at: 'call', number: dice.between(1, span.calls), fault: dice.pick(answers)(dice) };
    case 'lie':
      return { at: 'call', number: dice.between(1, span.calls), fault: dice.pick(lies)(dice) };
    case 'death':
      return { at: 'call', number: dice.between(1, span.calls), fault: dice.pick(deaths)(dice) };
  }
}
