import { allows } from './calls.ts';
import { CalsyncError } from './error.ts';
import type { CountsOf } from './guard.ts';
import { eventIdFor } from './identity.ts';
import { isOwnId, marksKey } from './key-view.ts';
import type { Call, CreateCall, DeleteCall } from './plan.ts';
import { type CalendarPlan, countsAsOf, judgeEach, standing } from './plan-calendar.ts';
import { type KeyState, liveBindingOf, type PlanContext, placeOf } from './state.ts';

/**
 * A second, independent look at a plan before anything is written: only events of ours, one call per event and one create per key, an
 * etag on every patch, move and delete, nothing beyond policy or guard, nothing that is held. Throws `invariant`, which stops the whole turn.
 */
export function checkPlan(
  plan: CalendarPlan,
  states: readonly KeyState[],
  context: PlanContext,
  countsOf: CountsOf,
): void {
  const byKey = new Map(states.map((state) => [state.key, state]));
  for (const { call } of plan.calls) {
    demand(byKey.has(call.key), call, 'its key is not in the plan');
    demand(byKey.get(call.key)?.unsettled === null, call, 'another call of its key is unsettled');
    demand(call.revision === revisionOf(byKey.get(call.key)), call, 'it rests on another revision');
    demand(context.calendars.has(call.calendar), call, 'its calendar is not managed');
    demand(allows(context.calendars.get(call.calendar)?.policy ?? 'observe', call.kind), call, 'the policy forbids it');
    demand(staysWithin(call, byKey.get(call.key), context), call, 'it leaves the namespace of its row');
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
  checkGuard(plan, countsOf);
  checkHeld(plan);
}

function revisionOf(state: KeyState | undefined): number | undefined {
  if (state === undefined) return undefined;
  return state.desired.kind === 'absent' ? state.desired.revision : state.desired.row.revision;
}

/** Rows of tests reach no live calendar, and live rows no test calendar. */
function staysWithin(call: Call, state: KeyState | undefined, context: PlanContext): boolean {
  const namespaceOf = (calendar: string) => context.calendars.get(calendar)?.namespace;
  if (state === undefined || state.desired.kind === 'absent') return true;
  const home = namespaceOf(state.desired.row.spec.calendar);
  return namespaceOf(call.calendar) === home && (call.kind !== 'move' || namespaceOf(call.destination) === home);
}

function checkCreate(call: CreateCall, state: KeyState | undefined, context: PlanContext): void {
  demand(call.eventId === eventIdFor(context.installation, call.key, call.incarnation), call, 'its id is not derived');
  demand(state?.desired.kind === 'live', call, 'its row is not live');
  demand(call.calendar === state.desired.row.spec.calendar, call, 'the table names another calendar');
  demand(context.calendars.get(call.calendar)?.freshSince != null, call, 'its calendar was not observed lately');
  demand(!stands(state, context), call, 'an event stands for its key already');
}

/** Whether the bound event is live on any calendar that is there, as far as anyone knows. */
function stands(state: KeyState, context: PlanContext): boolean {
  const bound = liveBindingOf(state);
  return state.sightings.some(
    ({ live, calendar, eventId }) =>
      live &&
      eventId === bound?.eventId &&
      context.calendars.get(calendar)?.deleted === false &&
      !state.notFound.has(placeOf(calendar, eventId)),
  );
}

function checkOwned(call: Exclude<Call, { kind: 'create' }>, state: KeyState | undefined, context: PlanContext): void {
  demand(call.etag !== '', call, 'it carries no etag');
  const seen = state?.sightings.find(({ eventId, calendar }) => eventId === call.eventId && calendar === call.calendar);
  demand(state !== undefined && seen !== undefined, call, 'it does not rest on what was observed');
  demand(seen.live && seen.etag === call.etag, call, 'it does not rest on what was observed');
  const marked = marksKey(seen, state, context);
  demand(marked || isOwnId(call.eventId, state, context), call, 'the event is not ours');
  if (call.kind === 'move')
    demand(
      context.calendars.get(call.destination)?.freshSince != null,
      call,
      'its destination was not observed lately',
    );
  if (call.kind === 'delete' && state.desired.kind === 'live') checkDuplicate(call, state);
}

/** Of a live row only a duplicate is ever deleted, and only while another event of the key is there. */
function checkDuplicate(call: DeleteCall, state: KeyState): void {
  const binding = liveBindingOf(state);
  const isBound = binding?.eventId === call.eventId && binding.calendar === call.calendar;
  demand(call.cause === 'duplicate' && !isBound, call, 'it would delete the event of a live row');
  const stays = state.sightings.some(
    ({ live, eventId, calendar }) => live && (eventId !== call.eventId || calendar !== call.calendar),
  );
  demand(stays, call, 'it would delete the only event of a live row');
}

function checkGuard({ calendar, calls, outcomes }: CalendarPlan, countsOf: CountsOf): void {
  const wrong = calls.find(({ call, countsAs }) => countsAs !== countsAsOf(call));
  if (wrong !== undefined) demand(false, wrong.call, 'the guard counts it as something else');
  for (const { deletes, recreates } of judgeEach(calendar, calls, standing(countsOf, calls, outcomes)).values()) {
    const reason = deletes ?? recreates;
    if (reason !== null) throw new CalsyncError('invariant', `a plan is over the guard's line: ${reason}`);
  }
}

/** What waits for a person is not done meanwhile: no create of a re-key either, though the guard counts none (P03). */
function checkHeld({ calls, holds }: CalendarPlan): void {
  const held = new Set(holds.flatMap(({ items }) => items.map(({ key, eventId }) => JSON.stringify([key, eventId]))));
  for (const { call } of calls)
    demand(!held.has(JSON.stringify([call.key, call.eventId])), call, 'it waits for a person');
}

function checkOnce(names: readonly string[], complaint: string): void {
  if (new Set(names).size !== names.length) throw new CalsyncError('invariant', `a plan has ${complaint}`);
}

function demand(holds: boolean, call: Call, complaint: string): asserts holds {
  if (!holds)
    throw new CalsyncError('invariant', `a planned ${call.kind} is wrong: ${complaint}`, { reason: 'plan_check' });
}
