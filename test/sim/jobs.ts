/** Several processes that share the work, each with a server of its own; each tells what it did in its last line, as JSON. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Which part of the work a process does: every `of`-th piece, beginning with `part`. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

export const whole: Part = { part: 0, of: 1 };

export function isMine({ part, of }: Part, index: number): boolean {
  return index % of === part;
}

/** Reads `1/4`: the second of four. Throws for anything else. */
export function parsePart(text: string): Part {
  const [part, of] = text.split('/').map(Number);
  if (part === undefined || of === undefined || !(part >= 0 && part < of))
    throw new RangeError(`${text} is no part such as 0/2`);
  return { part, of };
}

/** Runs this program again, once for each part; hands on what they print, and answers the last line of each. */
export function runParts(
  count: number,
  args: readonly string[],
  say: (line: string) => void,
): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, (_, part) => runPart([...args, '--part', `${part}/${count}`], say)));
}

async function runPart(args: readonly string[], say: (line: string) => void): Promise<string> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told: string | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) told = line;
    else say(line);
  }
  if (told === null) throw new Error('a part of the simulation ended and did not say how');
  return told;
}
