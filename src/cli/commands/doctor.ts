import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly claim?: true;
  readonly json?: true;
}

export function addDoctor(program: Command, perform: Perform): void {
  program
    .command('doctor')
    .description('whether this installation is healthy: database, clock, zones, Google, accounts')
    .option(
      '--claim',
      'this database is the installation now: for one that was moved or restored, never for a staging copy',
    )
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => doctor(context, options)));
}

async function doctor({ app, output }: Context, { claim, json }: Options): Promise<ExitCode> {
  const [{ examine }, { doctorDocument, doctorText }, { claimDatabase }] = await Promise.all([
    import('../../engine/doctor.ts'),
    import('../views/doctor.ts'),
    import('../../store/installation-claim.ts'),
  ]);
  // A schema that is behind is one of the findings, but where every command brings it up to date; to claim, it has to be.
  const migrates = claim === true || app.config.database.kind === 'embedded';
  const db = migrates ? await app.database() : await app.databaseAsItIs();
  if (claim) {
    const before = await claimDatabase(db);
    output.note(
      `claimed: this database is the installation now${before === null ? '' : ` (before: ${before.name}, ${before.system})`}`,
    );
  }
  const checks = await examine({ db, clock: app.clock, google: app.googleIdentity() });
  if (json) output.json(doctorDocument(checks));
  else output.result(doctorText(checks, output.paint));
  return checks.some(({ state }) => state === 'problem') ? exitCodes.failed : exitCodes.done;
}
