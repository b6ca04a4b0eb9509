import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { nameOf, readInput } from '../input.ts';
import { refusedLater } from '../later.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly calendar?: string;
  readonly schedule?: string;
  readonly prune?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function addApply(program: Command, perform: Perform): void {
  program
    .command('apply')
    .description('a whole schedule from a .csv or .json file; nothing is removed without --prune')
    .argument('<file>', 'the schedule; its columns are in docs/apply.md')
    .option('--calendar <id>', 'the calendar of rows that name none')
    .option('--schedule <name>', 'the schedule of rows that name none')
    .option('--prune', "withdraw the schedule's events that the file does not have")
    .option('--dry-run', 'only say what would be done')
    .addOption(refusedLater('--skip-invalid', 'Skipping rows comes in a later version: correct them, or take them out'))
    .addOption(jsonOption())
    .action((file: string, options: Options) => perform((context) => apply(context, file, options)));
}

async function apply({ app, output, world }: Context, file: string, options: Options): Promise<ExitCode> {
  const [{ parseScheduleFile }, bytes] = await Promise.all([
    import('../../write/schedule-file.ts'),
    readInput(file, world),
  ]);
  const specs = parseScheduleFile(nameOf(file), bytes, options.calendar ?? null);
  if (specs.length === 0) throw new CalsyncError('usage', `${nameOf(file)} has no event in it`, { reason: 'no_event' });
  const [{ applySchedule }, { appliedDocument, appliedText }, db] = await Promise.all([
    import('../../write/apply.ts'),
    import('../views/applied.ts'),
    app.database(),
  ]);
  const result = await applySchedule(db, specs, cliWriter(), {
    schedule: options.schedule ?? null,
    prune: options.prune === true,
    dryRun: options.dryRun === true,
  });
  if (result.kind === 'refused') return tellWrite(result, output, options.json === true);
  if (options.json) output.json(appliedDocument(result.changes, result.kind));
  else output.result(appliedText(result.changes, result.kind, output.paint));
  return exitCodes.done;
}
