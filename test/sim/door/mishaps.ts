/** What happens to the n-th attempt of an application to write. */
import type { Dice } from '../dice.ts';

export type Mishap =
  /** The request never gets there. */
  | { readonly kind: 'lost' }
  /** It is served, and the answer gets lost. */
  | { readonly kind: 'unheard' }
  /** It is served after so long; its sender has given up. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** It is served now and once more after so long. */
  | { readonly kind: 'twice'; readonly delayMs: number }
  /** The connection to the database breaks before the commit, which undoes all; or after it. */
  | { readonly kind: 'database'; readonly fault: 'commit_lost' | 'commit_unknown' };

const second = 1_000;

const kinds: readonly ((dice: Dice) => Mishap)[] = [
  () => ({ kind: 'lost' }),
  () => ({ kind: 'unheard' }),
  () => ({ kind: 'unheard' }),
  (dice) => ({ kind: 'late', delayMs: dice.between(1, 240) * second }),
  (dice) => ({ kind: 'twice', delayMs: dice.pick([0, dice.between(1, 120) * second]) }),
  () => ({ kind: 'twice', delayMs: 0 }),
  () => ({ kind: 'database', fault: 'commit_lost' }),
  () => ({ kind: 'database', fault: 'commit_unknown' }),
  () => ({ kind: 'database', fault: 'commit_unknown' }),
];

export interface MishapOfAttempt {
  readonly at: 'attempt';
  readonly number: number;
  readonly fault: Mishap;
}

/** About one attempt in four. */
export function drawMishaps(dice: Dice, asked: number): readonly MishapOfAttempt[] {
  if (asked === 0 || dice.chance(0.2)) return [];
  const count = dice.between(1, Math.max(1, Math.floor(asked / 2)));
  return Array.from({ length: count }, () => ({
    at: 'attempt' as const,
    number: dice.between(1, Math.ceil(asked * 1.3)),
    fault: dice.pick(kinds)(dice),
  }));
}
