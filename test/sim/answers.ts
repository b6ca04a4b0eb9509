/*
 * What may become of one request to Google, by name: the cells of a campaign are counted by these names, and faults are drawn from them,
 * for any request or aimed at one phase of a turn.
 */
import type { FaultAction, FaultError, RetryAfter } from '../../src/emulator/faults.ts';
import type { Dice } from './dice.ts';
import type { NetworkFault } from './faults.ts';

export type DrawFault = (dice: Dice) => NetworkFault;
type ByName = Readonly<Record<string, DrawFault>>;

const second = 1_000;

const refusals = [
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
const changeRefusals = ['duplicate', 'deleted', 'conditionNotMet', 'notFound', 'invalidId', 'conflict'] as const;

/** What Google says to somebody who may not write this event. */
const denials = ['forbidden', 'forbiddenForNonOrganizer', 'requiredAccessLevel'] as const;

/** Answers that may ask the caller to wait. */
const pleas = ['tooManyRequests', 'serviceUnavailable', 'quotaExceeded'] as const;

/** Seldom longer than a turn; never longer than the quiet phase begins with. */
export function drawRetryAfter(dice: Dice): RetryAfter {
  const long = dice.weighted({ short: 2, minutes: 5, long: 2 });
  const seconds =
    long === 'short' ? dice.between(1, 8) : long === 'minutes' ? dice.between(20, 240) : dice.between(300, 1_800);
  return { seconds, as: dice.chance(0.3) ? 'date' : 'seconds' };
}

function answered(action: FaultAction): DrawFault {
  return () => ({ kind: 'answer', action });
}

function refused(errors: readonly FaultError[]): ByName {
  return Object.fromEntries(errors.map((error) => [`error ${error}`, answered({ kind: 'error', error })]));
}

const asked: ByName = Object.fromEntries(
  pleas.map((error) => [
    `error ${error} Retry-After`,
    (dice) => ({ kind: 'answer', action: { kind: 'error', error, retryAfter: drawRetryAfter(dice) } }),
  ]),
);

/** The process dies before the request leaves; after it left, and it is served later; after it was served; or it sleeps. */
export const deaths: ByName = {
  crash_before_send: () => ({ kind: 'crash_before_send' }),
  crash_unserved: (dice) => ({ kind: 'crash_unserved', delayMs: dice.between(0, 240) * second }),
  crash_unheard: () => ({ kind: 'crash_unheard' }),
  pause: (dice) => ({ kind: 'pause', pauseMs: dice.between(100, 400) * second, clockStops: dice.chance(0.5) }),
};

/** Nobody hears how it ended. */
const unheard: ByName = {
  lose_answer: answered({ kind: 'lose_answer' }),
  truncate: answered({ kind: 'truncate' }),
  'error_after backendError': answered({ kind: 'error_after', error: 'backendError' }),
};

/** On the way there or back, whatever is asked. */
export const onTheWay: ByName = {
  lost: () => ({ kind: 'lost' }),
  silence: () => ({ kind: 'silence' }),
  late: (dice) => ({ kind: 'late', delayMs: dice.between(1, 100) * second }),
  twice: (dice) => ({ kind: 'twice', delayMs: dice.between(0, 60) * second }),
  html: answered({ kind: 'html' }),
  ...unheard,
  'error_after conditionNotMet': answered({ kind: 'error_after', error: 'conditionNotMet' }),
  ...refused([...refusals, ...denials]),
  ...asked,
};

/** A listing that is not what the calendar holds, or tells it in another way. */
export const ofListings: ByName = {
  stale_list: (dice) => ({ kind: 'answer', action: { kind: 'stale_list', versions: dice.between(1, 6) } }),
  empty_list: answered({ kind: 'empty_list' }),
  hide_item: () => ({ kind: 'hide' }),
  repeat_page: answered({ kind: 'repeat_page' }),
  drop_page: answered({ kind: 'drop_page' }),
  token_wipe: answered({ kind: 'token_wipe' }),
};

export const ofChanges: ByName = {
  touch_event: answered({ kind: 'touch_event' }),
  'error_after conflict': answered({ kind: 'error_after', error: 'conflict' }),
  ...refused(changeRefusals),
};

/** A call that was served and whose caller does not know it. */
export const unheardNames = [...Object.keys(unheard), 'crash_unheard'] as const;
