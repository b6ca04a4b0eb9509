/** An application that moves rows from one calendar to the other and back, so that moves of calsync's own are seen often. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { Deed } from './deeds.ts';

const second = 1_000;

export function drawMovers(dice: Dice, { keys, calendars, policies }: Shape): readonly Deed[] {
  if (calendars < 2 || policies.policy !== 'sync' || dice.chance(0.7)) return [];
  const key = dice.below(keys);
  return Array.from(
    { length: dice.between(2, 5) },
    (_, index): Deed => ({
      who: 'mover',
      kind: 'put',
      key: dice.chance(0.7) ? key : dice.below(keys),
      calendar: (index + 1) % 2,
      version: dice.below(1_000),
      guests: 0,
      afterMs: dice.between(20, 90) * second,
      site: 0,
    }),
  );
}
