/*
 * Every cell of phase and answer, one after the other: in a canonical scenario that has the phase for certain, one request of it meets the
 * answer, and then come the quiet phase and every invariant. Seeds combine answers; this leaves none out.
 */
import { type AimedPhase, answersIn, type CellCounts, coverageOf } from './cells.ts';
import { type CrashScenario, crashScenarios } from './crash-scenarios.ts';
import { Dice } from './dice.ts';
import { runTapes } from './run.ts';
import type { SiteDatabase } from './site.ts';
import { tellStory } from './story.ts';
import { mergeCells } from './summary.ts';
import { RecordedSchedule } from './tapes.ts';

/** Where a phase is met, and as which request of its kind: a listing that has something to show is not the first. */
const meets: Readonly<Record<AimedPhase, { readonly scenario: string; readonly number: number }>> = {
  'list whole': { scenario: 'sync token refused', number: 2 },
  'list by token': { scenario: 'patch', number: 1 },
  'list next page': { scenario: 'sync token refused', number: 1 },
  read: { scenario: 'move to another calendar', number: 1 },
  create: { scenario: 'create and first listing', number: 1 },
  patch: { scenario: 'patch', number: 1 },
  move: { scenario: 'move to another calendar', number: 1 },
  delete: { scenario: 'withdrawal', number: 1 },
};

export interface CellFinding {
  readonly cell: string;
  readonly invariant: string;
  readonly message: string;
  readonly story: string;
}

export interface CellReport {
  readonly runs: number;
  readonly visited: number;
  readonly wanted: number;
  readonly never: readonly string[];
  readonly durationMs: number;
  readonly findings: readonly CellFinding[];
}

/** Visits the cells of the phases whose name contains `only`; null: all. */
export async function visitEveryCell(databases: readonly SiteDatabase[], only: string | null): Promise<CellReport> {
  const startedAt = performance.now();
  const findings: CellFinding[] = [];
  let cells: CellCounts = new Map();
  let runs = 0;
  for (const phase of (Object.keys(meets) as AimedPhase[]).filter((name) => name.includes(only ?? ''))) {
    for (const [answer, draw] of Object.entries(answersIn(phase))) {
      const cell = `${phase} × ${answer}`;
      const { scenario, number } = meets[phase];
      const { shape, deeds } = scenarioNamed(scenario);
      const tapes = {
        workload: { shape, deeds },
        faults: [{ at: phase, number, fault: draw(new Dice(cell)) }],
        schedule: RecordedSchedule.replay([]),
      };
      // The scenario's own seed, so that it goes the way on which the phase is met.
      const result = await runTapes(scenario, tapes, databases);
      runs += 1;
      cells = mergeCells([cells, result.cells]);
      if (result.violation === null) continue;
      const { invariant, message } = result.violation;
      findings.push({ cell, invariant, message, story: tellStory(result) });
    }
  }
  return { runs, ...coverageOf(cells), durationMs: Math.round(performance.now() - startedAt), findings };
}

function scenarioNamed(name: string): CrashScenario {
  const found = crashScenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no crash scenario ${name}`);
  return found;
}
