import { type CountsOf, type GuardCounts, type GuardVerdict, type GuardWish, judge } from './guard.ts';
import { callsHold, type HoldDraft, holdDraft, keyHold, type Permission, permitKey, rekeyHold } from './hold-draft.ts';
import type { Call, CreateCall, Outcome } from './plan.ts';
import { planKey } from './plan-key.ts';
import { rekeyPairs } from './rekey-pairs.ts';
import { type HoldKind, type KeyState, type PlanContext, placeOf } from './state.ts';

/** What the guard counts a call as. */
export type CountsAs = 'withdrawal' | 'cancellation' | 'recreate';

/** One call as it goes out, and the permission that it uses, if it needs one. */
export interface PlannedCall {
  readonly call: Call;
  readonly countsAs: CountsAs | null;
  readonly approval: number | null;
  /** More is wished for its key, or withheld: once this is done, the key is planned again. */
  readonly isNotAll?: true;
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
  countsOf: CountsOf,
  permissions: readonly Permission[],
): CalendarPlan {
  const outcomes = [...states].sort((a, b) => (a.key < b.key ? -1 : 1)).map((state) => planKey(state, context));
  return guardPlan(calendar, outcomes, countsOf, permissions);
}

/**
 * Applies the guard to outcomes: all deletes of a plan over the line are held, and none is done; creates that would double their events
 * under another key are held with them (P03).
 */
export function guardPlan(
  calendar: string,
  outcomes: readonly Outcome[],
  countsOf: CountsOf,
  permissions: readonly Permission[],
): CalendarPlan {
  const tooOld = outcomes.filter(({ hold }) => hold?.kind === 'table_older');
  if (tooOld.length > 0) return heldWhole(calendar, outcomes, tooOld);
  const permits = new Map(permissions.map((permission) => [permitKey(permission), permission.hold]));
  const all = outcomes.flatMap((outcome) => {
    const calls = callsOf(outcome);
    const more = calls.length > 1 || outcome.items.some(({ withheld }) => withheld !== null);
    return calls.map((call) => planned(call, permits, more));
  });
  const verdicts = judgeEach(calendar, all, standing(countsOf, all, outcomes));
  const overLine = all.filter((entry) => isOverLine(entry, verdicts)).map(({ call }) => call);
  const deletes = overLine.filter((call) => call.kind === 'delete');
  const recreates = overLine.filter((call) => call.kind === 'create');
  const pairs = rekeyPairs(deletes, freeCreates(all));
  const paired = new Set<Call>(pairs.flatMap(({ leaves, arrives }) => [leaves, arrives]));
  const heldCalls = new Set<Call>([...overLine, ...paired]);
  const leaving = pairs.map(({ leaves }) => leaves);
  const unpaired = deletes.filter((call) => !paired.has(call));
  const heldPlaces = new Set([...heldCalls].map((call) => placeOf(call.calendar, call.eventId)));
  return {
    calendar,
    outcomes: outcomes.map((outcome) => withhold(outcome, heldPlaces)),
    calls: all.filter(({ call }) => !heldCalls.has(call)),
    holds: [
      ...callsHold('withdrawals', calendar, unpaired, whyHeld(calendar, unpaired, verdicts)),
      ...rekeyHold(calendar, pairs, whyHeld(calendar, leaving, verdicts)),
      ...callsHold('recreates', calendar, recreates, whyHeld(calendar, recreates, verdicts)),
      ...outcomes.flatMap((outcome) => keyHold(calendar, outcome)),
    ],
  };
}

function callsOf(outcome: Outcome): readonly Call[] {
  return outcome.call === null ? outcome.leftovers : [outcome.call, ...outcome.leftovers];
}

function planned(call: Call, permits: ReadonlyMap<string, number>, more: boolean): PlannedCall {
  const approvals = holdKindsOf(call).flatMap(
    (kind) => permits.get(permitKey({ key: call.key, eventId: call.eventId, kind })) ?? [],
  );
  return { call, countsAs: countsAsOf(call), approval: approvals[0] ?? null, ...(more ? { isNotAll: true } : {}) };
}

/** The holds in which a call may have been stopped by the guard. */
function holdKindsOf(call: Call): readonly HoldKind[] {
  switch (call.kind) {
    case 'delete':
      return ['withdrawals', 'rekey'];
    case 'create':
      return call.cause === 'new' ? ['rekey'] : ['recreates'];
    case 'patch':
    case 'move':
      return [];
  }
}

/** Creates that nobody has decided about. */
function freeCreates(calls: readonly PlannedCall[]): readonly CreateCall[] {
  return calls.flatMap(({ call, approval }) => (call.kind === 'create' && approval === null ? [call] : []));
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

export type GuardVerdicts = ReadonlyMap<string, GuardVerdict>;

/**
 * Judges the calls of a turn on each calendar where their events are: the leftovers of a key may be on another one than its row. What else is
 * wished there is planned in that one's own turns alone, so while deletes of those wait for a person, these wait beside them.
 */
export function judgeEach(turnOf: string, calls: readonly PlannedCall[], countsOf: CountsOf): GuardVerdicts {
  const calendars = new Set(calls.flatMap(({ call, countsAs }) => (countsAs === null ? [] : [call.calendar])));
  return new Map(
    [...calendars].map((calendar) => {
      const there = calls.filter(({ call }) => call.calendar === calendar);
      const counts = countsOf(calendar);
      const wish = wishOf(there);
      const verdict = judge(counts, wish);
      const beside = calendar !== turnOf && counts.held && wish.withdrawals + wish.cancellations > 0;
      return [calendar, beside ? { ...verdict, deletes: verdict.deletes ?? besideOthers } : verdict];
    }),
  );
}

const besideOthers = 'other deletes there wait for a person';

/** What the guard has to judge: what needs a permission and has none. */
function wishOf(calls: readonly PlannedCall[]): GuardWish {
  const count = (as: CountsAs) => calls.filter(({ countsAs, approval }) => countsAs === as && approval === null).length;
  const strays = calls.filter(({ call, approval }) => approval === null && isStray(call)).length;
  return {
    withdrawals: count('withdrawal'),
    strays,
    leaving: calls.filter(({ call }) => call.kind === 'move').length,
    cancellations: count('cancellation'),
    recreates: count('recreate'),
  };
}

/**
 * The counts as they are beside what needs no judging: what a person lets go is gone already, and what the plan itself binds is bound. So
 * the guard says the same whether those go in this plan or went in the one before.
 */
export function standing(countsOf: CountsOf, calls: readonly PlannedCall[], outcomes: readonly Outcome[]): CountsOf {
  return (calendar) => standingOn(calendar, countsOf(calendar), calls, outcomes);
}

function standingOn(
  calendar: string,
  counts: GuardCounts,
  calls: readonly PlannedCall[],
  outcomes: readonly Outcome[],
): GuardCounts {
  const letGo = calls.filter(
    ({ call, approval }) => approval !== null && call.kind === 'delete' && call.calendar === calendar && !isStray(call),
  );
  const found = outcomes
    .filter(({ row }) => row === 'late_create' || row === 'take_over')
    .flatMap(({ records }) => records.filter((record) => record.kind === 'bind' && record.calendar === calendar));
  return { ...counts, liveBindings: counts.liveBindings + found.length - letGo.length };
}

function isStray(call: Call): boolean {
  return call.kind === 'delete' && (call.cause === 'orphan' || call.cause === 'duplicate');
}

function isOverLine({ call, countsAs, approval }: PlannedCall, verdicts: GuardVerdicts): boolean {
  return countsAs !== null && approval === null && verdictOn(call, verdicts) !== null;
}

/** Why a call that the guard counts is held, null when it may go. */
function verdictOn(call: Call, verdicts: GuardVerdicts): string | null {
  const verdict = verdicts.get(call.calendar);
  return (call.kind === 'create' ? verdict?.recreates : verdict?.deletes) ?? null;
}

/** Why calls of a turn are held, each reason once; what is so on another calendar says on which. */
function whyHeld(turnOf: string, calls: readonly Call[], verdicts: GuardVerdicts): string | null {
  const reasons = calls.flatMap((call) => {
    const reason = verdictOn(call, verdicts);
    if (reason === null) return [];
    return call.calendar === turnOf ? [reason] : [`on ${call.calendar}, ${reason}`];
  });
  return reasons.length === 0 ? null : [...new Set(reasons)].join('; ');
}

function withhold(outcome: Outcome, heldPlaces: ReadonlySet<string>): Outcome {
  const isHeldCall = (call: Call | null) => call !== null && heldPlaces.has(placeOf(call.calendar, call.eventId));
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

/** A table that is older than its calendar: nothing at all is written there. */
function heldWhole(calendar: string, outcomes: readonly Outcome[], tooOld: readonly Outcome[]): CalendarPlan {
  const items = tooOld.map(({ key, hold }) => ({ key, eventId: hold?.eventId ?? '', revision: 0 }));
  const what = items.length === 1 ? 'an event in Google carries' : `${items.length} events in Google carry`;
  const reason = `${what} a revision above the row's: the table is older than the calendar`;
  const stopped = outcomes.map(
    (outcome): Outcome => ({
      ...outcome,
      // Whatever is withheld waits for the decision: a key that were done now would never be looked at again.
      status: wishesAnything(outcome) ? 'held' : outcome.status,
      call: null,
      leftovers: [],
      desiredChange: null,
      items: outcome.items.map((item) =>
        item.action === 'none' || item.withheld !== null ? item : { ...item, withheld: 'guard' },
      ),
    }),
  );
  return { calendar, outcomes: stopped, calls: [], holds: [holdDraft('table_older', calendar, items, reason)] };
}

function wishesAnything({ call, leftovers, desiredChange }: Outcome): boolean {
  return call !== null || leftovers.length > 0 || desiredChange !== null;
}
