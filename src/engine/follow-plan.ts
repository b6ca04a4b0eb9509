import type { Fault } from '../core/error.ts';
import type { DesiredChange, Outcome, RecordChange } from '../core/plan.ts';
import type { CalendarPlan } from '../core/plan-calendar.ts';
import { bindEvents, noteApplied, noteGone, retireBindings } from '../store/binding.ts';
import type { Db, Tx } from '../store/database.ts';
import { clearDirty, postpone, rerouteMark, type Waiting } from '../store/dirty.ts';
import { closeMended, syncFindings } from '../store/finding.ts';
import { noteMissing } from '../store/google-change.ts';
import { syncHolds } from '../store/hold.ts';
import { lockUnlessHeld } from '../store/row-lock.ts';
import { inTransaction } from '../store/transaction.ts';
import { cancelEvents } from '../write/cancel.ts';
import { patchFields } from '../write/patch.ts';
import type { WriteResult } from '../write/result.ts';
import { byGoogle, dropAbsentGuests, patchFrom } from './adopted-fields.ts';
import { withTableAge } from './older-table.ts';
import { holdLease, type Work } from './work.ts';

/** Writes down what a plan says apart from its calls: findings (what a person typed, before it is overwritten), holds, records. */
export async function notePlan(work: Work, planned: CalendarPlan): Promise<void> {
  const plan = await withTableAge(work.engine.db, planned);
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await syncFindings(tx, plan.outcomes);
    await noteMissing(
      tx,
      plan.outcomes.filter(({ row }) => row === 'missing').map(({ key }) => key),
    );
    await syncHolds(
      tx,
      work.lease.calendar,
      plan.outcomes.map(({ key }) => key),
      plan.holds,
    );
    await noteRecords(tx, work, plan.outcomes);
  });
}

/** What ended makes room first: another key may stand for the same event from now on. */
async function noteRecords(tx: Db, work: Work, outcomes: readonly Outcome[]): Promise<void> {
  const records = outcomes.flatMap(({ key, records: changes }) => changes.map((change) => ({ ...change, key })));
  const of = <Kind extends RecordChange['kind']>(wanted: Kind) =>
    records.filter((record): record is Extract<(typeof records)[number], { kind: Kind }> => record.kind === wanted);
  await retireBindings(
    tx,
    of('retire').map(({ key }) => key),
  );
  await noteGone(
    tx,
    of('gone').map(({ key }) => key),
  );
  await bindEvents(tx, of('bind'));
  for (const { key, calendar } of of('bind')) await rerouteMark(tx, key, calendar);
  const { calendarZone } = work;
  await noteApplied(
    tx,
    of('in_sync').map((found) => ({
      ...found,
      calendarZone,
      written: false,
      answers: found.exact ? bothTimes : neitherTime,
    })),
  );
}

const bothTimes: ReadonlySet<'start' | 'end'> = new Set(['start', 'end']);
const neitherTime: ReadonlySet<'start' | 'end'> = new Set();

/**
 * Changes the table where a policy says so, through the write path; a row that moved on since it was planned is left to the next plan, one
 * that a writer has at this moment to the next turn. Answers the keys that are to be planned anew.
 */
export async function changeDesired(work: Work, outcomes: readonly Outcome[]): Promise<readonly string[]> {
  const { db } = work.engine;
  const again: string[] = [];
  for (const { key, revision, desiredChange } of outcomes) {
    if (desiredChange === null) continue;
    const ended = await inTransaction(db, async (tx): Promise<'written' | 'moved_on' | 'held'> => {
      if (!(await lockUnlessHeld(tx, key))) return 'held';
      return (await writeChange(tx, work, { key, revision }, desiredChange)) ? 'written' : 'moved_on';
    });
    if (ended !== 'held') again.push(key);
    if (ended !== 'written') continue;
    await closeMended(db, [{ key, fields: desiredChange.kind === 'adopt' ? desiredChange.fields : 'all' }], 'accepted');
    work.counts.adopted += 1;
  }
  return again;
}

interface Planned {
  readonly key: string;
  readonly revision: number;
}

/** False when the row is not the one that was planned any more. */
async function writeChange(tx: Tx, work: Work, planned: Planned, change: DesiredChange): Promise<boolean> {
  const { key, revision } = planned;
  switch (change.kind) {
    case 'adopt': {
      const patch = patchFrom(change.fields, change.observed, work.calendarZone);
      if (!isWritten(await patchFields(tx, key, patch, byGoogle, { revision }))) return false;
      return (
        !change.fields.includes('attendees') || isWritten(await dropAbsentGuests(tx, key, change.observed, byGoogle))
      );
    }
    case 'cancel':
      return isWritten(await cancelEvents(tx, [key], byGoogle, { generation: change.generation }));
    case 'follow':
      return isWritten(await patchFields(tx, key, { calendar: change.calendar }, byGoogle, { revision }));
  }
}

function isWritten({ kind }: WriteResult): boolean {
  return kind === 'written';
}

/** Ends the work on keys whose outcome needs no call: cleared, or waiting for what the outcome names. */
export async function closeOutcomes(work: Work, outcomes: readonly Outcome[]): Promise<void> {
  const withheld = outcomes.filter(isWithheldByPolicy);
  const early = outcomes.filter(({ againInMs }) => againInMs !== null);
  const done = outcomes.filter((outcome) => isDone(outcome) && !withheld.includes(outcome) && !early.includes(outcome));
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await clearDirty(tx, done);
    await postpone(tx, [
      ...withheld.map((outcome) => waitingFor(outcome, null, 'calsync', 'withheld by the policy of the calendar')),
      ...early.map((outcome) => waitingFor(outcome, outcome.againInMs, 'google', outcome.reason)),
    ]);
  });
}

/** Nothing is left to be done, read or decided; a finding that is flagged waits without a mark. */
function isDone(outcome: Outcome): boolean {
  const open = outcome.call !== null || outcome.leftovers.length > 0 || outcome.desiredChange !== null;
  const waits = outcome.reads.length > 0 || outcome.pulls.length > 0 || waitsForPerson(outcome);
  return !open && !waits && outcome.row !== 'not_fresh';
}

/** Something of it is held, be it an event beside its own: the guard judges what is held in every turn anew, and whole. */
export function waitsForPerson({ hold, status, items }: Outcome): boolean {
  return hold !== null || status === 'held' || items.some(({ withheld }) => withheld === 'guard');
}

function isWithheldByPolicy(outcome: Outcome): boolean {
  return isDone(outcome) && outcome.items.some(({ withheld }) => withheld === 'policy');
}

function waitingFor(outcome: Outcome, waitMs: number | null, fault: Fault, reason: string): Waiting {
  return { key: outcome.key, revision: outcome.revision, waitMs, fault, kind: null, reason, failed: false };
}
