import pLimit from 'p-limit';
import { CalsyncError } from '../core/error.ts';
import { judge } from '../core/guard.ts';
import { type PlannedCall, wishOf } from '../core/plan-calendar.ts';
import { beginIntents, guardCounts } from '../store/intent.ts';
import { renewLease, requireLease } from '../store/lease.ts';
import type { TurnCounts } from './engine.ts';
import { type AfterFailure, afterFailure } from './failures.ts';
import { withPatience } from './patience.ts';
import { perform } from './perform.ts';
import { record } from './record.ts';
import { isSpent, type Work } from './work.ts';

/** What became of the calls of a plan. */
export interface Converged {
  /** Keys to look at again in this turn. */
  readonly again: readonly string[];
  /** Keys that wait or are parked: nothing more in this turn. */
  readonly waiting: readonly string[];
  /** The turn's calls or time were used up before all were made. */
  readonly unfinished: boolean;
  /** What ends the turn. */
  readonly stop: CalsyncError | null;
}

/** Calls in a row that fail for a passing reason, after which Google is left in peace for this turn. */
const mostFailuresInARow = 5;

/** Makes the calls of a plan: intents first, one commit for a batch; then the calls, several keys at a time, each settled alone. */
export async function converge(work: Work, calls: readonly PlannedCall[]): Promise<Converged> {
  const again: string[] = [];
  const waiting: string[] = [];
  let failuresInARow = 0;
  let stop: CalsyncError | null = null;
  let done = 0;
  const { batchSize } = work.engine.settings;

  for (let first = 0; first < calls.length; first += batchSize) {
    if (isSpent(work)) return { again, waiting, unfinished: true, stop: null };
    const batch = calls.slice(first, first + batchSize);
    const intents = await begin(work, batch);
    const limit = pLimit(work.engine.settings.concurrency);
    await Promise.all(
      batch.map((planned, index) =>
        limit(async () => {
          const result = await carryOut(work, planned, intents[index] ?? 0, stop);
          if (typeof result === 'object') stop ??= result.stop;
          else if (result === 'again') again.push(planned.call.key);
          else if (result !== 'done') waiting.push(planned.call.key);
          failuresInARow = result === 'waits' ? failuresInARow + 1 : 0;
          done += 1;
          work.engine.onProgress?.({ calendar: work.lease.calendar, done, planned: calls.length });
        }),
      ),
    );
    if (stop !== null) return { again, waiting, unfinished: false, stop };
    if (failuresInARow >= mostFailuresInARow) return { again, waiting, unfinished: true, stop: tooManyFailures() };
  }
  return { again, waiting, unfinished: false, stop: null };
}

/** Writes down what is about to be done, under the lease, with the guard's count taken in the same transaction. */
async function begin(work: Work, batch: readonly PlannedCall[]): Promise<readonly number[]> {
  const { db, settings } = work.engine;
  await renewLease(db, work.lease, settings.leaseMs);
  return db.transaction().execute(async (tx) => {
    await requireLease(tx, work.lease);
    const verdict = judge(await guardCounts(tx, work.lease.calendar), wishOf(batch));
    const refusal = verdict.deletes ?? verdict.recreates;
    if (refusal !== null)
      throw new CalsyncError('refused', `the guard stopped a batch: ${refusal}`, { reason: 'guard' });
    return beginIntents(tx, work.lease, batch);
  });
}

type CarriedOut = 'done' | AfterFailure;

async function carryOut(
  work: Work,
  planned: PlannedCall,
  intentId: number,
  stop: CalsyncError | null,
): Promise<CarriedOut> {
  try {
    // What was begun and not sent when the turn stops is settled like any other call whose end nobody knows.
    if (stop !== null) return { stop };
    const answer = await withPatience(work.engine, () => perform(work, planned.call));
    const recorded = await record(work, planned, intentId, answer);
    count(work.counts, planned);
    return recorded;
  } catch (thrown) {
    return afterFailure(work, planned, intentId, thrown);
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
