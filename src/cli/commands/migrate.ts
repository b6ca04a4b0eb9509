import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly check?: true;
  readonly json?: true;
}

export function addMigrate(program: Command, perform: Perform): void {
  program
    .command('migrate')
    .description('bring the schema up to date')
    .option('--check', 'only say whether it is; exits 1 when it is not')
    .addOption(jsonOption())
    .action((options: Options) =>
      perform((context) => (options.check ? check(context, options) : migrate(context, options))),
    );
}

async function migrate({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ migrateToLatest }, db] = await Promise.all([import('../../store/migrate.ts'), app.databaseAsItIs()]);
  const applied = await migrateToLatest(db, app.random);
  if (json) output.json({ applied, pending: [] });
  else if (applied.length === 0) output.result('The schema was up to date.');
  else output.result(`The schema is up to date now: ${applied.join(', ')}.`);
  return exitCodes.done;
}

async function check({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ checkMigrations }, db] = await Promise.all([import('../../store/migrate.ts'), app.databaseAsItIs()]);
  const { pending } = await checkMigrations(db);
  if (json) output.json({ applied: [], pending });
  else if (pending.length === 0) output.result('The schema is up to date.');
  else output.result(`The schema lacks ${pending.join(', ')}: run \`calsync migrate\`.`);
  return pending.length === 0 ? exitCodes.done : exitCodes.failed;
}
