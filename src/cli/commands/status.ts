import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly includeTest?: true;
  readonly json?: true;
}

export function addStatus(program: Command, perform: Perform): void {
  program
    .command('status')
    .description('how every account and calendar stands, and what waits for whom')
    .option('--include-test', 'tell of test calendars and count their rows too')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => status(context, options)));
}

async function status(
  { app, output }: Context,
  { json, includeTest = false }: { readonly json?: true; readonly includeTest?: boolean },
): Promise<ExitCode> {
  const [{ diff }, { listCalendars }, { loadReportData }, { openBreakers }, { isClaimed }, views, more, reader, db] =
    await Promise.all([
      import('../../engine/diff.ts'),
      import('../../store/calendar.ts'),
      import('../../engine/report.ts'),
      import('../../store/breaker.ts'),
      import('../../store/installation-claim.ts'),
      import('../views/status.ts'),
      import('../views/protections.ts'),
      app.diffReader(),
      app.database(),
    ]);
  const { statusDocument, statusText } = views;
  const { protectionLines, protectionsDocument } = more;
  const now = new Date(app.clock.now());
  const told = (await listCalendars(db)).filter(({ namespace }) => includeTest || namespace === 'live');
  const standing = await diff(reader, { calendars: told.map(({ id }) => id), key: null, live: false });
  const open = await loadReportData(db, { since: now, now, includeTest });
  const protections = { claimed: await isClaimed(db), breakers: await openBreakers(db) };
  if (json) output.json({ ...statusDocument(standing, open), ...protectionsDocument(protections) });
  else
    output.result([...protectionLines(protections, output.paint), statusText(standing, open, output.paint)].join('\n'));
  return exitCodes.done;
}
