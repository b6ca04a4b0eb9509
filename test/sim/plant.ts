/** Planted bugs: each is an edit of a copy of the source, on which the same simulation runs until it finds something. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plantedBugs } from './planted/every.ts';

export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface PlantedBug {
  readonly name: string;
  /** What it does wrong, in a sentence. */
  readonly says: string;
  readonly edits: readonly Edit[];
}

export interface PlantedResult {
  readonly name: string;
  /** How many seeds it took; null where it was not found. */
  readonly seeds: number | null;
  readonly invariant: string | null;
}

interface PlantOptions {
  readonly seeds: number;
  readonly only: string | null;
  readonly say: (line: string) => void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['src', 'migrations', 'scripts', 'test', 'package.json'];

/** Hunts the planted bugs on a server, two at a time. */
export async function findPlanted(host: string, options: PlantOptions): Promise<readonly PlantedResult[]> {
  const chosen = plantedBugs.filter(
    ({ name }) => options.only === null || options.only.split(',').some((part) => name.includes(part)),
  );
  const results: PlantedResult[] = [];
  const queue = [...chosen];
  const hunter = async (): Promise<void> => {
    for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
      const result = await hunt(bug, host, options.seeds);
      results.push(result);
      options.say(
        `${result.name.padEnd(40)} ${result.seeds === null ? 'NOT FOUND' : `${result.seeds} seeds, ${result.invariant}`}`,
      );
    }
  };
  await Promise.all([hunter(), hunter()]);
  return results;
}

/** Where a copy stands inside the project, so that it finds the same packages. */
function placeOfCopy(name: string): string {
  return join(root, '.calsync', 'simulation', 'planted', name);
}

async function hunt(bug: PlantedBug, host: string, seeds: number): Promise<PlantedResult> {
  const place = placeOfCopy(bug.name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const name of copied) cpSync(join(root, name), join(place, name), { recursive: true });
  for (const edit of bug.edits) plant(join(place, edit.file), edit);
  const line = await run(place, ['scripts/sim.ts', '--hunt', '--server', host, '--seeds', String(seeds)]);
  rmSync(place, { recursive: true, force: true });
  const { seeds: needed, found } = JSON.parse(line) as { seeds: number; found: { invariant: string } | null };
  return { name: bug.name, seeds: found === null ? null : needed, invariant: found?.invariant ?? null };
}

/** Throws where the source has moved on, so that no bug is planted nowhere. */
export function plant(path: string, { file, from, to }: Edit): void {
  const text = readFileSync(path, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has the planted line ${parts.length - 1} times: ${from}`);
  writeFileSync(path, parts.join(to));
}

function run(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said: string[] = [];
    const complaints: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
    child.once('close', () => {
      const line = said.join('').trim().split('\n').at(-1) ?? '';
      if (line.startsWith('{')) resolve(line);
      else reject(new Error(`the hunt in ${cwd} said nothing: ${complaints.join('').slice(-2_000)}`));
    });
  });
}
