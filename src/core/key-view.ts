import { eventIdFor } from './identity.ts';
import {
  type Binding,
  type CalendarFacts,
  type DesiredRow,
  type KeyState,
  liveBindingOf,
  type PlanContext,
  placeOf,
  type Sighting,
} from './state.ts';

/**
 * What became of the event that is bound to a key. `unseen`: neither listed nor read by id yet; `missing`: 404 by id, later than the
 * grace period; `recent`: 404 by id, but written so lately that Google may not show it yet; `calendar_deleted`: its calendar is known to be
 * gone, whatever the mirror still shows of it.
 */
export type Fate =
  | { readonly kind: 'live'; readonly at: Sighting }
  | { readonly kind: 'elsewhere'; readonly at: Sighting }
  | { readonly kind: 'gone'; readonly seenAt: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'recent'; readonly againInMs: number }
  | { readonly kind: 'calendar_deleted' }
  | { readonly kind: 'unseen' };

/** A key's state with the questions answered that several rows of the truth table ask. */
export interface KeyView {
  readonly state: KeyState;
  readonly context: PlanContext;
  readonly row: DesiredRow | null;
  /** Live, and not cancelled. */
  readonly wanted: boolean;
  readonly revision: number;
  readonly binding: Binding | null;
  readonly fate: Fate | null;
  /** Live events of the key on managed calendars, the bound one left out; in a fixed order. */
  readonly others: readonly Sighting[];
  /** Live events with which people go on with a series of the key ("this and following"), marked or not; in a fixed order. */
  readonly rests: readonly Sighting[];
}

export function viewOf(state: KeyState, context: PlanContext): KeyView {
  const row = state.desired.kind === 'absent' ? null : state.desired.row;
  const binding = liveBindingOf(state);
  const fate = binding === null ? null : fateOf(binding, state, context);
  return {
    state,
    context,
    row,
    wanted: state.desired.kind === 'live',
    revision: state.desired.kind === 'absent' ? state.desired.revision : state.desired.row.revision,
    binding,
    fate,
    others: state.sightings.filter((sighting) => isAnother(sighting, fate, binding, state, context)).sort(byPlace),
    rests: state.sightings.filter((sighting) => isRest(sighting, binding, state, context)).sort(byPlace),
  };
}

/** An event of the key beside the bound one. The mark of another installation, or of another key, makes it a stranger. */
function isAnother(
  sighting: Sighting,
  fate: Fate | null,
  binding: Binding | null,
  state: KeyState,
  context: PlanContext,
): boolean {
  if (!sighting.live || sighting.standsElsewhere || !isThere(sighting.calendar, context)) return false;
  if (sighting.eventId === binding?.eventId) return isSecondHome(sighting, fate, context);
  if (sighting.restOf !== undefined) return false;
  if (sighting.mark !== null) return marksKey(sighting, state, context);
  return isOwnId(sighting.eventId, state, context);
}

/** The rest of a series of the key: by its id, for nobody promises that marks are copied to it. One that is bound stands for the key itself. */
function isRest(sighting: Sighting, binding: Binding | null, state: KeyState, context: PlanContext): boolean {
  if (sighting.restOf === undefined || sighting.eventId === binding?.eventId) return false;
  if (!sighting.live || sighting.standsElsewhere || !isThere(sighting.calendar, context)) return false;
  return sighting.mark === null ? isOwnId(sighting.restOf, state, context) : marksKey(sighting, state, context);
}

/**
 * The bound id lives at home and on another calendar too: a create that landed late, for the row had moved on meanwhile. Only a calendar
 * that was observed lately is believed: a person may have moved the event there and back.
 */
function isSecondHome(sighting: Sighting, fate: Fate | null, context: PlanContext): boolean {
  if (fate?.kind !== 'live' || sighting.calendar === fate.at.calendar) return false;
  return (context.calendars.get(sighting.calendar)?.freshSince ?? null) !== null;
}

/** A fixed order of events: what the plan picks never depends on the order in which they were read. */
export function byPlace(a: Place, b: Place): number {
  return placeOf(a.calendar, a.eventId) < placeOf(b.calendar, b.eventId) ? -1 : 1;
}
type Place = Pick<Sighting, 'calendar' | 'eventId'>;

/** Managed, and not deleted in Google as far as anyone knows. */
function isThere(calendar: string, context: PlanContext): boolean {
  return context.calendars.get(calendar)?.deleted === false;
}

function fateOf(binding: Binding, state: KeyState, context: PlanContext): Fate {
  const bound = state.sightings.filter((sighting) => sighting.eventId === binding.eventId);
  const home = bound.find((sighting) => sighting.calendar === binding.calendar);
  const deleted = context.calendars.get(binding.calendar)?.deleted === true;
  // A reading by id in this turn is newer than what a listing showed before it.
  const isNotFound = (calendar: string) => state.notFound.has(placeOf(calendar, binding.eventId));
  const notFound = isNotFound(binding.calendar);
  if (home?.live === true && !deleted && !notFound) return { kind: 'live', at: home };
  const away = bound
    .filter(({ live, calendar }) => live && isThere(calendar, context) && !isNotFound(calendar))
    .filter((sighting) => sighting !== home)
    .sort(byPlace)[0];
  if (away !== undefined) return { kind: 'elsewhere', at: away };
  if (deleted) return { kind: 'calendar_deleted' };
  if (home?.live === false) return { kind: 'gone', seenAt: home.seenAt };
  // Noted as gone when its tombstone was there, and looked for elsewhere then.
  if (binding.state === 'gone') return { kind: 'gone', seenAt: 0 };
  if (!notFound) return { kind: 'unseen' };
  const graceEnds = (binding.writtenAt ?? 0) + context.graceMs;
  return graceEnds > context.now ? { kind: 'recent', againInMs: graceEnds - context.now } : { kind: 'missing' };
}

/** Whether the event carries this installation's mark for the key. */
export function marksKey(sighting: Sighting, state: KeyState, context: PlanContext): boolean {
  if (sighting.standsElsewhere) return false;
  return sighting.mark?.installation === context.installation && sighting.mark.key === state.key;
}

/** Whether the id is one under which calsync itself creates events of the key, up to a few incarnations ahead. */
export function isDerived(eventId: string, state: KeyState, context: PlanContext): boolean {
  return derivedIds(state, context).includes(eventId);
}

/** Whether the event was bound to the key once, or has an id derived for it. */
export function isOwnId(eventId: string, state: KeyState, context: PlanContext): boolean {
  return state.bindings.some((binding) => binding.eventId === eventId) || isDerived(eventId, state, context);
}

/** How many incarnations beyond the bound ones are looked for: a restored table may lack some. */
const incarnationsAhead = 4;

/** The ids of every incarnation of a key that may exist, by incarnation. */
export function derivedIds(
  state: Pick<KeyState, 'key' | 'bindings'>,
  context: Pick<PlanContext, 'installation'>,
): readonly string[] {
  const known = state.bindings.reduce((highest, binding) => Math.max(highest, binding.incarnation), -1);
  return Array.from({ length: known + 1 + incarnationsAhead }, (_, incarnation) =>
    eventIdFor(context.installation, state.key, incarnation),
  );
}

/** The first incarnation whose id is neither bound, retired nor seen in any state: Google never releases an id. */
export function freeIncarnation(view: KeyView): number {
  const used = view.state.bindings.map((binding) => binding.incarnation);
  let incarnation = used.length === 0 ? 0 : Math.max(...used) + 1;
  const seen = new Set(view.state.sightings.map((sighting) => sighting.eventId));
  while (seen.has(eventIdFor(view.context.installation, view.state.key, incarnation))) incarnation += 1;
  return incarnation;
}

/** The facts of a calendar; a row can only name one that is managed. */
export function factsOf(view: KeyView, calendar: string): CalendarFacts | null {
  return view.context.calendars.get(calendar) ?? null;
}

/** The incarnation that an event has as the bound one: the one it was bound with, its own if its id is derived, else the next free one. */
export function incarnationOf(view: KeyView, eventId: string): number {
  const before = view.state.bindings.find((binding) => binding.eventId === eventId);
  if (before !== undefined) return before.incarnation;
  const derived = derivedIds(view.state, view.context).indexOf(eventId);
  if (derived >= 0 && !view.state.bindings.some((binding) => binding.incarnation === derived)) return derived;
  return freeIncarnation(view);
}
