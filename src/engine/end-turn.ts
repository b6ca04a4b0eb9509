import type { CalsyncError } from '../core/error.ts';
import { findCalendar } from '../store/calendar.ts';
import { accountPause, noteState, pauseAccount } from '../store/calendar-state.ts';
import type { Lease } from '../store/lease.ts';
import { recordRun } from '../store/run.ts';
import { databaseNow } from '../store/setting.ts';
import { openWork } from '../store/status.ts';
import type { CalendarState, Engine, TurnCounts, TurnReport } from './engine.ts';

/** How long an account rests after Google spoke of its usage limits (API facts §7.1). */
const quotaPauseMs = 30 * 60_000;

interface Ended {
  readonly startedAt: Date;
  readonly counts: TurnCounts;
  readonly again: boolean;
  readonly pulls: readonly string[];
  readonly error: CalsyncError | null;
}

/** Does for account and calendar what the error that ended the turn says, and reports how the calendar stands. */
export async function endTurn(engine: Engine, lease: Lease, ended: Ended): Promise<TurnReport> {
  const { calendar } = lease;
  const { account } = await findCalendar(engine.db, calendar);
  if (ended.error !== null) await noteError(engine, lease, account, ended.error);
  const state = await stateOf(engine, calendar, account, ended.error);
  ended.counts.held = (await openWork(engine.db, calendar)).heldItems;
  await recordRun(engine.db, lease, {
    startedAt: ended.startedAt,
    outcome: state,
    counts: { ...ended.counts },
    error: ended.error === null ? null : { kind: ended.error.kind, reason: ended.error.reason ?? null },
  });
  return { calendar, state, counts: ended.counts, again: ended.again, pulls: ended.pulls, error: ended.error };
}

async function noteError(engine: Engine, lease: Lease, account: string, error: CalsyncError): Promise<void> {
  switch (error.kind) {
    case 'unauthorized':
      return pauseAccount(engine.db, account, 'reauth_required', error.reason ?? 'unauthorized', null);
    case 'quota':
      return pauseAccount(
        engine.db,
        account,
        'quota_paused',
        error.reason ?? 'quota',
        error.retryAfterMs ?? quotaPauseMs,
      );
    case 'unavailable':
      return noteState(
        engine.db,
        lease,
        'unavailable',
        `Google answers ${error.status ?? 'nothing'} (${error.reason ?? 'no reason'})`,
      );
    case 'transient':
    case 'conflict':
    case 'sync_token_expired':
    case 'rejected':
    case 'refused':
    case 'usage':
    case 'invariant':
      return;
  }
}

async function stateOf(
  engine: Engine,
  calendar: string,
  account: string,
  error: CalsyncError | null,
): Promise<CalendarState> {
  const { state, observedAt } = await findCalendar(engine.db, calendar);
  if ((await accountPause(engine.db, account)) !== null || state === 'unavailable') return 'paused';
  const oldestFresh = (await databaseNow(engine.db)).getTime() - engine.settings.freshForMs;
  if (state === 'unknown' || observedAt === null || observedAt.getTime() < oldestFresh) return 'unknown';
  const open = await openWork(engine.db, calendar);
  if (open.heldItems > 0) return 'held';
  if (open.marks > 0 || open.flagged > 0 || open.unsettled > 0) return 'out_of_sync';
  // A turn that broke off has not seen that nothing differs.
  return error === null ? 'in_sync' : 'unknown';
}
