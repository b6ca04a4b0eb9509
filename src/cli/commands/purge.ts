import type { Command } from 'commander';
import type { Db } from '../../store/database.ts';
import type { TestCalendar } from '../../store/purge.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { interrupted } from '../failure.ts';
import type { Purged } from '../views/purge.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly test: true;
  readonly calendar?: readonly string[];
  readonly yes?: true;
  readonly json?: true;
}

/** For the calls of a batch that has begun; what is left over is settled by the next run. */
const graceMs = 30_000;
/** A listing may show strays that nobody knew of: they are removed in a further round, again as an exact set. */
const mostRounds = 3;

export function addPurge(program: Command, perform: Perform): void {
  program
    .command('purge')
    .description('remove what tests left: rows on test calendars, their events, and events of ours that no row knows')
    .requiredOption('--test', 'of the namespace test; nothing else can be purged')
    .option('--calendar <id...>', 'only these test calendars')
    .option('--yes', 'do it; without it, only what would be removed is shown')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => purge(context, options), { graceMs }));
}

async function purge(context: Context, options: Options): Promise<ExitCode> {
  const { app, output } = context;
  const [{ planPurge }, views, db] = await Promise.all([
    import('../../write/purge.ts'),
    import('../views/purge.ts'),
    app.database(),
  ]);
  const calendars = options.calendar ?? null;
  const plan = await planPurge(db, calendars);
  if (options.yes === undefined) {
    if (options.json) output.json(views.plannedDocument(plan));
    else output.result(views.plannedText(plan));
    return plan.length === 0 ? exitCodes.done : exitCodes.differences;
  }
  if (!options.json && plan.length > 0) output.note(views.plannedText(plan));
  const purged = await carryOut(context, db, calendars, plan);
  if (options.json) output.json(views.purgedDocument(purged));
  else output.result(views.purgedText(purged));
  return purged.left.length === 0 ? exitCodes.done : exitCodes.differences;
}

async function carryOut(
  { app, world }: Context,
  db: Db,
  calendars: readonly string[] | null,
  planned: readonly TestCalendar[],
): Promise<Purged> {
  const [{ carryOutPurge, planPurge }, { reconcile }, { testCalendars }] = await Promise.all([
    import('../../write/purge.ts'),
    import('../../engine/reconcile.ts'),
    import('../../store/namespace.ts'),
  ]);
  const engine = await app.engine({ signal: world.signal });
  const listed = calendars ?? (await testCalendars(db));
  let plan = planned;
  let [rows, events] = [0, 0];
  for (let round = 0; round < mostRounds; round += 1) {
    rows += await carryOutPurge(db, plan, cliWriter());
    const report = await reconcile(engine, { calendars: listed, once: true });
    if (world.signal.aborted) throw interrupted();
    events += report.calendars.reduce((sum, { counts }) => sum + counts.deleted, 0);
    const before = JSON.stringify(plan.map(({ events: known }) => known));
    plan = await planPurge(db, calendars);
    if (plan.length === 0 || JSON.stringify(plan.map(({ events: known }) => known)) === before) break;
  }
  return { rows, events, left: plan };
}
