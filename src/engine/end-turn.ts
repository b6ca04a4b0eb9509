import type { CalsyncError } from '../core/error.ts';
import { findCalendar } from '../store/calendar.ts';
import { accountPause, noteState, pauseAccount } from '../store/calendar-state.ts';
import { explainWaiting } from '../store/dirty.ts';
import { databaseCopied } from '../store/installation-claim.ts';
import type { Lease } from '../store/lease.ts';
import { recordRun } from '../store/run.ts';
import { databaseNow } from '../store/setting.ts';
import { openWork } from '../store/status.ts';
import { breakerOpen } from './breaker.ts';
import type { CalendarState, Engine, TurnCounts, TurnReport } from './engine.ts';
import { faultOf } from './failures.ts';
import { recordGoogleChanges } from './google-changes.ts';

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
  const pause = await accountPause(engine.db, account);
  const why = whyRowsWait(pause, ended.error);
  if (why !== null) await explainWaiting(engine.db, lease, why);
  await recordGoogleChanges(engine.db);
  const state = await stateOf(engine, calendar, pause, ended.error);
  ended.counts.held = (await openWork(engine.db, calendar)).heldItems;
  await recordRun(engine.db, lease, {
    startedAt: ended.startedAt,
    outcome: state,
    counts: { ...ended.counts },
    error: ended.error === null ? null : { kind: ended.error.kind, reason: ended.error.reason ?? null },
  });
  return { calendar, state, counts: ended.counts, again: ended.again, pulls: ended.pulls, error: ended.error };
}

/** Whose fault it is that the rows of the calendar wait; null when the turn went on to its end, or another worker goes on with it. */
function whyRowsWait(pause: Pause, error: CalsyncError | null): Parameters<typeof explainWaiting>[2] | null {
  if (error !== null && error.kind !== 'conflict') {
    const reason = isShut(error) ? error.message : (error.reason ?? error.kind);
    return { fault: error.reason === databaseCopied ? 'calsync' : faultOf(error), kind: error.kind, reason };
  }
  if (error !== null || pause === null) return null;
  return pause.state === 'quota_paused'
    ? { fault: 'google', kind: 'quota', reason: pause.reason }
    : { fault: 'account', kind: 'unauthorized', reason: pause.reason };
}

type Pause = Awaited<ReturnType<typeof accountPause>>;

/** No call was made at all. */
function isShut({ reason }: CalsyncError): boolean {
  return reason === breakerOpen || reason === databaseCopied;
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
  pause: Pause,
  error: CalsyncError | null,
): Promise<CalendarState> {
  const { state, observedAt } = await findCalendar(engine.db, calendar);
  if ((error !== null && isShut(error)) || pause !== null || state === 'unavailable') return 'paused';
  const oldestFresh = (await databaseNow(engine.db)).getTime() - engine.settings.freshForMs;
  if (state === 'unknown' || observedAt === null || observedAt.getTime() < oldestFresh) return 'unknown';
  const open = await openWork(engine.db, calendar);
  if (open.heldItems > 0) return 'held';
  if (open.marks > 0 || open.flagged > 0 || open.unsettled > 0) return 'out_of_sync';
  // A turn that broke off has not seen that nothing differs.
  return error === null ? 'in_sync' : 'unknown';
}
