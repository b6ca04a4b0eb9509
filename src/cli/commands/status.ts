import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly json?: true;
}

export function addStatus(program: Command, perform: Perform): void {
  program
    .command('status')
    .description('how every account and calendar stands, and what waits for whom')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => status(context, options)));
}

async function status({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ diff }, { loadReportData }, { statusDocument, statusText }, reader, db] = await Promise.all([
    import('../../engine/diff.ts'),
    import('../../engine/report.ts'),
    import('../views/status.ts'),
    app.diffReader(),
    app.database(),
  ]);
  const now = new Date(app.clock.now());
  const standing = await diff(reader, { calendars: null, key: null, live: false });
  const open = await loadReportData(db, { since: now, now });
  if (json) output.json(statusDocument(standing, open));
  else output.result(statusText(standing, open, output.paint));
  return exitCodes.done;
}
