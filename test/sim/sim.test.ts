import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokenLines } from './broken/every.ts';
import { runCampaign } from './campaign.ts';
import { crashEverywhere } from './crash-points.ts';
import { openDatabases } from './databases.ts';
import { visitEveryCell } from './every-cell.ts';
import { canary } from './oracles/canary.ts';
import { findPlanted, plant } from './plant.ts';
import { plantedBugs } from './planted/every.ts';
import { runSeed, runTapes } from './run.ts';
import { startServer } from './server.ts';
import { shrink } from './shrink.ts';
import type { SiteDatabase } from './site.ts';
import { tellStory, verdictOf } from './story.ts';
import { tapesOf } from './tapes.ts';

/** What a run of the tests has time for; CALSYNC_SIM_SEEDS asks for more. */
const seeds = Number(process.env.CALSYNC_SIM_SEEDS ?? '30');
const minuteMs = 60_000;

let host = '';
let databases: readonly SiteDatabase[] = [];
let close: () => Promise<void> = () => Promise.resolve();

// A server of its own: how far the change feed may number depends on what is open in the whole cluster, other tests' databases included.
beforeAll(async () => {
  const server = await startServer();
  host = server.host;
  const opened = await openDatabases(host);
  databases = opened.databases;
  close = async () => {
    await opened.close();
    await server.stop();
  };
}, minuteMs);
afterAll(() => close(), minuteMs);

test('whatever crashes, is lost, lies or meddles, every invariant holds and Google comes to equal the table', {
  timeout: 30 * minuteMs,
}, async () => {
  const { findings } = await runCampaign(
    { first: 1, seeds, mostMs: 25 * minuteMs, shrinks: false, stopsAtFinding: true },
    databases,
  );
  expect(findings.map(({ result }) => tellStory(result))).toEqual([]);
});

test('a seed runs the same way twice, down to the rows of every statement', { timeout: minuteMs }, async () => {
  const first = await runSeed('7', databases);
  const second = await runSeed('7', databases);
  expect(second.digest).toBe(first.digest);
  expect((await runSeed('8', databases)).digest).not.toBe(first.digest);
});

test('the canary, a property that is false, is found at once and made small', { timeout: 3 * minuteMs }, async () => {
  const tapes = tapesOf('3');
  const failed = await runTapes('3', tapes, databases, [canary]);
  expect(verdictOf(failed)).toBe('canary: something was created');
  const { cut, result } = await shrink(tapes, failed, databases, [canary]);
  expect(verdictOf(result)).toBe('canary: something was created');
  expect(cut.faults).toEqual([]);
  expect(cut.deeds.length).toBe(1);
});

describe('a worker dies at every port call in every position, and every invariant holds', () => {
  test.each(['patch of guests', 'move to another calendar'])('%s', { timeout: 10 * minuteMs }, async (scenario) => {
    const { points, findings } = await crashEverywhere(databases, { only: scenario, say: () => undefined });
    expect(
      findings.map(({ point, invariant, message, story }) => `${point}: ${invariant} ${message}\n${story}`),
    ).toEqual([]);
    expect(points).toBeGreaterThan(20);
  });
});

test('whatever Google answers to a deletion, every invariant holds', { timeout: 10 * minuteMs }, async () => {
  const { runs, findings } = await visitEveryCell(databases, 'delete');
  expect(findings.map(({ cell, story }) => `${cell}\n${story}`)).toEqual([]);
  expect(runs).toBeGreaterThan(30);
});

test('the tapes of every seed can be drawn', () => {
  for (let seed = 1; seed <= 3_000; seed += 1) expect(tapesOf(String(seed)).workload.deeds).not.toEqual([]);
});

test('planted bugs are found', { timeout: 10 * minuteMs }, async () => {
  for (const name of ['token-before-the-last-page', 'patch-without-if-match']) {
    const options = { seeds: 40, only: name, atOnce: 1, say: () => undefined };
    const [found] = await findPlanted(plantedBugs, host, options);
    expect(found?.seeds, name).not.toBeNull();
  }
});

test('every planted bug and every broken line still finds the line that it spoils', () => {
  const place = mkdtempSync('/tmp/calsync-planted-');
  for (const { name, edits } of [...plantedBugs, ...brokenLines]) {
    for (const { file } of edits) {
      mkdirSync(dirname(join(place, name, file)), { recursive: true });
      cpSync(file, join(place, name, file));
    }
    for (const edit of edits) {
      plant(join(place, name, edit.file), edit);
      expect(readFileSync(join(place, name, edit.file), 'utf8')).not.toBe(readFileSync(edit.file, 'utf8'));
    }
  }
  rmSync(place, { recursive: true });
});
