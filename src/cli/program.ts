/** All commands by name. What they do is loaded when they run. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { wantsColour } from '../config.ts';
import { addAccounts } from './commands/accounts.ts';
import { addApply } from './commands/apply.ts';
import { addApprove } from './commands/approve.ts';
import { addAttendees } from './commands/attendees.ts';
import { addCalendars } from './commands/calendars.ts';
import { addCancel } from './commands/cancel.ts';
import { addDb } from './commands/db.ts';
import { addDiff } from './commands/diff.ts';
import { addEmulator } from './commands/emulator.ts';
import { addHolds } from './commands/holds.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPut } from './commands/put.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addReject } from './commands/reject.ts';
import { addReport } from './commands/report.ts';
import { addRetry } from './commands/retry.ts';
import { addStatus } from './commands/status.ts';
import type { Perform } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import type { World } from './world.ts';

/** Runs another command line, for the demo. */
export type RunLine = (args: readonly string[], world: World) => Promise<ExitCode>;

export function createProgram(world: World, perform: Perform, runLine: RunLine): Command {
  const program = new Command('calsync')
    .description('Keeps Google Calendar equal to a table in Postgres, and says what is not equal and why.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .exitOverride()
    .showHelpAfterError('(calsync COMMAND --help says what it takes)')
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      getOutHasColors: () => world.stdout.isTTY === true && wantsColour(world.environment),
      getErrHasColors: () => world.stderr.isTTY === true && wantsColour(world.environment),
      getOutHelpWidth: () => world.stdout.columns || 100,
      getErrHelpWidth: () => world.stdout.columns || 100,
    });

  program.commandsGroup('To begin:');
  addDemo(program, perform, runLine);
  addMigrate(program, perform);
  addDb(program, perform);
  addAccounts(program, perform);
  addCalendars(program, perform);
  program.commandsGroup('What should be:');
  addPut(program, perform);
  addCancel(program, perform);
  addAttendees(program, perform);
  addApply(program, perform);
  program.commandsGroup('What is, and making it so:');
  addDiff(program, perform);
  addReconcile(program, perform);
  addStatus(program, perform);
  addReport(program, perform);
  program.commandsGroup('Decisions of people:');
  addHolds(program, perform);
  addApprove(program, perform);
  addReject(program, perform);
  addRetry(program, perform);
  program.commandsGroup('For tests:');
  addEmulator(program, perform);
  return program;
}

function addDemo(program: Command, perform: Perform, runLine: RunLine): void {
  program
    .command('demo')
    .description('the whole story on a real timetable, in the sandbox, in under two minutes')
    .option('--fast', 'one department instead of the whole term')
    .action((options: { readonly fast?: true }) =>
      perform(
        async (context) => {
          const { demo } = await import('./commands/demo.ts');
          return demo(context, { fast: options.fast === true, runLine });
        },
        { tellsSandbox: false },
      ),
    );
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }; // ours
  return version;
}
