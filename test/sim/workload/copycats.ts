/** Where copies are to be deleted, people go on making them: the deletion of what is bound to nothing has to be seen often. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { Deed } from './deeds.ts';

const second = 1_000;

export function drawCopycats(dice: Dice, { policies, calendars }: Shape): readonly Deed[] {
  if (policies.duplicates !== 'delete' || policies.policy !== 'sync' || dice.chance(0.3)) return [];
  return Array.from(
    { length: dice.between(3, 7) },
    (): Deed => ({
      who: 'copycat',
      kind: 'copy',
      withMarks: true,
      nth: dice.below(64),
      calendar: dice.below(calendars),
      destination: dice.below(calendars),
      afterMs: dice.between(20, 70) * second,
      site: 0,
    }),
  );
}
