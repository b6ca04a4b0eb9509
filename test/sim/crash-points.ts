/*
 * Exhaustive crash points. A scenario is a script that one worker carries out alone; it is run once to count the port calls of the turns
 * that matter, then once for every port call and every way to die there, each followed by the quiet phase and every invariant.
 */
import { type CrashScenario, crashScenarios } from './crash-scenarios.ts';
import type { Fault } from './faults.ts';
import { isMine, type Part, whole } from './jobs.ts';
import { type RunResult, runTapes } from './run.ts';
import type { SiteDatabase } from './site.ts';
import { tellStory } from './story.ts';
import { RecordedSchedule } from './tapes.ts';
import type { Violation } from './violation.ts';

/** A finding as plain data, so that one process can tell another. */
export interface ToldCrash {
  readonly scenario: string;
  readonly point: string;
  readonly invariant: string;
  readonly message: string;
  readonly story: string;
}

export interface CrashReport {
  readonly scenarios: number;
  readonly points: number;
  readonly steps: number;
  readonly durationMs: number;
  readonly findings: readonly ToldCrash[];
}

export interface CrashOptions {
  /** Scenarios whose name contains one of these, separated by `|`; null: all. */
  readonly only: string | null;
  readonly part?: Part;
  readonly say: (line: string) => void;
}

/** A request that was sent and is served after its sender died: while it is still being looked for, and long after. */
const servedLaterMs = 90_000;

/**
 * The five positions: three around a request, two around a transaction. Dying before a transaction that only reads leaves what dying
 * before the next one leaves, so those that write are enough.
 */
function pointsOf(calls: number, writes: readonly number[]): readonly Fault[] {
  const ofCall = (number: number): readonly Fault[] => [
    { at: 'call', number, fault: { kind: 'crash_before_send' } },
    { at: 'call', number, fault: { kind: 'crash_unserved', delayMs: servedLaterMs } },
    { at: 'call', number, fault: { kind: 'crash_unheard' } },
  ];
  const ofConnection = (number: number): readonly Fault[] => [
    { at: 'connection', number, fault: 'not_committed' },
    { at: 'connection', number, fault: 'commit_unheard' },
  ];
  const callNumbers = Array.from({ length: calls }, (_, index) => index + 1);
  return [...callNumbers.flatMap(ofCall), ...writes.flatMap(ofConnection)];
}

export async function crashEverywhere(
  databases: readonly SiteDatabase[],
  { only, part = whole, say }: CrashOptions,
): Promise<CrashReport> {
  const startedAt = performance.now();
  const asked = only?.split('|') ?? [''];
  const chosen = crashScenarios
    .filter(({ name }) => asked.some((words) => name.includes(words)))
    .filter((_, index) => isMine(part, index));
  const findings: ToldCrash[] = [];
  let [points, steps] = [0, 0];
  for (const scenario of chosen) {
    const unhurt = await runScenario(scenario, [], databases);
    if (unhurt.violation !== null) findings.push(findingOf(scenario, 'no crash', unhurt, unhurt.violation));
    const all = pointsOf(unhurt.stormCalls, unhurt.stormWrites);
    for (const point of all) {
      const result = await runScenario(scenario, [point], databases);
      steps += result.steps;
      if (result.violation !== null)
        findings.push(findingOf(scenario, JSON.stringify(point), result, result.violation));
    }
    points += all.length;
    say(
      `${scenario.name.padEnd(34)} ${unhurt.stormCalls} calls, ${unhurt.stormWrites.length} writing transactions, ${all.length} crash points`,
    );
  }
  return { scenarios: chosen.length, points, steps, durationMs: Math.round(performance.now() - startedAt), findings };
}

function runScenario(
  scenario: CrashScenario,
  faults: readonly Fault[],
  databases: readonly SiteDatabase[],
): Promise<RunResult> {
  const workload = { shape: scenario.shape, deeds: scenario.deeds };
  return runTapes(scenario.name, { workload, faults, schedule: RecordedSchedule.replay([]) }, databases);
}

function findingOf(scenario: CrashScenario, point: string, result: RunResult, violation: Violation): ToldCrash {
  const { invariant, message } = violation;
  return { scenario: scenario.name, point, invariant, message, story: tellStory(result) };
}
