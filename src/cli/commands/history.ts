import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { quoted } from '../../core/spec-problem.ts';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly most?: number;
  readonly json?: true;
}

export function addHistory(program: Command, perform: Perform): void {
  program
    .command('history')
    .description('who did what to an event, when and by which way: its writers, others in Google, and calsync itself')
    .argument('<key>', 'the event')
    .option('--most <n>', 'the newest changes and calls, so many of each', wholeNumberArgument)
    .addOption(jsonOption())
    .action((key: string, options: Options) => perform((context) => history(context, key, options)));
}

async function history({ app, output }: Context, key: string, { most, json }: Options): Promise<ExitCode> {
  const [{ readHistory }, { historyDocument, historyText }, db] = await Promise.all([
    import('../../store/history.ts'),
    import('../views/history.ts'),
    app.database(),
  ]);
  const told = await readHistory(db, key, most);
  if (told.entries.length === 0)
    throw new CalsyncError('usage', `nothing is known of the key ${quoted(key)}: look at its spelling`, {
      reason: 'unknown_key',
    });
  if (json) output.json(historyDocument(key, told));
  else output.result(historyText(key, told, output.paint));
  return exitCodes.done;
}
