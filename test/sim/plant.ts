/** Planted bugs and broken lines: each is an edit of a copy of the source, on which the same simulation runs until it finds something. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  /** Copies that are hunted at the same time. */
  readonly atOnce: number;
  readonly only: string | null;
  readonly say: (line: string) => void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const copied = ['src', 'migrations', 'scripts', 'test', 'package.json'];

/** Hunts bugs on a server, each on a copy of its own. */
export async function findPlanted(
  bugs: readonly PlantedBug[],
  host: string,
  options: PlantOptions,
): Promise<readonly PlantedResult[]> {
  const chosen = bugs.filter(
    ({ name }) => options.only === null || options.only.split(',').some((part) => name.includes(part)),
  );
  const results: PlantedResult[] = [];
  const queue = [...chosen];
  const hunter = async (): Promise<void> => {
    for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
      const result = await hunt(bug, host, options);
      results.push(result);
      options.say(
        `${result.name.padEnd(40)} ${result.seeds === null ? 'NOT FOUND' : `${result.seeds} seeds, ${result.invariant}`}`,
      );
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, hunter));
  return results;
}

/** Where a copy stands inside the project, so that it finds the same packages. */
function placeOfCopy(name: string): string {
  return join(root, '.calsync', 'simulation', 'planted', name);
}

async function hunt(bug: PlantedBug, host: string, { seeds }: PlantOptions): Promise<PlantedResult> {
  const place = placeOfCopy(bug.name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const name of copied) cpSync(join(root, name), join(place, name), { recursive: true });
  for (const edit of bug.edits) plant(join(place, edit.file), edit);
  try {
    for (let first = 1; ; first += 1) {
      const found = await huntFrom(place, host, first, seeds - first + 1);
      if (found === null) return { name: bug.name, seeds: null, invariant: null };
      first = Number(found.seed);
      // A seed on which the source fails as it is says nothing.
      if ((await huntFrom(root, host, first, 1)) === null)
        return { name: bug.name, seeds: first, invariant: found.invariant };
    }
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

interface Found {
  readonly seed: string;
  readonly invariant: string;
}

/** The first finding among so many seeds, in a process of its own. */
async function huntFrom(place: string, host: string, first: number, seeds: number): Promise<Found | null> {
  if (seeds <= 0) return null;
  const asked = ['--hunt', '--server', host, '--seed', String(first), '--seeds', String(seeds)];
  const line = await run(place, ['scripts/sim.ts', ...asked]);
  return (JSON.parse(line) as { readonly found: Found | null }).found;
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
