import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly json?: true;
}

export function addCancel(program: Command, perform: Perform): void {
  program
    .command('cancel')
    .description('say that events should not take place; all of them are cancelled, or none')
    .argument('<key...>', 'their keys')
    .addOption(jsonOption())
    .action((keys: readonly string[], options: Options) => perform((context) => cancel(context, keys, options)));
}

async function cancel({ app, output }: Context, keys: readonly string[], { json }: Options): Promise<ExitCode> {
  const [{ cancelEvents }, db] = await Promise.all([import('../../write/cancel.ts'), app.database()]);
  return tellWrite(await cancelEvents(db, keys, cliWriter()), output, json === true);
}
