import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly json?: true;
}

/** Of the history; the rest is in `calsync history KEY`. */
const mostEntries = 12;
const mostFindings = 20;

export function addExplain(program: Command, perform: Perform): void {
  program
    .command('explain')
    .description('one page about one event: how it stands, why, whose fault that is, what waits and what happened last')
    .argument('<key>', 'the event')
    .addOption(jsonOption())
    .action((key: string, options: Options) => perform((context) => explain(context, key, options)));
}

async function explain({ app, output }: Context, key: string, { json }: Options): Promise<ExitCode> {
  const [{ diff }, { readEventStatus }, { readFindingPage }, { openHolds }, { readHistory }, view] = await Promise.all([
    import('../../engine/diff.ts'),
    import('../../store/event-status.ts'),
    import('../../store/finding-page.ts'),
    import('../../store/hold.ts'),
    import('../../store/history.ts'),
    import('../views/explain.ts'),
  ]);
  const [reader, db] = [await app.diffReader(), await app.database()];
  const report = await diff(reader, { calendars: null, key, live: false });
  const findings = await readFindingPage(db, { calendar: null, key, kind: null, open: true }, null, mostFindings);
  const page = {
    key,
    report,
    standing: (await readEventStatus(db, [key])).get(key) ?? null,
    findings: findings.findings,
    holds: (await openHolds(db)).filter(({ items }) => items.some((item) => item.key === key)),
    history: await readHistory(db, key, mostEntries),
  };
  if (json) output.json(view.explainDocument(page));
  else output.result(view.explainText(page, { paint: output.paint, columns: output.columns, most: null }));
  return exitCodes.done;
}
