import type { Command } from 'commander';
import type { Logger } from 'pino';
import { wantsTraces } from '../../config.ts';
import type { TurnReport } from '../../engine/engine.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { interrupted, traceOf } from '../failure.ts';

interface Options {
  readonly calendar?: readonly string[];
  readonly once?: true;
  readonly json?: true;
}

/** For the calls of a batch that has begun; what is left over is settled by the next run. */
const graceMs = 30_000;

export function addReconcile(program: Command, perform: Perform): void {
  program
    .command('reconcile')
    .description('make Google Calendar equal to the table: one bounded turn for each calendar')
    .option('--calendar <id...>', 'only these calendars')
    .option('--once', 'go on until nothing is left to do')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => reconcile(context, options), { graceMs }));
}

async function reconcile(context: Context, options: Options): Promise<ExitCode> {
  const { app, output, world } = context;
  const [{ reconcile: run }, { progressBars }, views] = await Promise.all([
    import('../../engine/reconcile.ts'),
    import('../progress-bars.ts'),
    import('../views/reconciled.ts'),
  ]);
  const bars = progressBars(world);
  // On a terminal the lines on stdout say the same.
  const log = world.stderr.isTTY === true ? null : await context.log();
  try {
    const engine = await app.engine({ signal: world.signal, onProgress: bars.show });
    const report = await run(engine, {
      calendars: options.calendar ?? null,
      once: options.once === true,
      onTurn: (turn) => {
        bars.finish(turn.calendar);
        if (log !== null) logTurn(log, turn);
        if (turn.error !== null && wantsTraces(world.environment)) output.note(traceOf(turn.error));
        if (world.signal.aborted) throw interrupted();
      },
    });
    bars.stop();
    if (options.json) output.json(views.reconciledDocument(report));
    else output.result(views.reconciledText(report, output.paint));
    return report.inSync ? exitCodes.done : exitCodes.differences;
  } finally {
    bars.stop();
  }
}

function logTurn(log: Logger, { calendar, state, counts, error }: TurnReport): void {
  if (error === null) log.info({ calendar, state, ...counts }, 'turn');
  else
    log.warn(
      { calendar, state, ...counts, kind: error.kind, reason: error.reason, status: error.status },
      'turn ended early',
    );
}
