/** A table that is emptied slowly and nothing else: row after row is withdrawn by its key, none more than a guard would think of twice. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { Deed } from './deeds.ts';

const second = 1_000;
const leastKeys = 5;

export function drawTrickle(dice: Dice, shape: Shape): readonly Deed[] {
  if (shape.keys < leastKeys || !dice.chance(0.1)) return [];
  const first = dice.below(shape.keys);
  const withdrawn = Array.from(
    { length: shape.keys },
    (_, index): Deed => ({
      who: 'writer',
      kind: 'withdraw',
      key: (first + index) % shape.keys,
      afterMs: dice.between(20, 100) * second,
      site: 0,
    }),
  );
  return [{ who: 'writer', kind: 'put_all', afterMs: 0, site: 0 }, ...withdrawn];
}
