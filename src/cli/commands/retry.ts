import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { quoted } from '../../core/spec-problem.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { countOf } from '../views/units.ts';

interface Options {
  readonly parked?: true;
  readonly json?: true;
}

export function addRetry(program: Command, perform: Perform): void {
  program
    .command('retry')
    .description(
      'let events that wait or are parked be tried again by the next reconcile; all of them, if none is named',
    )
    .argument('[key...]', 'only these')
    .option('--parked', 'only those that are parked')
    .addOption(jsonOption())
    .action((keys: readonly string[], options: Options) => perform((context) => retryKeys(context, keys, options)));
}

async function retryKeys(
  { app, output }: Context,
  keys: readonly string[],
  { parked, json }: Options,
): Promise<ExitCode> {
  if (keys.length > 0 && parked) {
    throw new CalsyncError('usage', 'name keys or --parked, not both', { reason: 'keys_and_parked' });
  }
  const [{ retry }, { calendarOfKey }, db] = await Promise.all([
    import('../../engine/decisions.ts'),
    import('../../store/compared-keys.ts'),
    app.database(),
  ]);
  const unknown: string[] = [];
  for (const key of keys) if ((await calendarOfKey(db, key)) === null) unknown.push(quoted(key));
  if (unknown.length > 0) {
    throw new CalsyncError('usage', `nothing is known of ${unknown.join(', ')}: look at the spelling`, {
      reason: 'unknown_key',
    });
  }
  const due = await retry(db, keys.length > 0 ? { keys } : parked ? 'parked' : 'all');
  if (json) output.json({ keys: due });
  else
    output.result(
      due.length === 0
        ? 'Nothing waits.'
        : `${countOf(due.length, 'event')} will be tried again by the next reconcile.`,
    );
  return exitCodes.done;
}
