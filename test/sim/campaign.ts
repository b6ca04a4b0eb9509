/** Many seeds, one after the other: findings are run again, to see that they repeat, and made smaller. */
import type { CellCounts } from './cells.ts';
import { isMine, type Part, whole } from './jobs.ts';
import { type RunResult, runSeed } from './run.ts';
import { type Shrunk, shrink } from './shrink.ts';
import type { SiteDatabase } from './site.ts';
import { mergeCells } from './summary.ts';
import { tapesOf } from './tapes.ts';
import { differenceFromTwin, hasTwin } from './twin.ts';
import { Violation } from './violation.ts';

export interface CampaignOptions {
  readonly first: number;
  /** How many there are in all, of which this process may have but a part. */
  readonly seeds: number;
  readonly part?: Part;
  /** No new seed is begun after so long, in milliseconds of the real clock. */
  readonly mostMs: number;
  readonly shrinks: boolean;
  readonly stopsAtFinding: boolean;
  readonly onRun?: (result: RunResult) => void;
}

export interface Finding {
  readonly result: RunResult;
  readonly shrunk: Shrunk | null;
}

export interface Campaign {
  readonly seeds: number;
  readonly steps: number;
  readonly statements: number;
  readonly replayed: number;
  /** Runs that were held against the same workload without faults. */
  readonly twins: number;
  readonly durationMs: number;
  readonly cells: CellCounts;
  readonly findings: readonly Finding[];
}

/** Every so-manieth seed is run twice; every one that has a twin without faults is held against it. */
const replayEvery = 20;

export async function runCampaign(options: CampaignOptions, databases: readonly SiteDatabase[]): Promise<Campaign> {
  const startedAt = performance.now();
  const findings: Finding[] = [];
  let cells: CellCounts = new Map();
  let [seeds, steps, statements, replayed, twins] = [0, 0, 0, 0, 0];
  for (let index = 0; index < options.seeds && performance.now() - startedAt < options.mostMs; index += 1) {
    if (!isMine(options.part ?? whole, index)) continue;
    const seed = String(options.first + index);
    let result = await runSeed(seed, databases);
    seeds += 1;
    steps += result.steps;
    statements += result.statements;
    cells = mergeCells([cells, result.cells]);
    if (result.violation === null && hasTwin(tapesOf(seed))) {
      twins += 1;
      result = { ...result, violation: await differenceFromTwin(seed, result, databases) };
    }
    if (result.violation !== null || index % replayEvery === 0) {
      replayed += 1;
      result = await again(result, databases);
    }
    options.onRun?.(result);
    if (result.violation === null) continue;
    findings.push({ result, shrunk: options.shrinks ? await shrink(tapesOf(seed), result, databases) : null });
    if (options.stopsAtFinding) break;
  }
  return { seeds, steps, statements, replayed, twins, durationMs: performance.now() - startedAt, cells, findings };
}

/** A second run has to go the same way; if it does not, that is the finding. */
async function again(first: RunResult, databases: readonly SiteDatabase[]): Promise<RunResult> {
  const second = await runSeed(first.seed, databases);
  if (second.digest === first.digest) return first;
  const at = first.story.findIndex((line, index) => JSON.stringify(line) !== JSON.stringify(second.story[index]));
  const where = at < 0 ? 'in the rows of a statement' : `at line ${at}: ${first.story[at]?.what}`;
  return { ...first, violation: first.violation ?? new Violation('trace', `a second run went another way, ${where}`) };
}
