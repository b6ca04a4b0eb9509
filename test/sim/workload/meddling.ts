/** Where a calendar has policies of its own, people give them something to decide, and the application goes on writing meanwhile. */
import type { Dice } from '../dice.ts';
import { type Shape, strictPolicies } from '../shape.ts';
import type { Deed } from './deeds.ts';
import { drawPerson } from './people.ts';
import { drawWriter } from './writer.ts';

const second = 1_000;

export function drawMeddling(dice: Dice, shape: Shape): readonly Deed[] {
  if (shape.policies === strictPolicies || dice.chance(0.25)) return [];
  const when = () => ({ afterMs: dice.between(0, 30) * second, site: dice.below(shape.sites) });
  const acts = Array.from(
    { length: dice.between(5, 14) },
    (): Deed => ({ who: 'person', ...drawPerson(dice, shape), ...when() }),
  );
  const writes = Array.from(
    { length: dice.between(2, 8) },
    (): Deed => ({ who: 'writer', ...drawWriter(dice, shape), ...when() }),
  );
  return [...acts, ...writes];
}
