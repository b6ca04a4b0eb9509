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
import { addConfig } from './commands/config.ts';
import { addDb } from './commands/db.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addEmulator } from './commands/emulator.ts';
import { addExplain } from './commands/explain.ts';
import { addGet } from './commands/get.ts';
import { addHistory } from './commands/history.ts';
import { addHolds } from './commands/holds.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPeople } from './commands/people.ts';
import { addPurge } from './commands/purge.ts';
import { addPut } from './commands/put.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addReject } from './commands/reject.ts';
import { addRekey } from './commands/rekey.ts';
import { addReplay } from './commands/replay.ts';
import { addReport } from './commands/report.ts';
import { addRestore } from './commands/restore.ts';
import { addRetry } from './commands/retry.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addTokens } from './commands/tokens.ts';
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
  addPeople(program, perform);
  addApply(program, perform);
  addRestore(program, perform);
  program.commandsGroup('What is, and making it so:');
  addGet(program, perform);
  addDiff(program, perform);
  addReconcile(program, perform);
  addStatus(program, perform);
  addExplain(program, perform);
  addHistory(program, perform);
  addReport(program, perform);
  program.commandsGroup('Decisions of people:');
  addHolds(program, perform);
  addApprove(program, perform);
  addReject(program, perform);
  addRetry(program, perform);
  addRekey(program, perform);
  program.commandsGroup('Operations:');
  addDoctor(program, perform);
  addConfig(program, perform);
  addReplay(program, perform);
  program.commandsGroup('For other programs:');
  addServe(program, perform);
  addTokens(program, perform);
  program.commandsGroup('For tests:');
  addPurge(program, perform);
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
