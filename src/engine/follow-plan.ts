import { normaliseAddress } from '../core/address.ts';
import type { Fault } from '../core/error.ts';
import type { EventTime } from '../core/event-spec.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { asDesiredTime, normalObservedTime } from '../core/normal-time.ts';
import type { DesiredChange, Outcome, RecordChange } from '../core/plan.ts';
import type { CalendarPlan } from '../core/plan-calendar.ts';
import type { FieldName } from '../core/stated-event.ts';
import { isTimeZone, sameTimeZone } from '../core/time-zone.ts';
import { bindEvents, noteApplied, noteGone, retireBindings } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { readDesired } from '../store/desired.ts';
import { clearDirty, postpone, rerouteMark, type Waiting } from '../store/dirty.ts';
import { closeMended, syncFindings } from '../store/finding.ts';
import { syncHolds } from '../store/hold.ts';
import { inTransaction } from '../store/transaction.ts';
import { removeAttendeesOf } from '../write/attendees.ts';
import { cancelEvents } from '../write/cancel.ts';
import { type EventPatch, patchFields } from '../write/patch.ts';
import type { WriteResult } from '../write/result.ts';
import { holdLease, type Work } from './work.ts';

/** Writes down what a plan says apart from its calls: findings (what a person typed, before it is overwritten), holds, records. */
export async function notePlan(work: Work, plan: CalendarPlan): Promise<void> {
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await syncFindings(tx, plan.outcomes);
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
 * Changes the table where a policy says so, through the write path; a row that moved on since it was planned is left to the next plan.
 * Answers the keys that are to be planned anew.
 */
export async function changeDesired(work: Work, outcomes: readonly Outcome[]): Promise<readonly string[]> {
  const { db } = work.engine;
  const again: string[] = [];
  for (const { key, revision, desiredChange } of outcomes) {
    if (desiredChange === null) continue;
    again.push(key);
    if (!(await writeChange(db, work, { key, revision }, desiredChange))) continue;
    await closeMended(db, [key], 'accepted');
    work.counts.adopted += 1;
  }
  return again;
}

const byGoogle = { actor: 'a person in Google Calendar', door: 'engine', source: 'google' } as const;

interface Planned {
  readonly key: string;
  readonly revision: number;
}

/** False when the row is not the one that was planned any more. */
async function writeChange(db: Db, work: Work, planned: Planned, change: DesiredChange): Promise<boolean> {
  const { key, revision } = planned;
  switch (change.kind) {
    case 'adopt':
      return inTransaction(db, async (tx) => {
        const patch = patchFrom(change.fields, change.observed, work.calendarZone);
        if (!isWritten(await patchFields(tx, key, patch, byGoogle, { revision }))) return false;
        return !change.fields.includes('attendees') || isWritten(await dropAbsentGuests(tx, key, change.observed));
      });
    case 'cancel':
      return isWritten(await cancelEvents(db, [key], byGoogle, { generation: change.generation }));
    case 'follow':
      return isWritten(await patchFields(db, key, { calendar: change.calendar }, byGoogle, { revision }));
  }
}

function isWritten({ kind }: WriteResult): boolean {
  return kind === 'written';
}

/** The fields as a person left them. */
function patchFrom(fields: readonly FieldName[], observed: GoogleEvent, calendarZone: string): EventPatch {
  const patch: { -readonly [Field in keyof EventPatch]: EventPatch[Field] } = {};
  for (const field of fields) {
    switch (field) {
      case 'summary':
      case 'description':
      case 'location':
        patch[field] = observed[field] ?? '';
        break;
      case 'start':
      case 'end': {
        const shown = adoptedTime(observed[field], calendarZone);
        if (shown !== null) patch[field] = shown;
        break;
      }
      case 'recurrence':
        patch.recurrence = observed.recurrence ?? [];
        break;
      case 'reminders':
        patch.reminders = {
          useDefault: observed.reminders?.useDefault ?? true,
          overrides: observed.reminders?.overrides ?? [],
        };
        break;
      case 'attendees':
        break;
    }
  }
  return patch;
}

/** Under the name that Google gives its zone, not under that by which zones are compared. */
function adoptedTime(observed: GoogleEvent['start'], calendarZone: string): EventTime | null {
  const shown = normalObservedTime(observed, calendarZone);
  if (shown === null) return null;
  const time = asDesiredTime(shown);
  const named = observed?.timeZone ?? calendarZone;
  return time.kind === 'time' && isTimeZone(named) && sameTimeZone(named, time.zone) ? { ...time, zone: named } : time;
}

/** A guest of ours whom a person removed is no guest any more. */
async function dropAbsentGuests(db: Db, key: string, observed: GoogleEvent): Promise<WriteResult> {
  const shown = new Set((observed.attendees ?? []).map(({ email }) => normaliseAddress(email ?? '')));
  const guests = (await readDesired(db, [key])).get(key)?.spec.attendees ?? [];
  const absent = guests.map(({ email }) => email).filter((email) => !shown.has(normaliseAddress(email)));
  return removeAttendeesOf(db, key, absent, byGoogle);
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
  const waits = outcome.reads.length > 0 || outcome.pulls.length > 0 || outcome.hold !== null;
  return !open && !waits && outcome.status !== 'held' && outcome.row !== 'not_fresh';
}

function isWithheldByPolicy(outcome: Outcome): boolean {
  return isDone(outcome) && outcome.items.some(({ withheld }) => withheld === 'policy');
}

function waitingFor(outcome: Outcome, waitMs: number | null, fault: Fault, reason: string): Waiting {
  return { key: outcome.key, revision: outcome.revision, waitMs, fault, kind: null, reason, failed: false };
}
