/*
 * The tape of faults: what happens to the n-th request on its way to Google, and to the n-th connection that a worker takes. A new kind
 * of fault is one more kind here, carried out in network.ts or connection.ts.
 */
import type { FaultAction } from '../../src/emulator/faults.ts';
import type { Dice } from './dice.ts';

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
  | 'commit_unknown';

export type Fault =
  | { readonly at: 'call'; readonly number: number; readonly fault: NetworkFault }
  | { readonly at: 'connection'; readonly number: number; readonly fault: DatabaseFault };

const second = 1_000;

const refusals = [
  'userRateLimitExceeded',
  'rateLimitExceeded',
  'tooManyRequests',
  'quotaExceeded',
  'forbidden',
  'conflict',
  'conditionNotMet',
  'backendError',
  'serviceUnavailable',
  'authError',
  'notFound',
  'fullSyncRequired',
] as const;

/** What Google says to somebody who may not write this event. */
const denials = ['forbidden', 'forbiddenForNonOrganizer', 'requiredAccessLevel'] as const;

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

/** Calls and connections among which the faults of a run are spread. */
const span = { calls: 50, connections: 250 } as const;

/** Up to a dozen faults; none at all in a quarter of the runs. */
export function drawFaults(dice: Dice): readonly Fault[] {
  const count = dice.chance(0.25) ? 0 : dice.between(1, 12);
  return Array.from({ length: count }, () => drawFault(dice)).sort((a, b) => a.number - b.number);
}

function drawFault(dice: Dice): Fault {
  const sort = dice.weighted({ answer: 10, lie: 5, death: 4, database: 3 });
  if (sort === 'database')
    return { at: 'connection', number: dice.between(1, span.connections), fault: dice.pick(databaseFaults) };
  const makers = sort === 'answer' ? answers : sort === 'lie' ? lies : deaths;
  return { at: 'call', number: dice.between(1, span.calls), fault: dice.pick(makers)(dice) };
}
