// The simulation from the command line: npm run sim -- --seeds 300 [--seed 1] [--minutes 10]; see docs/reliability.md.
import { parseArgs } from 'node:util';
import { type Campaign, runCampaign } from '../test/sim/campaign.ts';
import { crashEverywhere } from '../test/sim/crash-points.ts';
import { openDatabases } from '../test/sim/databases.ts';
import { writeLedger } from '../test/sim/ledger.ts';
import { findPlanted } from '../test/sim/plant.ts';
import type { RunResult } from '../test/sim/run.ts';
import { startServer } from '../test/sim/server.ts';
import { tellCut, tellStory, verdictOf } from '../test/sim/story.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    'crash-points': { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    only: { type: 'string' },
    /** For planted bugs: end at the first finding, say it in one line of JSON. */
    hunt: { type: 'boolean', default: false },
    /** Socket directory of a server that is there already. */
    server: { type: 'string' },
    story: { type: 'boolean', default: false },
  },
});

const server =
  values.server === undefined ? await startServer() : { host: values.server, stop: () => Promise.resolve() };
try {
  process.exitCode = values.planted ? await planted() : values['crash-points'] ? await crashPoints() : await seeds();
} finally {
  await server.stop();
}

async function seeds(): Promise<number> {
  const { databases, close } = await openDatabases(server.host);
  const campaign = await runCampaign(
    {
      first: Number(values.seed),
      seeds: Number(values.seeds),
      mostMs: Number(values.minutes) * 60_000,
      shrinks: !values.hunt,
      stopsAtFinding: values.hunt,
      onRun: values.hunt && !values.story ? () => undefined : report,
    },
    databases,
  );
  await close();
  if (values.hunt) console.log(JSON.stringify(shortOf(campaign)));
  else conclude(campaign);
  return campaign.findings.length === 0 ? 0 : 1;
}

function report(result: RunResult): void {
  if (values.story) console.log(tellStory(result));
  else if (result.violation !== null) console.log(`seed ${result.seed}  ${verdictOf(result)}`);
  else if (Number(result.seed) % 25 === 0) console.log(`seed ${result.seed}  ${result.steps} steps`);
}

function shortOf({ seeds: count, durationMs, findings }: Campaign): object {
  const violation = findings[0]?.result.violation ?? null;
  return {
    seeds: count,
    durationMs,
    found: violation === null ? null : { invariant: violation.invariant, message: violation.message },
  };
}

function conclude(campaign: Campaign): void {
  for (const { result, shrunk } of campaign.findings) {
    console.log(`\n${tellStory(shrunk?.result ?? result)}`);
    if (shrunk !== null) console.log(`shrunk in ${shrunk.runs} runs to\n${tellCut(shrunk.cut)}`);
  }
  const { seeds: count, steps, replayed, durationMs, findings } = campaign;
  const perMinute = Math.round(count / (durationMs / 60_000));
  const { user, system } = process.cpuUsage();
  const cpuMs = Math.round((user + system) / 1_000 / count);
  console.log(
    `\n${count} seeds, ${steps} steps, ${replayed} run twice, ${findings.length} findings, ${perMinute} seeds a minute, ${cpuMs} ms of this process each`,
  );
  const found = findings.flatMap(({ result: { seed, violation } }) =>
    violation === null ? [] : [{ seed, invariant: violation.invariant, message: violation.message }],
  );
  const entry = {
    what: 'seeds',
    first: values.seed,
    seeds: count,
    steps,
    durationMs: Math.round(durationMs),
    findings: found,
  } as const;
  console.log(`written to ${writeLedger(entry, new Date())}`);
}

async function crashPoints(): Promise<number> {
  const { databases, close } = await openDatabases(server.host);
  const startedAt = performance.now();
  const done = await crashEverywhere(databases, values.only ?? null, console.log);
  await close();
  const findings = done.findings.map(({ scenario, point, violation }) => ({
    seed: `${scenario} ${point}`,
    invariant: violation.invariant,
    message: violation.message,
  }));
  console.log(`${done.scenarios} scenarios, ${done.points} crash points, ${findings.length} findings`);
  for (const { story } of done.findings.slice(0, 3)) console.log(story);
  const durationMs = Math.round(performance.now() - startedAt);
  writeLedger(
    { what: 'crash points', first: values.only ?? 'all', seeds: done.points, steps: done.steps, durationMs, findings },
    new Date(),
  );
  return findings.length === 0 ? 0 : 1;
}

async function planted(): Promise<number> {
  const found = await findPlanted(server.host, {
    seeds: Number(values.seeds),
    only: values.only ?? null,
    say: console.log,
  });
  const missed = found.filter(({ seeds: needed }) => needed === null);
  console.log(`${found.length - missed.length} of ${found.length} planted bugs found`);
  return missed.length === 0 ? 0 : 1;
}
