import { asCalsyncError, CalsyncError, type Fault } from '../core/error.ts';
import { markOf } from '../core/identity.ts';
import type { Call } from '../core/plan.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import { backoffMs } from '../core/retry.ts';
import type { Settlement } from '../core/settle.ts';
import { placeOf } from '../core/state.ts';
import { park, postpone, readMarks, type Waiting } from '../store/dirty.ts';
import { openRejected } from '../store/finding.ts';
import { outcomeUnknownReason, settleIntent, unsettledIntents } from '../store/intent.ts';
import { breakerOpen } from './breaker.ts';
import { readEvents } from './read-events.ts';
import { type Refusal, settleByReading } from './settle-unknown.ts';
import { holdLease, type Work } from './work.ts';

/** What follows from a call that failed. `again`: its key is to be planned anew; `stop` ends the turn. */
export type AfterFailure =
  | 'again'
  /** The answer was lost, and a reading showed that the call had its effect. */
  | 'done_unheard'
  | 'parked'
  | { readonly waits: KeyWaiting }
  | { readonly stop: CalsyncError };

/** What its key was told to wait for, and until when on the clock port, in milliseconds. */
export interface KeyWaiting extends Waiting {
  readonly until: number;
}

/** Whose fault it is that a key waits, by the kind of error. */
export function faultOf(error: CalsyncError): Fault {
  switch (error.kind) {
    case 'transient':
    case 'quota':
    case 'sync_token_expired':
      return 'google';
    case 'unauthorized':
    case 'unavailable':
      return 'account';
    case 'rejected':
    case 'refused':
      return 'row';
    case 'conflict':
    case 'usage':
    case 'invariant':
      return 'calsync';
  }
}

/** Does what the kind of the error says happens next, and settles the intent unless its outcome is unknown. */
export async function afterFailure(
  work: Work,
  planned: PlannedCall,
  intentId: number,
  thrown: unknown,
): Promise<AfterFailure> {
  const error = asCalsyncError(thrown);
  if (error.outcomeUnknown) return settleNow(work, planned, intentId, error);
  switch (error.kind) {
    case 'conflict':
      return leavesNewMark(planned.call)
        ? settleRefused(work, planned, intentId, error)
        : overtaken(work, planned, intentId, error);
    case 'transient':
      await settled(work, intentId, 'not_done', error);
      // Not made at all: the key has not failed, and the turn is over.
      return error.reason === breakerOpen ? { stop: error } : waitForRetry(work, planned, error);
    case 'rejected':
      return rejected(work, planned, intentId, error);
    default:
      await settled(work, intentId, 'not_done', error);
      return { stop: error };
  }
}

/** The request may have been carried out: its event is read at once, and the intent stays open if even that fails. */
async function settleNow(
  work: Work,
  planned: PlannedCall,
  intentId: number,
  error: CalsyncError,
): Promise<AfterFailure> {
  // Google asks to be left in peace for a while: the event is read in a later turn.
  if (error.kind === 'quota') return { stop: error };
  if (error.retryAfterMs !== undefined) return waitForRetry(work, planned, error);
  const settlement = await settleOpen(work, planned, intentId);
  if (settlement === 'done') return 'done_unheard';
  return settlement === 'overtaken' ? 'again' : waitForRetry(work, planned, error);
}

/** Whether a patch that was carried out can be told by the mark that it leaves: the event did not carry that revision before. */
function leavesNewMark(call: Call): boolean {
  return call.kind === 'patch' && markOf(call.observed)?.revision !== call.revision;
}

/**
 * A patch that Google refused since the event had moved on: it may be its own doing, for a request that the network repeats is refused the
 * second time. What it wrote has to be noted then, or nobody clears it once the row states it no longer.
 */
async function settleRefused(
  work: Work,
  planned: PlannedCall,
  intentId: number,
  error: CalsyncError,
): Promise<AfterFailure> {
  const settlement = await settleOpen(work, planned, intentId, { kind: error.kind, reason: error.reason ?? null });
  if (settlement === null) return waitForRetry(work, planned, unreadSince(error));
  return settlement === 'done' ? 'done_unheard' : 'again';
}

/** That the key waits is not due to the refusal, but to Google, which does not show the event. */
function unreadSince(refusal: CalsyncError): CalsyncError {
  const message = 'the event of a refused patch cannot be read now';
  return new CalsyncError('transient', message, { reason: outcomeUnknownReason, cause: refusal });
}

/** Settles a call that is still open by reading its event; null where that cannot be read now. */
async function settleOpen(
  work: Work,
  { call }: PlannedCall,
  intentId: number,
  refusal?: Refusal,
): Promise<Settlement | null> {
  const open = await unsettledIntents(work.engine.db, { keys: [call.key] });
  const intent = open.find(({ id }) => id === intentId);
  return intent === undefined ? null : settleByReading(work, intent, refusal);
}

/** Another change came first: the event is read and its key planned anew. Of a create that met nothing, nothing new can be planned. */
async function overtaken(
  work: Work,
  planned: PlannedCall,
  intentId: number,
  error: CalsyncError,
): Promise<AfterFailure> {
  const { call } = planned;
  await settled(work, intentId, 'overtaken', error);
  try {
    await readEvents(work, placesOf(planned));
  } catch (thrown) {
    const reading = asCalsyncError(thrown);
    if (reading.kind !== 'transient' || reading.reason === breakerOpen) throw thrown;
    return waitForRetry(work, planned, reading);
  }
  // Google keeps the id where the event was once: a move back there is never taken.
  if (call.kind === 'move' && error.reason === 'duplicate') return rejected(work, planned, intentId, error);
  if (call.kind !== 'create' || !work.notFound.has(placeOf(call.calendar, call.eventId))) return 'again';
  // 409 and then 404: Google has not made up its mind (P18). Forbidden, and no event has the id: it is the create that is forbidden.
  return error.status === 409 ? waitForRetry(work, planned, error) : rejected(work, planned, intentId, error);
}

async function settled(
  work: Work,
  intentId: number,
  outcome: 'not_done' | 'overtaken',
  error: CalsyncError,
): Promise<void> {
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await settleIntent(tx, intentId, outcome, { kind: error.kind, reason: error.reason ?? null });
  });
}

function placesOf({ call }: PlannedCall): readonly { readonly calendar: string; readonly eventId: string }[] {
  const here = { calendar: call.calendar, eventId: call.eventId };
  return call.kind === 'move' ? [here, { calendar: call.destination, eventId: call.eventId }] : [here];
}

/** The key waits; how long grows with its failures, and with what Google asked for. */
async function waitForRetry(
  work: Work,
  { call }: PlannedCall,
  error: CalsyncError,
): Promise<{ readonly waits: KeyWaiting }> {
  const mark = (await readMarks(work.engine.db, [call.key])).get(call.key);
  const waitMs = backoffMs((mark?.attempts ?? 0) + 1, work.engine.random.fraction(), error.retryAfterMs);
  const until = work.engine.clock.now() + waitMs;
  const waiting: Waiting = {
    key: call.key,
    revision: call.revision,
    waitMs,
    fault: faultOf(error),
    kind: error.kind,
    reason: error.reason ?? error.kind,
    failed: true,
  };
  await letWait(work, [waiting]);
  work.counts.failed += 1;
  return { waits: { ...waiting, until } };
}

/** Lets keys wait on: another call of each read its event since, and what is read anew makes a key due at once. */
export async function waitOn(work: Work, waiting: readonly KeyWaiting[]): Promise<void> {
  if (waiting.length === 0) return;
  const now = work.engine.clock.now();
  await letWait(
    work,
    waiting.map(({ until, ...told }) => ({ ...told, waitMs: Math.max(0, until - now), failed: false })),
  );
}

async function letWait(work: Work, waiting: readonly Waiting[]): Promise<void> {
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await postpone(tx, waiting);
  });
}

/** Google will not take this row as it is: it waits for a change, and nobody else does (P12, P15). */
async function rejected(work: Work, { call }: PlannedCall, intentId: number, error: CalsyncError): Promise<'parked'> {
  const reason = `Google refuses it: ${error.reason ?? error.kind}${error.status === undefined ? '' : ` (${error.status})`}`;
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await settleIntent(tx, intentId, 'not_done', { kind: error.kind, reason: error.reason ?? null });
    await park(tx, { key: call.key, revision: call.revision, fault: 'row', kind: error.kind, reason });
    await openRejected(tx, call.calendar, call.key, reason);
  });
  work.counts.parked += 1;
  return 'parked';
}
