/** How a failure is told: one clear message that says what to do, and no stack trace unless somebody asked for it. */
import { CommanderError } from 'commander';
import { wantsTraces } from '../config.ts';
import { asCalsyncError, CalsyncError } from '../core/error.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { World } from './world.ts';

/** The one place that prints an error; answers the exit code that goes with it. */
export async function tellFailure(thrown: unknown, output: Output, world: World): Promise<ExitCode> {
  // Commander has told its own already: help and version end well, anything else is usage.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const error = await asOurs(thrown);
  output.fail(messageOf(error));
  if (wantsTraces(world.environment)) output.note(traceOf(error));
  return exitCodeOf(error);
}

/** The wish of someone that the command ends. */
export function interrupted(): CalsyncError {
  return new CalsyncError('transient', 'interrupted: what was begun is finished or taken up again by the next run', {
    reason: 'interrupted',
  });
}

async function asOurs(thrown: unknown): Promise<CalsyncError> {
  if (thrown instanceof CalsyncError) return thrown;
  // Only when something failed: the driver takes long to load.
  const { asConnectionError } = await import('../store/connection-errors.ts');
  const known = asConnectionError(thrown);
  if (known instanceof CalsyncError) return known;
  return refusalOfDatabase(thrown) ?? asCalsyncError(thrown);
}

/** What a constraint or trigger said. Its message names columns and rules; its detail may quote a row, and stays behind. */
function refusalOfDatabase(thrown: unknown): CalsyncError | null {
  if (!(thrown instanceof Error) || !('severity' in thrown) || !('code' in thrown)) return null;
  const hint = 'hint' in thrown && typeof thrown.hint === 'string' ? `: ${thrown.hint}` : '';
  const reason = `sqlstate_${String(thrown.code)}`;
  return new CalsyncError('rejected', `the database refused this: ${thrown.message}${hint}`, { reason, cause: thrown });
}

function messageOf(error: CalsyncError): string {
  if (error.kind !== 'invariant') return error.message;
  return `${error.message}. This is a fault of calsync: run it again with LOG_LEVEL=debug and report what it prints`;
}

/** Where it came from, causes included: only for those who asked for it. */
export function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${traceOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
