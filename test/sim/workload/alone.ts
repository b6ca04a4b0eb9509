/**
 * Runs in which nobody acts but one application, so that their end can be held against the same run without faults: few rows, put again and
 * again, with guests who come and go.
 */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { Deed } from './deeds.ts';

const second = 1_000;
const mostKeys = 3;

export function drawAlone(dice: Dice, { keys, calendars }: Shape): readonly Deed[] {
  if (!dice.chance(0.1)) return [];
  const puts = Array.from(
    { length: dice.between(8, 18) },
    (): Deed => ({
      who: 'writer',
      kind: 'put',
      key: dice.below(Math.min(keys, mostKeys)),
      calendar: dice.chance(0.85) ? 0 : dice.below(calendars),
      version: dice.below(1_000),
      guests: dice.below(4),
      afterMs: dice.between(5, 45) * second,
      site: 0,
    }),
  );
  return [{ who: 'writer', kind: 'put_all', afterMs: 0, site: 0 }, ...puts];
}
