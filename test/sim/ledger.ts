/** What was run, when, on which commit, and what it found: one JSON line a run of the simulation. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ledgerFile = join(fileURLToPath(new URL('../..', import.meta.url)), '.calsync', 'simulation', 'runs.jsonl');

export interface LedgerEntry {
  readonly what: 'seeds' | 'crash points' | 'planted bugs';
  readonly first: string;
  readonly seeds: number;
  readonly steps: number;
  readonly durationMs: number;
  readonly findings: readonly { readonly seed: string; readonly invariant: string; readonly message: string }[];
}

/** Answers where it was written. */
export function writeLedger(entry: LedgerEntry, endedAt: Date): string {
  mkdirSync(dirname(ledgerFile), { recursive: true });
  appendFileSync(ledgerFile, `${JSON.stringify({ commit: commitNow(), endedAt: endedAt.toISOString(), ...entry })}\n`);
  return ledgerFile;
}

/** The commit, with a plus sign where the files are not as it has them; null outside of a checkout. */
function commitNow(): string | null {
  try {
    const git = (...args: readonly string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--', 'src', 'migrations', 'test/sim') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return null;
  }
}
