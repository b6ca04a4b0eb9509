/** Guests who are enrolled and soon leave again, so that calls that name them are lost, and what they wrote is taken back. */
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';

interface EnrolmentDeed {
  readonly kind: 'enrol' | 'leave';
  readonly key: number;
  readonly guest: number;
  readonly afterMs: number;
}

const second = 1_000;

export function drawEnrolments(dice: Dice, { keys }: Shape): readonly EnrolmentDeed[] {
  if (dice.chance(0.7)) return [];
  const key = dice.below(Math.min(keys, 3));
  return Array.from({ length: dice.between(2, 4) }, () => dice.below(4)).flatMap((guest) =>
    (['enrol', 'leave'] as const).map((kind) => ({ kind, key, guest, afterMs: dice.between(20, 120) * second })),
  );
}
