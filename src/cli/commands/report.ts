import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { readSince } from '../since.ts';

interface Options {
  readonly send?: true;
  readonly since: string;
  readonly includeTest?: true;
  readonly json?: true;
}

export function addReport(program: Command, perform: Perform): void {
  program
    .command('report')
    .description('what differed, since when, what was mended, and what waits for whom')
    .option('--send', 'mail it to CALSYNC_REPORT_TO; without SMTP_URL into a file')
    .option('--since <time>', 'from when: 24h, 7d, 2026-11-30 or 2026-11-30T08:00:00Z', '24h')
    .option('--include-test', 'tell of rows on test calendars too')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => report(context, options)));
}

async function report({ app, output }: Context, options: Options): Promise<ExitCode> {
  const now = new Date(app.clock.now());
  const since = readSince(options.since, now);
  const [{ buildReport }, { reportText }, db] = await Promise.all([
    import('../../engine/report.ts'),
    import('../../mail/report-text.ts'),
    app.database(),
  ]);
  const built = await buildReport(db, { since, now, includeTest: options.includeTest === true });
  const sentTo = options.send ? await send(app, built) : null;
  if (options.json) output.json({ since: since.toISOString(), until: now.toISOString(), sentTo, report: built });
  else output.result(sentTo === null ? reportText(built) : `The report went to ${sentTo}.`);
  return exitCodes.done;
}

async function send(
  app: Context['app'],
  built: Parameters<typeof import('../../mail/send-report.ts').sendReport>[1],
): Promise<string> {
  const { mail, reportTo } = app.config;
  if (reportTo.length === 0 && mail.kind === 'smtp') {
    throw new CalsyncError('usage', 'CALSYNC_REPORT_TO is missing: it says to whom the report is mailed', {
      reason: 'report_to',
    });
  }
  const [{ sendReport }, mailer] = await Promise.all([import('../../mail/send-report.ts'), app.mailer()]);
  return sendReport(mailer, built, { to: reportTo.length === 0 ? [app.mailFrom] : reportTo, from: app.mailFrom });
}
