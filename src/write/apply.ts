/** `apply`: a whole schedule at once. Adds and changes; removes only when asked to, and only inside the schedule. */
import { CalsyncError } from '../core/error.ts';
import type { EventSpec } from '../core/event-spec.ts';
import type { Db, Tx } from '../store/database.ts';
import { lockDesired, readDesired, readSchedule, type StoredEvent, withdrawFromSchedule } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { duplicateKeyProblems, twinProblems, unknownCalendarProblems } from './batch-problems.ts';
import { attendeeChanges, changedFields, type OwnField } from './changes.ts';
import { looksNew, type PlannedPut, writePuts } from './put.ts';
import type { WriteProblem } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

export interface ApplyOptions {
  /** The schedule of every row that names none; without it such rows belong to no schedule. */
  readonly schedule: string | null;
  /** Withdraws live rows of the schedule that the file does not have, and takes off attendees that its lists do not have. */
  readonly prune: boolean;
  /** Only answers what would be done. */
  readonly dryRun: boolean;
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
  | { readonly kind: 'applied' | 'planned'; readonly changes: ScheduleChanges }
  | { readonly kind: 'refused'; readonly problems: readonly WriteProblem[] };

interface SchedulePlan {
  readonly puts: readonly PlannedPut[];
  readonly changes: ScheduleChanges;
}

/**
 * Makes the table have these events, in one transaction: all or nothing. `planned` is the answer of a dry run, which writes nothing.
 * Throws `usage` for a prune without a schedule.
 */
export async function applySchedule(
  db: Db,
  specs: readonly EventSpec[],
  writer: Writer,
  options: ApplyOptions,
): Promise<ApplyResult> {
  if (options.prune && options.schedule === null) {
    throw new CalsyncError('usage', 'pruning removes what a schedule no longer has: name it with --schedule', {
      reason: 'prune_needs_schedule',
    });
  }
  const events = specs.map((spec) => ({ ...spec, schedule: spec.schedule ?? options.schedule }));
  const early = [...duplicateKeyProblems(events.map(({ key }) => key)), ...otherScheduleProblems(events, options)];
  if (early.length > 0) return { kind: 'refused', problems: early };
  return inWriteTransaction(db, writer, async (tx) => {
    const keys = events.map(({ key }) => key);
    const rows = options.dryRun ? await readDesired(tx, keys) : await lockDesired(tx, keys);
    const plan = await planSchedule(tx, events, rows, options);
    const problems = await planProblems(tx, events, rows, plan.puts);
    if (problems.length > 0) return { kind: 'refused', problems };
    if (options.dryRun) return { kind: 'planned', changes: plan.changes };
    const removed =
      options.schedule === null ? [] : await withdrawFromSchedule(tx, options.schedule, plan.changes.removed);
    await writePuts(tx, plan.puts);
    return { kind: 'applied', changes: { ...plan.changes, removed } };
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

async function planProblems(
  tx: Tx,
  events: readonly EventSpec[],
  rows: ReadonlyMap<string, StoredEvent>,
  puts: readonly PlannedPut[],
): Promise<readonly WriteProblem[]> {
  const moving = events.flatMap((spec): readonly WriteProblem[] => {
    const stored = rows.get(spec.key);
    if (stored === undefined || isCancelled(stored) || stored.spec.calendar === spec.calendar) return [];
    const message = `the event ${spec.key} is on the calendar ${stored.spec.calendar}: move it with \`calsync put --move\` first`;
    return [{ kind: 'other_calendar', key: spec.key, field: 'calendar', message }];
  });
  const written = puts.filter((put) => put.decision.kind !== 'unchanged' && looksNew(put)).map(({ spec }) => spec);
  return [...(await unknownCalendarProblems(tx, events)), ...moving, ...(await twinProblems(tx, written))];
}

function otherScheduleProblems(
  events: readonly EventSpec[],
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
