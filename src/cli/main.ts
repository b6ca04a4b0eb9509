/** The process round the command line: its streams, its signals, its exit code. */

import { processEnvironment } from '../config.ts';
import { systemClock } from '../sandbox/system-clock.ts';
import { exitCodes } from './exit-codes.ts';
import { run } from './run.ts';

/** A second wish to end within this time is the same one, passed on by a parent as well as by the terminal. */
const sameWishMs = 1_000;

/** Runs the command line of this process; `argv` is `process.argv`. */
export async function main(argv: readonly string[]): Promise<void> {
  ignoreClosedPipes();
  const signal = endWish();
  const { stdin, stdout, stderr } = process;
  const code = await run(argv.slice(2), { stdin, stdout, stderr, environment: processEnvironment(), signal });
  process.exitCode = code;
  // Whatever was given up may still hold the process: a statement that waits for a lock, a call to Google.
  if (code === exitCodes.interrupted) process.exit();
}

/** Whoever reads our output may stop at any time (`calsync diff | head`): that is no failure, and the exit code stays what it is. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Ctrl-C and its like; the second one ends the process at once. */
function endWish(): AbortSignal {
  const wish = new AbortController();
  let firstAt: number | null = null;
  const heard = () => {
    if (firstAt === null) {
      firstAt = systemClock.now();
      wish.abort();
    } else if (systemClock.now() - firstAt > sameWishMs) {
      process.exit(exitCodes.interrupted);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, heard);
  return wish.signal;
}
