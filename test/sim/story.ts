/** A run as a timeline that people can read. */
import type { RunResult } from './run.ts';
import type { Cut } from './shrink.ts';
import type { TraceLine } from './trace.ts';

/** Steps that say nothing by themselves. */
const dull = /^(asks the database|rests|looks|wakes|waits|hears .*: 20[04]|.* …)$/;

export function tellStory(result: RunResult): string {
  const lines = result.story.filter(({ what }) => !dull.test(what)).map(lineOf);
  return [`seed ${result.seed}: ${verdictOf(result)}`, ...lines].join('\n');
}

export function verdictOf({ violation }: RunResult): string {
  return violation === null ? 'clean' : `${violation.invariant}: ${violation.message}`;
}

/** What was left after shrinking, to be run again by a test. */
export function tellCut({ deeds, faults, schedule }: Cut): string {
  return JSON.stringify({ deeds, faults, scheduleLength: schedule.length }, null, 1);
}

function lineOf({ atMs, who, what }: TraceLine): string {
  return `${new Date(atMs).toISOString().slice(5, 23)}  ${who.padEnd(12)}  ${what}`;
}
