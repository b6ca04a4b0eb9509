import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import type { FileEvent } from '../../write/read-file.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { nameOf, readInput } from '../input.ts';
import { tellWrite } from '../tell-write.ts';
import type { SkippedRow } from '../views/applied.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly calendar?: string;
  readonly schedule?: string;
  readonly prune?: true;
  readonly dryRun?: true;
  readonly skipInvalid?: true;
  readonly json?: true;
}

export function addApply(program: Command, perform: Perform): void {
  program
    .command('apply')
    .description('a whole schedule from a .json, .yaml, .csv or .ics file; nothing is removed without --prune')
    .argument('<file>', 'the schedule; what it may hold is in docs/apply.md')
    .option('--calendar <id>', 'the calendar of rows that name none')
    .option('--schedule <name>', 'the schedule of rows that name none')
    .option('--prune', "withdraw the schedule's events that the file does not have")
    .option('--dry-run', 'only say what would be done')
    .option('--skip-invalid', 'apply the rows that can be, list the others, and end with 2 if there are any')
    .addOption(jsonOption())
    .action((file: string, options: Options) => perform((context) => apply(context, file, options)));
}

async function apply({ app, output, world }: Context, file: string, options: Options): Promise<ExitCode> {
  const [{ readScheduleFile }, { unreadableFile }, bytes] = await Promise.all([
    import('../../write/schedule-file.ts'),
    import('../../write/file-problem.ts'),
    readInput(file, world),
  ]);
  const name = nameOf(file);
  const { events, problems, notes } = readScheduleFile(name, bytes, options.calendar ?? null);
  if (problems.length > 0 && options.skipInvalid !== true) throw unreadableFile(name, problems);
  if (events.length === 0 && problems.length > 0) throw unreadableFile(name, problems);
  if (events.length === 0) throw new CalsyncError('usage', `${name} has no event in it`, { reason: 'no_event' });
  for (const note of notes) output.note(note);
  const [{ applySchedule }, { appliedDocument, appliedText }, db] = await Promise.all([
    import('../../write/apply.ts'),
    import('../views/applied.ts'),
    app.database(),
  ]);
  const specs = events.map(({ spec }) => spec);
  const result = await applySchedule(db, specs, cliWriter(), {
    schedule: options.schedule ?? null,
    prune: options.prune === true,
    dryRun: options.dryRun === true,
    skipInvalid: options.skipInvalid === true,
  });
  if (result.kind === 'refused') return tellWrite(result, output, options.json === true);
  const skipped: readonly SkippedRow[] = [...problems, ...refusedRows(result.skipped, events)].toSorted(byPlace);
  if (options.json) output.json(appliedDocument(result, skipped));
  else output.result(appliedText(result, skipped, output.paint));
  return skipped.length === 0 ? exitCodes.done : exitCodes.differences;
}

/** Rows that could be read but not written, with the lines on which they stand. */
function refusedRows(
  refused: readonly { readonly key: string; readonly field: string | null; readonly message: string }[],
  events: readonly FileEvent[],
): readonly SkippedRow[] {
  const byKey = new Map(events.map((each) => [each.spec.key, each]));
  return refused.map(({ key, field, message }) => {
    const { line = null, event = null } = byKey.get(key) ?? {};
    return { line, event, column: field, message };
  });
}

function byPlace(a: SkippedRow, b: SkippedRow): number {
  return (a.line ?? a.event ?? 0) - (b.line ?? b.event ?? 0);
}
