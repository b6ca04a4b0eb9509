/** Somebody who types the same thing again and again, whatever calsync puts back. */
import type { Dice } from '../dice.ts';
import { liveEvents, markOfEvent } from '../oracles/google-side.ts';
import type { World } from '../world.ts';

export interface InsistentDeed {
  readonly kind: 'insist';
  readonly field: 'summary' | 'location';
  readonly nth: number;
  readonly times: number;
}

export function drawInsistence(dice: Dice): InsistentDeed {
  const field = dice.pick(['summary', 'location'] as const);
  return { kind: 'insist', field, nth: dice.below(8), times: 0 };
}

/** Types it unless it is there; a new wording each time, as people vary theirs. */
export function doInsist(world: World, deed: InsistentDeed): string {
  const marked = world.calendars.flatMap((calendar) =>
    liveEvents(world, calendar).flatMap((event) => (markOfEvent(event) === null ? [] : [{ calendar, event }])),
  );
  const { calendar, event } = marked[deed.nth % Math.max(1, marked.length)] ?? {};
  if (calendar === undefined || event === undefined) return 'finds nothing';
  if (String(event[deed.field] ?? '').startsWith('No, ')) return 'still has it';
  world.emulator.people.edit(calendar, String(event.id), { [deed.field]: `No, really ${deed.times}` });
  return String(event.id).slice(0, 6);
}
