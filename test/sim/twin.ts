/*
 * The same workload without faults has to end in the same Google, with no more creates and deletes. It says something only where nobody
 * but the application acts, and where the policy makes Google equal to the table whenever a turn comes.
 */
import type { Fault } from './faults.ts';
import type { RunResult } from './run.ts';
import { runTapes } from './run.ts';
import type { SiteDatabase } from './site.ts';
import { type Tapes, tapesOf } from './tapes.ts';
import { Violation } from './violation.ts';

/** What takes an event away may do so before the event was ever made, or after. */
const onlyAdding: ReadonlySet<string> = new Set(['put_all', 'put', 'retitle', 'enrol', 'leave']);

/** Who leaves Google as the table says. Operators decide only where something is held, and then nothing is compared. */
const harmless: ReadonlySet<string> = new Set(['writer', 'mover', 'operator', 'follower', 'waiter']);

export function hasTwin({ workload: { shape, deeds }, faults }: Tapes): boolean {
  const isAlone =
    shape.sites === 1 && deeds.every(({ who }) => harmless.has(who) || who === 'google') && !faults.some(isDeed);
  return (
    isAlone && shape.policies.policy === 'sync' && (faults.length > 0 || deeds.some(({ who }) => who === 'google'))
  );
}

/** Somebody acts while a call is on its way: that is workload. */
function isDeed({ fault }: Fault): boolean {
  return typeof fault === 'object' && fault.kind === 'meanwhile';
}

/** Runs the seed without faults and compares; null where both ended alike, or left the end to chance. */
export async function differenceFromTwin(
  seed: string,
  run: RunResult,
  databases: readonly SiteDatabase[],
): Promise<Violation | null> {
  const { workload, schedule } = tapesOf(seed);
  const deeds = workload.deeds.filter(({ who }) => who !== 'google');
  const twin = await runTapes(
    `${seed} without faults`,
    { workload: { ...workload, deeds }, schedule, faults: [] },
    databases,
  );
  if (twin.violation !== null) return twin.violation;
  if (run.ending === null || twin.ending === null) return null;
  if (run.ending.google === null || twin.ending.google === null) return null;
  if (run.ending.google !== twin.ending.google)
    return new Violation(
      'twin',
      `Google ends otherwise than without faults: ${run.ending.google} instead of ${twin.ending.google}`,
    );
  if (!deeds.every(({ who, kind }) => (who !== 'writer' && who !== 'mover') || onlyAdding.has(kind))) return null;
  const more = (['creates', 'deletes'] as const).find((what) => (run.ending?.[what] ?? 0) > (twin.ending?.[what] ?? 0));
  return more === undefined ? null : new Violation('twin', `more ${more} than the same workload has without faults`);
}
