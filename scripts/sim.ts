// The simulation from the command line: npm run sim -- --seeds 300 [--seed 1] [--minutes 10] [--jobs 2]; see docs/reliability.md.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brokenLines } from '../test/sim/broken/every.ts';
import { type Campaign, runCampaign } from '../test/sim/campaign.ts';
import { type CrashReport, crashEverywhere, type ToldCrash } from '../test/sim/crash-points.ts';
import { openDatabases } from '../test/sim/databases.ts';
import { type CellReport, visitEveryCell } from '../test/sim/every-cell.ts';
import { parsePart, runParts, whole } from '../test/sim/jobs.ts';
import { writeLedger } from '../test/sim/ledger.ts';
import { findPlanted, type PlantedBug } from '../test/sim/plant.ts';
import { plantedBugs } from '../test/sim/planted/every.ts';
import type { RunResult } from '../test/sim/run.ts';
import { startServer } from '../test/sim/server.ts';
import { tellStory, verdictOf } from '../test/sim/story.ts';
import { addUp, type Summary, summaryOf, tellSummary } from '../test/sim/summary.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    'crash-points': { type: 'boolean', default: false },
    /** Every answer in every phase of a turn, one at a time. */
    cells: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    /** Lines of the source, each broken on a copy: how many seeds it takes to see it. */
    broken: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** Processes that share the seeds, or the crash scenarios; copies that are hunted at once. */
    jobs: { type: 'string' },
    /** Which of several processes this is, such as 0/2; its result is its last line, as JSON. */
    part: { type: 'string' },
    /** For planted bugs: end at the first finding, say it in one line of JSON. */
    hunt: { type: 'boolean', default: false },
    /** Socket directory of a server that is there already. */
    server: { type: 'string' },
    story: { type: 'boolean', default: false },
  },
});

const part = values.part === undefined ? whole : parsePart(values.part);
const hunts = values.planted || values.broken;
const jobs = hunts || values.cells || values.hunt || values.part !== undefined ? 1 : Number(values.jobs ?? '1');

if (jobs > 1) process.exitCode = await shared();
else {
  const server =
    values.server === undefined ? await startServer() : { host: values.server, stop: () => Promise.resolve() };
  try {
    process.exitCode = await alone(server.host);
  } finally {
    await server.stop();
  }
}

/** The same, done by several processes. */
async function shared(): Promise<number> {
  const told = await runParts(jobs, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], console.log);
  const parts = told.map((line) => JSON.parse(line) as unknown);
  return values['crash-points'] ? concludeCrashes(parts as CrashReport[]) : concludeSeeds(parts as Summary[]); // what `alone` says
}

async function alone(host: string): Promise<number> {
  if (values.planted) return hunted(host, plantedBugs, 'planted bugs');
  if (values.broken) return hunted(host, brokenLines, 'broken lines');
  const { databases, close } = await openDatabases(host);
  try {
    if (values['crash-points']) {
      const report = await crashEverywhere(databases, { only: values.only ?? null, part, say: console.log });
      return values.part === undefined ? concludeCrashes([report]) : say(report);
    }
    if (values.cells) return concludeCells(await visitEveryCell(databases, values.only ?? null));
    const campaign = await runCampaign(
      {
        first: Number(values.seed),
        seeds: Number(values.seeds),
        part,
        mostMs: Number(values.minutes) * 60_000,
        shrinks: !values.hunt,
        stopsAtFinding: values.hunt,
        onRun: values.hunt && !values.story ? () => undefined : report,
      },
      databases,
    );
    if (values.hunt) return say(shortOf(campaign), campaign.findings.length);
    return values.part === undefined ? concludeSeeds([summaryOf(campaign)]) : say(summaryOf(campaign));
  } finally {
    await close();
  }
}

function say(told: object, findings = 0): number {
  console.log(JSON.stringify(told));
  return findings === 0 ? 0 : 1;
}

function report(result: RunResult): void {
  if (values.story) console.log(tellStory(result));
  else if (result.violation !== null) console.log(`seed ${result.seed}  ${verdictOf(result)}`);
  else if (Number(result.seed) % 25 === 0) console.log(`seed ${result.seed}  ${result.steps} steps`);
}

function shortOf({ seeds: count, durationMs, findings }: Campaign): object {
  const { seed = '', violation = null } = findings[0]?.result ?? {};
  return {
    seeds: count,
    durationMs,
    found: violation === null ? null : { seed, invariant: violation.invariant, message: violation.message },
  };
}

function concludeSeeds(parts: readonly Summary[]): number {
  const summary = addUp(parts);
  for (const { story } of summary.findings) console.log(`\n${story}`);
  console.log(`\n${tellSummary(summary)}`);
  const { seeds, steps, durationMs } = summary;
  const findings = summary.findings.map(({ seed, invariant, message }) => ({ seed, invariant, message }));
  const entry = { what: 'seeds', first: values.seed, seeds, steps, durationMs, findings } as const;
  console.log(`written to ${writeLedger(entry, new Date())}`);
  return findings.length === 0 ? 0 : 1;
}

function concludeCells({ runs, visited, wanted, never, durationMs, findings }: CellReport): number {
  for (const { cell, invariant, message } of findings) console.log(`${cell}  ${invariant}: ${message}`);
  for (const { story } of findings.slice(0, 3)) console.log(story);
  console.log(
    `${runs} runs in ${Math.round(durationMs / 1_000)} s, ${visited} of ${wanted} cells, ${findings.length} findings`,
  );
  if (values.only === undefined && never.length > 0) console.log(`never: ${never.join(', ')}`);
  return findings.length === 0 ? 0 : 1;
}

function concludeCrashes(reports: readonly CrashReport[]): number {
  const sum = (of: (report: CrashReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const [scenarios, points, steps] = [sum((one) => one.scenarios), sum((one) => one.points), sum((one) => one.steps)];
  const told: readonly ToldCrash[] = reports.flatMap(({ findings }) => findings);
  console.log(`${scenarios} scenarios, ${points} crash points, ${told.length} findings`);
  for (const { story } of told.slice(0, 3)) console.log(story);
  const durationMs = Math.max(...reports.map((one) => one.durationMs));
  const findings = told.map(({ scenario, point, invariant, message }) => ({
    seed: `${scenario} ${point}`,
    invariant,
    message,
  }));
  writeLedger(
    { what: 'crash points', first: values.only ?? 'all', seeds: points, steps, durationMs, findings },
    new Date(),
  );
  return findings.length === 0 ? 0 : 1;
}

async function hunted(host: string, bugs: readonly PlantedBug[], what: string): Promise<number> {
  const found = await findPlanted(bugs, host, {
    seeds: Number(values.seeds),
    atOnce: Number(values.jobs ?? '2'),
    only: values.only ?? null,
    say: console.log,
  });
  const missed = found.filter(({ seeds: needed }) => needed === null);
  console.log(`${found.length - missed.length} of ${found.length} ${what} found`);
  return missed.length === 0 ? 0 : 1;
}
