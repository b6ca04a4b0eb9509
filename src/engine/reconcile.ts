import { CalsyncError } from '../core/error.ts';
import { findCalendar, listCalendars } from '../store/calendar.ts';
import { requireClaimed } from '../store/installation-claim.ts';
import { dropOutdated } from '../store/retention.ts';
import { refreshUnreachable } from '../store/unreachable.ts';
import type { Engine, TurnCounts, TurnReport } from './engine.ts';
import { turn } from './turn.ts';

export interface ReconcileOptions {
  /** Null: every managed calendar. */
  readonly calendars: readonly string[] | null;
  /** Goes on until a turn finds nothing to do. */
  readonly once: boolean;
  readonly onTurn?: (report: TurnReport) => void;
}

export interface ReconcileReport {
  /** One a calendar, its turns added up. */
  readonly calendars: readonly TurnReport[];
  readonly inSync: boolean;
}

/** Turns of one calendar in one run; a calendar that is never done is left to the next run. */
const mostTurnsEach = 200;
/** Turns in a row that change nothing, after which a run ends: what is left waits for something else. */
const mostIdleTurns = 3;
/** How long a run waits for a calendar that another worker has, and how often it looks. */
const busyWaitMs = 120_000;
const busyLookMs = 500;

/**
 * Pulls each calendar once whatever the timers say, plans and converges; with `once` until nothing is left to do. Throws `refused`, reason
 * `database_copied`, in a copied database.
 */
export async function reconcile(engine: Engine, options: ReconcileOptions): Promise<ReconcileReport> {
  await requireClaimed(engine.db);
  const calendars = await chosenCalendars(engine, options.calendars);
  const reports = new Map<string, TurnReport>();
  let queue = calendars;
  const idle = new Map<string, number>();
  for (let pass = 0; queue.length > 0 && pass < (options.once ? mostTurnsEach : 1); pass += 1) {
    const next: string[] = [];
    for (const calendar of queue) {
      const report = options.once ? await patientTurn(engine, calendar) : await turn(engine, calendar);
      reports.set(calendar, addUp(reports.get(calendar), report));
      options.onTurn?.(report);
      idle.set(calendar, hasChanged(report.counts) ? 0 : (idle.get(calendar) ?? 0) + 1);
      if ((idle.get(calendar) ?? 0) >= mostIdleTurns) continue;
      if (report.again) next.push(calendar);
      // First what it waits for, then the calendar itself.
      const awaited = report.pulls.filter((pulled) => calendars.includes(pulled));
      if (awaited.length > 0) next.push(...awaited, calendar);
    }
    queue = [...new Set(next)];
  }
  await refreshUnreachable(engine.db);
  await dropOutdated(engine.db);
  const all = calendars.flatMap((calendar) => reports.get(calendar) ?? []);
  return { calendars: all, inSync: all.every(({ state }) => state === 'in_sync') };
}

async function chosenCalendars(engine: Engine, named: readonly string[] | null): Promise<readonly string[]> {
  if (named === null) return (await listCalendars(engine.db)).map(({ id }) => id).sort();
  for (const id of named) await findCalendar(engine.db, id);
  return [...new Set(named)];
}

/** Waits for a calendar that another worker has: it is being worked, and this run has to see it done. */
async function patientTurn(engine: Engine, calendar: string): Promise<TurnReport> {
  const until = engine.clock.now() + busyWaitMs;
  for (;;) {
    const report = await turn(engine, calendar);
    if (report.state !== 'busy') return report;
    if (engine.clock.now() >= until) {
      throw new CalsyncError(
        'conflict',
        `another worker has had ${calendar} for ${busyWaitMs / 1000} s; try again later`,
        {
          reason: 'busy',
        },
      );
    }
    await engine.clock.sleep(busyLookMs);
  }
}

function hasChanged(counts: TurnCounts): boolean {
  const { created, patched, moved, deleted, recreated, adopted } = counts;
  return created + patched + moved + deleted + recreated + adopted > 0;
}

/** State, error and `again` are those of the latest turn; calls and changes of all turns are counted together. */
function addUp(before: TurnReport | undefined, now: TurnReport): TurnReport {
  if (before === undefined) return now;
  const counts = { ...now.counts };
  for (const name of ['created', 'patched', 'moved', 'deleted', 'recreated', 'adopted', 'failed', 'parked'] as const) {
    counts[name] += before.counts[name];
  }
  counts.apiCalls += before.counts.apiCalls;
  counts.listCalls += before.counts.listCalls;
  return { ...now, counts };
}
