/** Makes a failing run smaller: each tape by itself, as long as the same invariant still fails. */
import { everyOracle } from './oracles/every.ts';
import { type RunResult, runTapes } from './run.ts';
import type { SiteDatabase } from './site.ts';
import { RecordedSchedule, type Tapes } from './tapes.ts';

/** What is left of the tapes, as data: the schedule without its tail. */
export interface Cut {
  readonly deeds: Tapes['workload']['deeds'];
  readonly faults: Tapes['faults'];
  readonly schedule: readonly number[];
}

export interface Shrunk {
  readonly result: RunResult;
  readonly runs: number;
  readonly cut: Cut;
}

const mostRuns = 150;

export async function shrink(
  tapes: Tapes,
  failed: RunResult,
  databases: readonly SiteDatabase[],
  oracles = everyOracle,
): Promise<Shrunk> {
  const { shape } = tapes.workload;
  let runs = 0;
  let best: Shrunk = {
    result: failed,
    runs,
    cut: { deeds: tapes.workload.deeds, faults: tapes.faults, schedule: failed.schedule },
  };
  const stillFails = async (cut: Cut): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const schedule = RecordedSchedule.replay(cut.schedule);
    const tapesLeft = { workload: { shape, deeds: cut.deeds }, faults: cut.faults, schedule };
    const result = await runTapes(failed.seed, tapesLeft, databases, oracles);
    if (result.violation?.invariant !== failed.violation?.invariant) return false;
    best = { result, runs, cut };
    return true;
  };
  await cutList(best.cut.faults, (faults) => stillFails({ ...best.cut, faults }));
  await cutList(best.cut.deeds, (deeds) => stillFails({ ...best.cut, deeds }));
  await cutTail(best.cut.schedule, (schedule) => stillFails({ ...best.cut, schedule }));
  return { ...best, runs };
}

/** Takes ever smaller pieces out of a list. */
async function cutList<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
): Promise<void> {
  let left = items;
  for (let size = Math.max(1, left.length); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = [...left.slice(0, at), ...left.slice(at + size)];
      if (await fails(without)) left = without;
      else at += size;
    }
  }
}

/** Cuts the end of the schedule: behind it, whoever has waited longest goes on. */
async function cutTail(
  numbers: readonly number[],
  fails: (numbers: readonly number[]) => Promise<boolean>,
): Promise<void> {
  let kept = numbers.length;
  for (let step = kept; step >= 1; step = Math.floor(step / 2)) {
    while (kept - step >= 0 && (await fails(numbers.slice(0, kept - step)))) kept -= step;
  }
}
