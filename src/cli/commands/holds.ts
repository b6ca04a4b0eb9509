import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly json?: true;
}

export function addHolds(program: Command, perform: Perform): void {
  program
    .command('holds')
    .description('what was stopped and waits for a person')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => holds(context, options)));
}

async function holds({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ openHolds }, { holdDocument, holdsText }, db] = await Promise.all([
    import('../../store/hold.ts'),
    import('../views/holds.ts'),
    app.database(),
  ]);
  const open = await openHolds(db);
  if (json) output.json({ holds: open.map(holdDocument) });
  else output.result(holdsText(open, output.paint));
  return exitCodes.done;
}
