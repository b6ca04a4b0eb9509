/** A table that is emptied slowly: row after row is withdrawn by its key, none of them more than a guard would think of twice. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { Deed } from './deeds.ts';

const second = 1_000;
const leastKeys = 5;

export function drawTrickle(dice: Dice, shape: Shape): readonly Deed[] {
  if (shape.keys < leastKeys || !dice.chance(0.2)) return [];
  const first = dice.below(shape.keys);
  return Array.from({ length: shape.keys }, (_, index) => ({
    who: 'writer',
    kind: 'withdraw',
    key: (first + index) % shape.keys,
    afterMs: dice.between(20, 100) * second,
    site: 0,
  }));
}
