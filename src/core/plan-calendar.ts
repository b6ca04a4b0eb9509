import { createHash } from 'node:crypto';
import { type GuardCounts, type GuardWish, judge } from './guard.ts';
import type { Call, Outcome } from './plan.ts';
import { planKey } from './plan-key.ts';
import { type HoldKind, type KeyState, type PlanContext, placeOf } from './state.ts';

/** What the guard counts a call as. */
export type CountsAs = 'withdrawal' | 'cancellation' | 'recreate';

/** One call as it goes out, and the permission that it uses, if it needs one. */
export interface PlannedCall {
  readonly call: Call;
  readonly countsAs: CountsAs | null;
  readonly approval: number | null;
}

/** A permission that stands: the item of a hold that a person approved, unused and not expired. */
export interface Permission {
  readonly hold: number;
  readonly kind: HoldKind;
  readonly key: string;
  readonly eventId: string;
}

export interface HoldItem {
  readonly key: string;
  readonly eventId: string;
  readonly revision: number;
}

/** A set that waits for a person, named by its hash. */
export interface HoldDraft {
  readonly kind: HoldKind;
  readonly calendar: string;
  readonly reason: string;
  readonly items: readonly HoldItem[];
  readonly setHash: string;
}

export interface CalendarPlan {
  readonly calendar: string;
  /** In the order of their keys, as the guard left them. */
  readonly outcomes: readonly Outcome[];
  readonly calls: readonly PlannedCall[];
  readonly holds: readonly HoldDraft[];
}

/** Plans the keys of one calendar's turn and lets the guard withhold what is over its line. Pure; the order of `states` has no effect. */
export function planCalendar(
  calendar: string,
  states: readonly KeyState[],
  context: PlanContext,
  counts: GuardCounts,
  permissions: readonly Permission[],
): CalendarPlan {
  const outcomes = [...states].sort((a, b) => (a.key < b.key ? -1 : 1)).map((state) => planKey(state, context));
  return guardPlan(calendar, outcomes, counts, permissions);
}

/** Applies the guard to outcomes: all deletes of a plan over the line are held, and none is done. */
export function guardPlan(
  calendar: string,
  outcomes: readonly Outcome[],
  counts: GuardCounts,
  permissions: readonly Permission[],
): CalendarPlan {
  const tooOld = outcomes.filter(({ hold }) => hold?.kind === 'table_older');
  if (tooOld.length > 0) return heldWhole(calendar, outcomes, tooOld);
  const permits = new Map(permissions.map((permission) => [permitKey(permission), permission.hold]));
  const all = outcomes.flatMap((outcome) => callsOf(outcome).map((call) => planned(call, permits)));
  const verdict = judge(counts, wishOf(all));
  const heldCalls = all.filter((entry) => isHeld(entry, verdict));
  const heldKeys = new Set(heldCalls.map(({ call }) => placeOf(call.calendar, call.eventId)));
  const deletes = heldCalls.filter(({ call }) => call.kind === 'delete');
  const recreates = heldCalls.filter(({ call }) => call.kind === 'create');
  return {
    calendar,
    outcomes: outcomes.map((outcome) => withhold(outcome, heldKeys)),
    calls: all.filter((entry) => !isHeld(entry, verdict)),
    holds: [
      ...holdOf('withdrawals', calendar, deletes, verdict.deletes),
      ...holdOf('recreates', calendar, recreates, verdict.recreates),
      ...outcomes.flatMap((outcome) => keyHold(calendar, outcome)),
    ],
  };
}

function callsOf(outcome: Outcome): readonly Call[] {
  return outcome.call === null ? outcome.leftovers : [outcome.call, ...outcome.leftovers];
}

function planned(call: Call, permits: ReadonlyMap<string, number>): PlannedCall {
  const countsAs = countsAsOf(call);
  const kind = countsAs === 'recreate' ? 'recreates' : 'withdrawals';
  const approval =
    countsAs === null ? null : (permits.get(permitKey({ kind, key: call.key, eventId: call.eventId })) ?? null);
  return { call, countsAs, approval };
}

/** As what the guard counts a call: null for what takes nothing away and brings nothing back. */
export function countsAsOf(call: Call): CountsAs | null {
  switch (call.kind) {
    case 'delete':
      return call.cause === 'cancelled' ? 'cancellation' : 'withdrawal';
    case 'create':
      return call.cause === 'new' ? null : 'recreate';
    case 'patch':
    case 'move':
      return null;
  }
}

/** What the guard has to judge: what needs a permission and has none. */
export function wishOf(calls: readonly PlannedCall[]): GuardWish {
  const count = (as: CountsAs) => calls.filter(({ countsAs, approval }) => countsAs === as && approval === null).length;
  const strays = calls.filter(({ call, approval }) => approval === null && isStray(call)).length;
  return {
    withdrawals: count('withdrawal'),
    strays,
    cancellations: count('cancellation'),
    recreates: count('recreate'),
  };
}

function isStray(call: Call): boolean {
  return call.kind === 'delete' && (call.cause === 'orphan' || call.cause === 'duplicate');
}

function isHeld(entry: PlannedCall, verdict: ReturnType<typeof judge>): boolean {
  if (entry.countsAs === null || entry.approval !== null) return false;
  return entry.countsAs === 'recreate' ? verdict.recreates !== null : verdict.deletes !== null;
}

function withhold(outcome: Outcome, heldKeys: ReadonlySet<string>): Outcome {
  const isHeldCall = (call: Call | null) => call !== null && heldKeys.has(placeOf(call.calendar, call.eventId));
  const leftovers = outcome.leftovers.filter((call) => !isHeldCall(call));
  if (!isHeldCall(outcome.call) && leftovers.length === outcome.leftovers.length) return outcome;
  const held = [outcome.call, ...outcome.leftovers].filter((call): call is Call => isHeldCall(call));
  const heldIds = new Set(held.map((call) => call.eventId));
  return {
    ...outcome,
    call: isHeldCall(outcome.call) ? null : outcome.call,
    leftovers,
    status: isHeldCall(outcome.call) ? 'held' : outcome.status,
    items: outcome.items.map((item) =>
      item.eventId !== null && heldIds.has(item.eventId) && item.action !== 'none'
        ? { ...item, withheld: 'guard' as const }
        : item,
    ),
  };
}

function holdOf(
  kind: HoldKind,
  calendar: string,
  calls: readonly PlannedCall[],
  reason: string | null,
): readonly HoldDraft[] {
  if (calls.length === 0 || reason === null) return [];
  const items = calls.map(({ call }) => ({ key: call.key, eventId: call.eventId, revision: call.revision }));
  return [holdDraft(kind, calendar, items, reason)];
}

function keyHold(calendar: string, outcome: Outcome): readonly HoldDraft[] {
  if (outcome.hold === null) return [];
  const { kind, eventId, reason } = outcome.hold;
  return [holdDraft(kind, calendar, [{ key: outcome.key, eventId, revision: 0 }], reason)];
}

/** A table that is older than its calendar: nothing at all is written there. */
function heldWhole(calendar: string, outcomes: readonly Outcome[], tooOld: readonly Outcome[]): CalendarPlan {
  const items = tooOld.map(({ key, hold }) => ({ key, eventId: hold?.eventId ?? '', revision: 0 }));
  const reason = `${items.length} events in Google carry a revision above their row's: the table is older than the calendar`;
  const stopped = outcomes.map(
    (outcome): Outcome => ({
      ...outcome,
      status: outcome.call === null ? outcome.status : 'held',
      call: null,
      leftovers: [],
      desiredChange: null,
      items: outcome.items.map((item) => (item.action === 'none' ? item : { ...item, withheld: 'guard' })),
    }),
  );
  return { calendar, outcomes: stopped, calls: [], holds: [holdDraft('table_older', calendar, items, reason)] };
}

/** The set's hash does not depend on the order of its items. */
export function holdDraft(kind: HoldKind, calendar: string, items: readonly HoldItem[], reason: string): HoldDraft {
  const sorted = [...items].sort((a, b) => (permitKey({ kind, ...a }) < permitKey({ kind, ...b }) ? -1 : 1));
  const set = sorted.map(({ key, eventId, revision }) => [key, eventId, revision]);
  const setHash = createHash('sha256')
    .update(JSON.stringify([kind, calendar, set]))
    .digest('hex')
    .slice(0, 32);
  return { kind, calendar, reason, items: sorted, setHash };
}

function permitKey({ kind, key, eventId }: Omit<Permission, 'hold'>): string {
  return JSON.stringify([kind, key, eventId]);
}
