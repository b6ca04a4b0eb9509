import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly json?: true;
}

export function addDb(program: Command, perform: Perform): void {
  const db = program.command('db').description('the embedded database: status, stop');
  db.command('status')
    .description('whether it runs, where its data is, who uses it')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => status(context, options)));
  db.command('stop')
    .description('stop it, whoever uses it')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => stop(context, options)));
}

async function status({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ sandboxStatus }, { databaseText }] = await Promise.all([
    import('../../sandbox/status.ts'),
    import('../views/database.ts'),
  ]);
  const found = await sandboxStatus(app.config.home);
  const { kind, ...facts } = found;
  if (json)
    output.json({ home: app.config.home, used: app.config.database.kind === 'embedded', state: kind, ...facts });
  else output.result(databaseText(found, app.config.home, app.config.database.kind));
  return exitCodes.done;
}

async function stop({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const { stopSandbox } = await import('../../sandbox/status.ts');
  const stopped = await stopSandbox(app.config.home, app.clock);
  if (json) output.json({ home: app.config.home, stopped });
  else output.result(stopped ? 'The embedded database has stopped.' : 'No embedded database was running.');
  return exitCodes.done;
}
