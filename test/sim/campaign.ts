/** Many seeds, one after the other: findings are run again, to see that they repeat, and made smaller. */
import { type RunResult, runSeed } from './run.ts';
import { type Shrunk, shrink } from './shrink.ts';
import type { SiteDatabase } from './site.ts';
import { tapesOf } from './tapes.ts';
import { Violation } from './violation.ts';

export interface CampaignOptions {
  readonly first: number;
  readonly seeds: number;
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
  readonly replayed: number;
  readonly durationMs: number;
  readonly findings: readonly Finding[];
}

/** Every so-manieth seed is run twice. */
const replayEvery = 20;

export async function runCampaign(options: CampaignOptions, databases: readonly SiteDatabase[]): Promise<Campaign> {
  const startedAt = performance.now();
  const findings: Finding[] = [];
  let [seeds, steps, replayed] = [0, 0, 0];
  for (; seeds < options.seeds && performance.now() - startedAt < options.mostMs; seeds += 1) {
    const seed = String(options.first + seeds);
    let result = await runSeed(seed, databases);
    steps += result.steps;
    if (result.violation !== null || seeds % replayEvery === 0) {
      replayed += 1;
      result = await again(result, databases);
    }
    options.onRun?.(result);
    if (result.violation === null) continue;
    findings.push({ result, shrunk: options.shrinks ? await shrink(tapesOf(seed), result, databases) : null });
    if (options.stopsAtFinding) {
      seeds += 1;
      break;
    }
  }
  return { seeds, steps, replayed, durationMs: performance.now() - startedAt, findings };
}

/** A second run has to go the same way; if it does not, that is the finding. */
async function again(first: RunResult, databases: readonly SiteDatabase[]): Promise<RunResult> {
  const second = await runSeed(first.seed, databases);
  if (second.digest === first.digest) return first;
  const at = first.story.findIndex((line, index) => JSON.stringify(line) !== JSON.stringify(second.story[index]));
  const where = at < 0 ? 'in the rows of a statement' : `at line ${at}: ${first.story[at]?.what}`;
  return { ...first, violation: first.violation ?? new Violation('trace', `a second run went another way, ${where}`) };
}
