import type { Command } from 'commander';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { personHere } from '../writer.ts';

interface Options {
  readonly json?: true;
}

export function addApprove(program: Command, perform: Perform): void {
  program
    .command('approve')
    .description('let what a hold stopped go on: exactly its events, once, within a day')
    .argument('<hold>', 'its number, from `calsync holds`', wholeNumberArgument)
    .addOption(jsonOption())
    .action((hold: number, options: Options) => perform((context) => approve(context, hold, options)));
}

async function approve({ app, output }: Context, hold: number, { json }: Options): Promise<ExitCode> {
  const [{ approveHold }, { decisionDocument, decisionText }, db] = await Promise.all([
    import('../../engine/decisions.ts'),
    import('../views/holds.ts'),
    app.database(),
  ]);
  const decision = await approveHold(db, hold, personHere());
  if (json) output.json(decisionDocument(decision));
  else output.result(decisionText(decision));
  return exitCodes.done;
}
