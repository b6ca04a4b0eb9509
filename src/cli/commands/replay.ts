import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly json?: true;
}

export function addReplay(program: Command, perform: Perform): void {
  program
    .command('replay')
    .description('rebuild the desired state from the history alone and compare it with the tables; changes nothing')
    .requiredOption('--verify', 'compare; there is nothing else that it does')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => replay(context, options)));
}

async function replay({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ verifyReplay }, { replayText }, db] = await Promise.all([
    import('../../store/replay.ts'),
    import('../views/replay.ts'),
    app.database(),
  ]);
  const replayed = await verifyReplay(db);
  if (json) output.json(replayed);
  else output.result(replayText(replayed, output.paint));
  return replayed.differenceCount === 0 ? exitCodes.done : exitCodes.differences;
}
