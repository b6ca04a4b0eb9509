import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly calendar?: readonly string[];
  readonly live?: true;
  readonly json?: true;
}

/** A terminal is not scrolled through for more; a file or a pipe gets all. */
const mostItemsOnTerminal = 100;

export function addDiff(program: Command, perform: Perform): void {
  program
    .command('diff')
    .description('what the table says, what was last written and what Google shows; changes nothing')
    .argument('[key]', 'one event, with all three sides whole')
    .option('--calendar <id...>', 'only these calendars')
    .option('--live', 'list Google first, instead of the last observation')
    .addOption(jsonOption())
    .action((key: string | undefined, options: Options) =>
      perform((context) => compare(context, key ?? null, options)),
    );
}

async function compare({ app, output }: Context, key: string | null, options: Options): Promise<ExitCode> {
  if (key !== null && options.calendar !== undefined) {
    throw new CalsyncError('usage', 'a key is on one calendar: leave --calendar out', { reason: 'key_and_calendar' });
  }
  const [{ diff }, reader] = await Promise.all([import('../../engine/diff.ts'), app.diffReader()]);
  const report = await diff(reader, { calendars: options.calendar ?? null, key, live: options.live === true });
  if (options.json) {
    const { diffDocument } = await import('../views/diff-document.ts');
    output.json(diffDocument(report));
  } else {
    const [{ diffText }, { keyText }] = await Promise.all([import('../views/diff.ts'), import('../views/key.ts')]);
    const { paint, columns } = output;
    const most = columns === null ? null : mostItemsOnTerminal;
    output.result(
      key === null ? diffText(report, { paint, columns, most }) : keyText(report, { paint, columns, most }),
    );
  }
  return report.inSync ? exitCodes.done : exitCodes.differences;
}
