/** What people do to single occurrences of a series: change one, cancel one, begin a new series from one on. */
import type { JsonObject } from '../../../src/emulator/model.ts';
import type { Dice } from '../dice.ts';
import type { World } from '../world.ts';

export type OccurrenceAct = {
  readonly kind: 'change_occurrence' | 'cancel_occurrence' | 'split_series';
  /** Counted from the first. */
  readonly occurrence: number;
  readonly version: number;
};

export const occurrenceWeights = { change_occurrence: 2, cancel_occurrence: 1, split_series: 0.5 } as const;

export function drawOccurrence(dice: Dice, kind: OccurrenceAct['kind']): OccurrenceAct {
  return { kind, occurrence: dice.between(1, 2), version: dice.below(100) };
}

export function isSeries(event: JsonObject): boolean {
  return Array.isArray(event.recurrence) && typeof startOf(event) === 'string';
}

export function actOnOccurrence(world: World, calendar: string, event: JsonObject, act: OccurrenceAct): JsonObject {
  const { people } = world.emulator;
  const id = String(event.id);
  const original = weeksAfter(startOf(event) ?? '', act.occurrence);
  switch (act.kind) {
    case 'change_occurrence':
      return people.changeOccurrence(calendar, id, original, { location: `Moved to ${act.version}` });
    case 'cancel_occurrence':
      return people.cancelOccurrence(calendar, id, original);
    case 'split_series':
      return people.splitSeries(calendar, id, original, { summary: `From here on ${act.version}` });
  }
}

function startOf(event: JsonObject): string | undefined {
  return (event.start as { dateTime?: string } | undefined)?.dateTime;
}

/** The weeks of March 2027 until the clocks change on the 28th; what falls behind it is no occurrence, and people are not let. */
function weeksAfter(start: string, weeks: number): string {
  return new Date(Date.parse(start) + weeks * 7 * 24 * 3_600_000).toISOString();
}
