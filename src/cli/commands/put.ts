import type { Command } from 'commander';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { stdinName } from '../input.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly generation?: number;
  readonly revision?: number;
  readonly move?: true;
  readonly json?: true;
}

export function addPut(program: Command, perform: Perform): void {
  program
    .command('put')
    .description('say how one event or many should be, in JSON; all of them are written, or none')
    .argument('[file]', 'one event or an array of events; stdin when not given', stdinName)
    .option(
      '--generation <n>',
      'only if the event is at this generation; also brings a cancelled one back',
      wholeNumberArgument,
    )
    .option(
      '--revision <n>',
      'only if it is at this revision; needed to take attendees off by leaving them out',
      wholeNumberArgument,
    )
    .option('--move', 'let an event go to another calendar than it is on')
    .addOption(jsonOption())
    .action((file: string, options: Options) => perform((context) => put(context, file, options)));
}

async function put(context: Context, file: string, options: Options): Promise<ExitCode> {
  const { app, output, world } = context;
  const { readEvents } = await import('../events-input.ts');
  const { specs, warnings } = await readEvents(file, world);
  for (const warning of warnings) output.warn(warning);
  const [{ putEvents }, db] = await Promise.all([import('../../write/put.ts'), app.database()]);
  const { generation, revision, move } = options;
  const asked = {
    ...(generation !== undefined && { generation }),
    ...(revision !== undefined && { revision }),
    move: move === true,
  };
  return tellWrite(await putEvents(db, specs, cliWriter(), asked), output, options.json === true);
}
