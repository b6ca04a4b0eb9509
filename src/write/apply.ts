/** `apply`: a whole schedule at once. Adds and changes; removes only when asked to, and only inside the schedule. */
import { CalsyncError } from '../core/error.ts';
import type { EventSpec, WrittenEvent } from '../core/event-spec.ts';
import type { Db, Tx } from '../store/database.ts';
import { lockDesired, readDesired, readSchedule, type StoredEvent, withdrawFromSchedule } from '../store/desired.ts';
import { writeDesired } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { duplicateKeyProblems, twinProblems, unknownCalendarProblems } from './batch-problems.ts';
import { attendeeChanges, changedFields, type OwnField } from './changes.ts';
import { type HeldRemovals, heldRemovals } from './held-removals.ts';
import { looksNew, type PlannedPut, writesOf } from './put.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

export interface ApplyOptions {
  /** The schedule of every row that names none; without it such rows belong to no schedule. */
  readonly schedule: string | null;
  /** Withdraws live rows of the schedule that the file does not have, and takes off attendees that its lists do not have. */
  readonly prune: boolean;
  /** Only answers what would be done. */
  readonly dryRun: boolean;
  /** Leaves out the events that are refused, and says which, instead of refusing all. Does not go with `prune`. */
  readonly skipInvalid?: boolean;
}

export interface ScheduleChanges {
  readonly added: readonly string[];
  readonly changed: readonly { readonly key: string; readonly fields: readonly (OwnField | 'attendees')[] }[];
  readonly removed: readonly string[];
  /** Cancelled keys that the file has: they stay cancelled. */
  readonly leftCancelled: readonly string[];
  readonly unchangedCount: number;
}

export type ApplyResult =
  | {
      readonly kind: 'applied' | 'planned';
      readonly changes: ScheduleChanges;
      /** Where the guard will hold the removals until a person approves them. */
      readonly held: readonly HeldRemovals[];
      /** Why events were left out; none without `skipInvalid`. */
      readonly skipped: readonly WriteProblem[];
    }
  | { readonly kind: 'refused'; readonly problems: readonly WriteProblem[] };

interface SchedulePlan {
  readonly puts: readonly PlannedPut[];
  readonly changes: ScheduleChanges;
}

/**
 * Makes the table have these events, in one transaction: all or nothing. `planned` is the answer of a dry run, which writes nothing.
 * Throws `usage` for a prune without a schedule, and for one that would skip what it cannot read.
 */
export async function applySchedule(
  db: Db,
  specs: readonly WrittenEvent[],
  writer: Writer,
  options: ApplyOptions,
): Promise<ApplyResult> {
  requireSafePrune(options);
  const written = specs.map((spec) => ({ ...spec, schedule: spec.schedule ?? options.schedule }));
  return inWriteTransaction(db, writer, async (tx) => {
    const keys = written.map(({ key }) => key);
    const rows = options.dryRun ? await readDesired(tx, keys) : await lockDesired(tx, keys);
    const judged = await judgeEvents(tx, written, rows, options);
    if (judged.problems.length > 0 && options.skipInvalid !== true)
      return { kind: 'refused', problems: judged.problems };
    const plan = await planSchedule(tx, judged.events, rows, options);
    const held = await heldRemovals(tx, plan.changes.removed);
    const skipped = judged.problems;
    if (options.dryRun) return { kind: 'planned', changes: plan.changes, held, skipped };
    const removed =
      options.schedule === null ? [] : await withdrawFromSchedule(tx, options.schedule, plan.changes.removed);
    await writeDesired(tx, writesOf(plan.puts));
    return { kind: 'applied', changes: { ...plan.changes, removed }, held, skipped };
  });
}

/** What a file does not have is removed by a prune, so it has to be read whole. */
function requireSafePrune({ prune, schedule, skipInvalid }: ApplyOptions): void {
  if (!prune) return;
  if (schedule === null)
    throw new CalsyncError('usage', 'pruning removes what a schedule no longer has: name it with --schedule', {
      reason: 'prune_needs_schedule',
    });
  if (skipInvalid === true)
    throw new CalsyncError(
      'usage',
      '--prune would remove the events of the rows that --skip-invalid leaves out: correct the rows, or leave one of the two out',
      { reason: 'prune_of_skipped' },
    );
}

interface JudgedEvents {
  /** With an address for every guest. */
  readonly events: readonly EventSpec[];
  readonly problems: readonly WriteProblem[];
}

/**
 * Which events can be written. Those with a problem are left out of what the others are compared with: the second of two twins is as
 * good as any when the first is no event.
 */
async function judgeEvents(
  tx: Tx,
  written: readonly WrittenEvent[],
  rows: ReadonlyMap<string, StoredEvent>,
  options: ApplyOptions,
): Promise<JudgedEvents> {
  const early = [...duplicateKeyProblems(written.map(({ key }) => key)), ...otherScheduleProblems(written, options)];
  const distinct = without(written, early);
  const people = await resolvePeople(tx, distinct, (key) => rows.get(key)?.spec.attendees ?? null);
  const placed = [
    ...early,
    ...people.problems,
    ...(await placeProblems(tx, without(people.specs, people.problems), rows)),
  ];
  const events = without(people.specs, placed);
  const twins = await twinProblems(tx, writtenAnew(events, rows));
  return { events: without(events, twins), problems: [...placed, ...twins] };
}

function without<Event extends { readonly key: string }>(
  events: readonly Event[],
  problems: readonly WriteProblem[],
): readonly Event[] {
  const wrong = new Set(problems.map(({ key }) => key));
  return wrong.size === 0 ? events : events.filter(({ key }) => !wrong.has(key));
}

function writtenAnew(events: readonly EventSpec[], rows: ReadonlyMap<string, StoredEvent>): readonly EventSpec[] {
  return events.filter((spec) => {
    const stored = rows.get(spec.key);
    return !isCancelled(stored) && looksNew({ spec, stored });
  });
}

async function planSchedule(
  tx: Tx,
  events: readonly EventSpec[],
  rows: ReadonlyMap<string, StoredEvent>,
  { schedule, prune }: ApplyOptions,
): Promise<SchedulePlan> {
  const puts = events.map((spec) => plannedPut(spec, rows.get(spec.key), prune));
  const listed = new Set(events.map(({ key }) => key));
  const members = prune && schedule !== null ? await readSchedule(tx, schedule) : new Map<string, StoredEvent>();
  const removed = [...members]
    .filter(([key, { cancelledAt }]) => !listed.has(key) && cancelledAt === null)
    .map(([key]) => key);
  const leftCancelled = puts.filter(({ stored }) => isCancelled(stored)).map(({ spec }) => spec.key);
  return {
    puts,
    changes: {
      added: puts.filter(({ decision }) => decision.kind === 'create').map(({ spec }) => spec.key),
      changed: puts.filter(({ decision }) => decision.kind === 'change').map(changeOf),
      removed,
      leftCancelled,
      unchangedCount: puts.filter(({ decision }) => decision.kind === 'unchanged').length - leftCancelled.length,
    },
  };
}

function plannedPut(spec: EventSpec, stored: StoredEvent | undefined, prune: boolean): PlannedPut {
  if (stored === undefined) return { spec, stored, decision: { kind: 'create' } };
  if (isCancelled(stored)) return { spec, stored, decision: { kind: 'unchanged' } };
  const fields = changedFields(spec, stored.spec).length > 0;
  const { put, removed } = attendeeChanges(spec.attendees, stored.spec.attendees);
  const attendees = { put, removed: prune ? removed : [] };
  if (!fields && put.length === 0 && attendees.removed.length === 0)
    return { spec, stored, decision: { kind: 'unchanged' } };
  return { spec, stored, decision: { kind: 'change', fields, attendees } };
}

function isCancelled(stored: StoredEvent | undefined): boolean {
  return stored !== undefined && stored.cancelledAt !== null;
}

function changeOf({ spec, stored, decision }: PlannedPut): ScheduleChanges['changed'][number] {
  const fields = stored === undefined ? [] : changedFields(spec, stored.spec);
  const attendees = decision.kind === 'change' && decision.attendees.put.length + decision.attendees.removed.length > 0;
  return { key: spec.key, fields: attendees ? [...fields, 'attendees'] : fields };
}

/** Calendars that are not managed, and keys that live on another one. */
async function placeProblems(
  tx: Tx,
  events: readonly EventSpec[],
  rows: ReadonlyMap<string, StoredEvent>,
): Promise<readonly WriteProblem[]> {
  const moving = events.flatMap((spec): readonly WriteProblem[] => {
    const stored = rows.get(spec.key);
    if (stored === undefined || isCancelled(stored) || stored.spec.calendar === spec.calendar) return [];
    const message = `the event ${spec.key} is on the calendar ${stored.spec.calendar}: move it with \`calsync put --move\` first`;
    return [{ kind: 'other_calendar', key: spec.key, field: 'calendar', message }];
  });
  return [...(await unknownCalendarProblems(tx, events)), ...moving];
}

function otherScheduleProblems(
  events: readonly WrittenEvent[],
  { schedule, prune }: ApplyOptions,
): readonly WriteProblem[] {
  if (!prune) return [];
  return events
    .filter((spec) => spec.schedule !== schedule)
    .map(({ key }) => ({
      kind: 'other_schedule',
      key,
      field: 'schedule',
      message: `the row ${key} names another schedule than the one that is pruned (${schedule}): leave the column out, or prune them apart`,
    }));
}
