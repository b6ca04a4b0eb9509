/** What calls and decisions of before say of keys, for the few where that matters. */
import type { KeyState } from '../core/state.ts';
import type { Db } from './database.ts';
import { refusedDeletions } from './hold.ts';
import { begunWrites, undoneDeletes } from './intent.ts';

/** Adds it to states; none of it is asked for as a rule. */
export async function withPast(db: Db, states: readonly KeyState[]): Promise<readonly KeyState[]> {
  return withUndoneDeletes(db, await withBegun(db, await withKept(db, states)));
}

/** What people decided to keep matters only beside the event that stands for a key: it is looked up for those keys alone. */
async function withKept(db: Db, states: readonly KeyState[]): Promise<readonly KeyState[]> {
  const keys = states.filter(hasOthers).map(({ key }) => key);
  if (keys.length === 0) return states;
  const kept = await refusedDeletions(db, keys);
  return states.map((state) => ({ ...state, kept: kept.get(state.key) ?? state.kept }));
}

function hasOthers({ bindings, sightings }: KeyState): boolean {
  const bound = bindings.find(({ state }) => state !== 'retired');
  return sightings.some(
    ({ live, eventId, calendar }) => live && (eventId !== bound?.eventId || calendar !== bound.calendar),
  );
}

/** What was begun matters only where an event carries the mark of a key and what was written to it is not noted. */
async function withBegun(db: Db, states: readonly KeyState[]): Promise<readonly KeyState[]> {
  const keys = states.filter(hasUnnoted).map(({ key }) => key);
  if (keys.length === 0) return states;
  const begun = await begunWrites(db, keys);
  return states.map((state) => ({ ...state, begun: begun.get(state.key) ?? state.begun }));
}

function hasUnnoted({ key, desired, bindings, sightings }: KeyState): boolean {
  const noted = new Set(bindings.filter(({ applied }) => applied !== null).map(({ eventId }) => eventId));
  return (
    desired.kind === 'live' &&
    sightings.some(({ live, mark, eventId }) => live && mark?.key === key && !noted.has(eventId))
  );
}

/** A delete that may have been carried out late matters only where the event of a live row is gone. */
async function withUndoneDeletes(db: Db, states: readonly KeyState[]): Promise<readonly KeyState[]> {
  const keys = states.filter(isGone).map(({ key }) => key);
  if (keys.length === 0) return states;
  const undone = await undoneDeletes(db, keys);
  return states.map((state) => ({ ...state, undoneDeletes: undone.get(state.key) ?? state.undoneDeletes }));
}

function isGone({ desired, bindings, sightings }: KeyState): boolean {
  const bound = bindings.find(({ state }) => state !== 'retired');
  return desired.kind === 'live' && sightings.some(({ live, eventId }) => !live && eventId === bound?.eventId);
}
