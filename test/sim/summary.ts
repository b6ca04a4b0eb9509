/** What a campaign has to say, as plain data: one process tells another, and the parts are added up. */
import type { Campaign } from './campaign.ts';
import { type CellCounts, coverageOf } from './cells.ts';
import { tellCut, tellStory } from './story.ts';

export interface Summary {
  readonly seeds: number;
  readonly steps: number;
  readonly statements: number;
  readonly replayed: number;
  readonly twins: number;
  readonly durationMs: number;
  /** Of the simulation's own process: its server's are not in it. */
  readonly cpuMs: number;
  readonly cells: readonly (readonly [string, number])[];
  readonly findings: readonly ToldFinding[];
}

export interface ToldFinding {
  readonly seed: string;
  readonly invariant: string;
  readonly message: string;
  readonly story: string;
}

export function summaryOf(campaign: Campaign): Summary {
  const { user, system } = process.cpuUsage();
  return {
    seeds: campaign.seeds,
    steps: campaign.steps,
    statements: campaign.statements,
    replayed: campaign.replayed,
    twins: campaign.twins,
    durationMs: Math.round(campaign.durationMs),
    cpuMs: Math.round((user + system) / 1_000),
    cells: [...campaign.cells].sort(),
    findings: campaign.findings.flatMap(({ result, shrunk }) => {
      const { seed, violation } = result;
      if (violation === null) return [];
      const cut = shrunk === null ? '' : `\nshrunk in ${shrunk.runs} runs to\n${tellCut(shrunk.cut)}`;
      const story = `${tellStory(shrunk?.result ?? result)}${cut}`;
      return [{ seed, invariant: violation.invariant, message: violation.message, story }];
    }),
  };
}

/** Parts that ran at the same time. */
export function addUp(parts: readonly Summary[]): Summary {
  const sum = (of: (part: Summary) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    seeds: sum(({ seeds }) => seeds),
    steps: sum(({ steps }) => steps),
    statements: sum(({ statements }) => statements),
    replayed: sum(({ replayed }) => replayed),
    twins: sum(({ twins }) => twins),
    durationMs: Math.max(0, ...parts.map(({ durationMs }) => durationMs)),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    cells: [...mergeCells(parts.map(({ cells }) => new Map(cells)))].sort(),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

export function mergeCells(parts: readonly CellCounts[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const part of parts) for (const [name, count] of part) all.set(name, (all.get(name) ?? 0) + count);
  return all;
}

export function tellSummary(summary: Summary): string {
  const { seeds, steps, statements, replayed, twins, durationMs, cpuMs, findings } = summary;
  const perMinute = Math.round(seeds / (durationMs / 60_000));
  const { visited, wanted, never } = coverageOf(new Map(summary.cells));
  return [
    `${seeds} seeds, ${steps} steps, ${statements} statements, ${replayed} run twice, ${twins} beside a run without faults, ${findings.length} findings`,
    `${perMinute} seeds a minute, ${Math.round(cpuMs / Math.max(1, seeds))} ms of our own processes each`,
    `${visited} of ${wanted} cells of phase and answer visited${never.length === 0 ? '' : `, never: ${never.join(', ')}`}`,
  ].join('\n');
}
