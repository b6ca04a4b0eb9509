import type { Command } from 'commander';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { personHere } from '../writer.ts';

interface Options {
  readonly json?: true;
}

export function addReject(program: Command, perform: Perform): void {
  program
    .command('reject')
    .description('put an end to what a hold stopped, by changing the table')
    .argument('<hold>', 'its number, from `calsync holds`', wholeNumberArgument)
    .addOption(jsonOption())
    .action((hold: number, options: Options) => perform((context) => reject(context, hold, options)));
}

async function reject({ app, output }: Context, hold: number, { json }: Options): Promise<ExitCode> {
  const [{ rejectHold }, { decisionDocument, decisionText }, db] = await Promise.all([
    import('../../engine/decisions.ts'),
    import('../views/holds.ts'),
    app.database(),
  ]);
  const decision = await rejectHold(db, hold, personHere());
  if (json) output.json(decisionDocument(decision));
  else output.result(decisionText(decision));
  return exitCodes.done;
}
