import { allows } from './calls.ts';
import { CalsyncError } from './error.ts';
import { type GuardCounts, judge } from './guard.ts';
import { eventIdFor } from './identity.ts';
import { isDerived } from './key-view.ts';
import type { Call } from './plan.ts';
import { type CalendarPlan, countsAsOf, type PlannedCall, wishOf } from './plan-calendar.ts';
import { type KeyState, type PlanContext, placeOf } from './state.ts';

/**
 * A second, independent look at a plan before anything is written: only events of ours, one call per event and one create per key, an
 * etag on every patch, move and delete, nothing beyond policy or guard. Throws `invariant`, which stops the whole turn.
 */
export function checkPlan(
  plan: CalendarPlan,
  states: readonly KeyState[],
  context: PlanContext,
  counts: GuardCounts,
): void {
  const byKey = new Map(states.map((state) => [state.key, state]));
  for (const { call } of plan.calls) {
    demand(byKey.has(call.key), call, 'its key is not in the plan');
    demand(context.calendars.has(call.calendar), call, 'its calendar is not managed');
    demand(allows(context.calendars.get(call.calendar)?.policy ?? 'observe', call.kind), call, 'the policy forbids it');
    if (call.kind === 'create') checkCreate(call, byKey.get(call.key), context);
    else checkOwned(call, byKey.get(call.key), context);
  }
  checkOnce(
    plan.calls.map(({ call }) => placeOf(call.calendar, call.eventId)),
    'two calls for one event',
  );
  checkOnce(
    plan.calls.flatMap(({ call }) => (call.kind === 'create' ? [call.key] : [])),
    'two creates for one key',
  );
  checkGuard(plan.calls, counts);
}

function checkCreate(call: Extract<Call, { kind: 'create' }>, state: KeyState | undefined, context: PlanContext): void {
  demand(call.eventId === eventIdFor(context.installation, call.key, call.incarnation), call, 'its id is not derived');
  demand(state?.desired.kind === 'live', call, 'its row is not live');
}

function checkOwned(call: Exclude<Call, { kind: 'create' }>, state: KeyState | undefined, context: PlanContext): void {
  demand(call.etag !== '', call, 'it carries no etag');
  const bound = state?.bindings.some(({ eventId }) => eventId === call.eventId) === true;
  const seen = state?.sightings.find(({ eventId, calendar }) => eventId === call.eventId && calendar === call.calendar);
  const marked = seen?.mark?.installation === context.installation && seen.mark.key === call.key;
  const derived = state !== undefined && isDerived(call.eventId, state, context);
  demand(bound || marked || derived, call, 'the event is not ours');
  demand(seen?.live === true && seen.etag === call.etag, call, 'it does not rest on what was observed');
  if (call.kind === 'delete' && call.cause !== 'duplicate') {
    demand(state?.desired.kind !== 'live', call, 'it would delete the event of a live row');
  }
}

function checkGuard(calls: readonly PlannedCall[], counts: GuardCounts): void {
  const verdict = judge(counts, wishOf(calls));
  const wrong = calls.find(({ call, countsAs }) => countsAs !== countsAsOf(call));
  if (wrong !== undefined) demand(false, wrong.call, 'the guard counts it as something else');
  if (verdict.deletes !== null)
    throw new CalsyncError('invariant', `a plan is over the guard's line: ${verdict.deletes}`);
  if (verdict.recreates !== null)
    throw new CalsyncError('invariant', `a plan is over the guard's line: ${verdict.recreates}`);
}

function checkOnce(names: readonly string[], complaint: string): void {
  if (new Set(names).size !== names.length) throw new CalsyncError('invariant', `a plan has ${complaint}`);
}

function demand(holds: boolean, call: Call, complaint: string): void {
  if (!holds)
    throw new CalsyncError('invariant', `a planned ${call.kind} is wrong: ${complaint}`, { reason: 'plan_check' });
}
