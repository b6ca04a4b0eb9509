import pLimit from 'p-limit';
import { asCalsyncError, CalsyncError } from '../core/error.ts';
import { judgeEach, type PlannedCall } from '../core/plan-calendar.ts';
import type { Db } from '../store/database.ts';
import { beginIntents, guardCountsOf, lockGuard, settleIntents } from '../store/intent.ts';
import { leaseLostReason } from '../store/lease.ts';
import type { TurnCounts } from './engine.ts';
import { type AfterFailure, afterFailure, type KeyWaiting, waitOn } from './failures.ts';
import { type Answer, perform } from './perform.ts';
import { Recorder } from './recorder.ts';
import { holdLease, isSpent, type Work } from './work.ts';

/** What became of the calls of a plan. */
export interface Converged {
  /** Keys to look at again in this turn. */
  readonly again: readonly string[];
  /** Some call had its effect. */
  readonly changed: boolean;
  /** The turn's calls or time were used up before all were made. */
  readonly unfinished: boolean;
  /** What ends the turn. */
  readonly stop: CalsyncError | null;
}

/** Calls in a row that fail for a passing reason, after which Google is left in peace for this turn. */
const mostFailuresInARow = 5;

/** Makes the calls of a plan: intents first, one commit for a batch; then the calls, several keys at a time, each settled alone. */
export async function converge(work: Work, calls: readonly PlannedCall[]): Promise<Converged> {
  const { batchSize } = work.engine.settings;
  const progress: Progress = {
    again: [],
    waiting: new Map(),
    changed: false,
    failuresInARow: 0,
    stop: null,
    done: 0,
    planned: calls.length,
  };
  let unfinished = false;
  for (let first = 0; first < calls.length && progress.stop === null && !unfinished; first += batchSize) {
    unfinished = isSpent(work);
    if (!unfinished) await convergeBatch(work, calls.slice(first, first + batchSize), progress);
  }
  const { again, waiting, changed, stop } = progress;
  await waitOn(work, withOtherCalls([...waiting.values()], calls));
  // A key of which one call has to wait is left alone in this turn, whatever its other calls lead to.
  return { again: again.filter((key) => !waiting.has(key)), changed, unfinished, stop };
}

function withOtherCalls(waiting: readonly KeyWaiting[], calls: readonly PlannedCall[]): readonly KeyWaiting[] {
  const callsOf = Map.groupBy(calls, ({ call }) => call.key);
  return waiting.filter(({ key }) => (callsOf.get(key)?.length ?? 0) > 1);
}

interface Progress {
  readonly again: string[];
  readonly waiting: Map<string, KeyWaiting>;
  readonly planned: number;
  changed: boolean;
  failuresInARow: number;
  stop: CalsyncError | null;
  done: number;
}

async function convergeBatch(work: Work, batch: readonly PlannedCall[], progress: Progress): Promise<void> {
  const intents = await begin(work, batch);
  const limit = pLimit(work.engine.settings.concurrency);
  const recorder = new Recorder(work);
  const unsent: number[] = [];
  await Promise.all(
    batch.map(async (planned, index) => {
      const intentId = intents[index] ?? null;
      // Somebody else's call to the event is open: its key stays due, and is planned from what that call leads to.
      if (intentId === null) return;
      const sent = await limit(async () => (progress.stop === null ? send(work, planned, intentId) : null));
      if (sent === null) unsent.push(intentId);
      else follow(progress, planned, await settleSent(work, recorder, { planned, intentId, sent }));
      progress.done += 1;
      work.engine.onProgress?.({ calendar: work.lease.calendar, done: progress.done, planned: progress.planned });
    }),
  );
  if (unsent.length > 0) await takeBack(work, unsent);
}

function follow(progress: Progress, { call }: PlannedCall, result: CarriedOut): void {
  const waits = typeof result === 'object' && 'waits' in result;
  progress.failuresInARow = waits ? progress.failuresInARow + 1 : 0;
  if (waits) keepLongest(progress.waiting, result.waits);
  else if (typeof result === 'object') progress.stop ??= result.stop;
  progress.changed ||= result === 'done' || result === 'done_unheard' || result === 'done_again';
  if (result === 'again' || result === 'done_unheard' || result === 'done_again') progress.again.push(call.key);
  if (progress.failuresInARow >= mostFailuresInARow) progress.stop ??= tooManyFailures();
}

function keepLongest(waiting: Map<string, KeyWaiting>, next: KeyWaiting): void {
  const known = waiting.get(next.key);
  if (known === undefined || known.until < next.until) waiting.set(next.key, next);
}

/** Calls that were begun and not sent. If this cannot be said now, they are settled like those whose end nobody knows. */
async function takeBack(work: Work, intents: readonly number[]): Promise<void> {
  try {
    await work.engine.db.transaction().execute(async (tx) => {
      await holdLease(tx, work);
      await settleIntents(tx, intents, 'not_done', { kind: 'conflict', reason: 'not_sent' });
    });
  } catch (thrown) {
    if (asCalsyncError(thrown).reason !== leaseLostReason) throw thrown;
  }
}

/** Writes down what is about to be done, under the lease, with the guard's count taken in the same transaction. */
async function begin(work: Work, batch: readonly PlannedCall[]): Promise<readonly (number | null)[]> {
  return work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    if (batch.some(({ countsAs }) => countsAs !== null)) await askGuard(tx, work, batch);
    return beginIntents(tx, work.lease, batch);
  });
}

async function askGuard(tx: Db, work: Work, batch: readonly PlannedCall[]): Promise<void> {
  const calendars = new Set(batch.flatMap(({ call, countsAs }) => (countsAs === null ? [] : [call.calendar])));
  await lockGuard(tx, calendars);
  const countsOf = await guardCountsOf(tx, calendars);
  for (const { deletes, recreates } of judgeEach(work.lease.calendar, batch, countsOf).values()) {
    const refusal = deletes ?? recreates;
    if (refusal !== null)
      throw new CalsyncError('refused', `the guard stopped a batch: ${refusal}`, { reason: 'guard' });
  }
}

type CarriedOut = 'done' | 'done_again' | AfterFailure;
type Sent =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly result: AfterFailure };

/** Makes a call, and deals with its failure. What nobody planned for stops the turn and leaves the intent open. */
async function send(work: Work, planned: PlannedCall, intentId: number): Promise<Sent> {
  const answered = await perform(work, planned.call).then(
    (answer) => ({ kind: 'answered', answer }) as const,
    (thrown: unknown) => ({ kind: 'failed', thrown }) as const,
  );
  if (answered.kind === 'answered') return answered;
  try {
    return { kind: 'failed', result: await afterFailure(work, planned, intentId, answered.thrown) };
  } catch (thrown) {
    return { kind: 'failed', result: { stop: asCalsyncError(thrown) } };
  }
}

interface SentCall {
  readonly planned: PlannedCall;
  readonly intentId: number;
  readonly sent: Sent;
}

/** Only what the call itself throws says how it ended: a record that fails does not make it undone, but stops the turn. */
async function settleSent(work: Work, recorder: Recorder, { planned, intentId, sent }: SentCall): Promise<CarriedOut> {
  if (sent.kind === 'failed') {
    if (sent.result === 'done_unheard') count(work.counts, planned);
    return sent.result;
  }
  try {
    const recorded = await recorder.add({ planned, intentId, answer: sent.answer });
    count(work.counts, planned);
    return recorded === 'done' ? 'done' : 'done_again';
  } catch (thrown) {
    return { stop: asCalsyncError(thrown) };
  }
}

function count(counts: TurnCounts, { call, countsAs }: PlannedCall): void {
  switch (call.kind) {
    case 'create':
      if (countsAs === 'recreate') counts.recreated += 1;
      else counts.created += 1;
      return;
    case 'patch':
      counts.patched += 1;
      return;
    case 'move':
      counts.moved += 1;
      return;
    case 'delete':
      counts.deleted += 1;
      return;
  }
}

function tooManyFailures(): CalsyncError {
  return new CalsyncError('transient', `${mostFailuresInARow} calls in a row failed for a passing reason`, {
    reason: 'too_many_failures',
  });
}
