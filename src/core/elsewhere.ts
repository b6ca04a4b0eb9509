import { factsOf, isDerived, type KeyView } from './key-view.ts';
import type { CalendarFacts } from './state.ts';

/*
 * Where an event may be that is not where it was: a person may have moved it, and no listing has shown it there yet.
 */

/** Readable calendars of the account of this one, itself left out, that were not observed since an instant, in milliseconds. */
export function notObservedSince(view: KeyView, calendar: string, since: number): readonly string[] {
  return besides(view, calendar, ({ freshSince }) => freshSince === null || freshSince < since);
}

/**
 * Calendars to look at before an event is created for a key to which none is bound. In a restored backup a binding may be missing: a deleted
 * event under an id of the key then says that there was one, of which nobody knows whether it was moved; and once a person has said that this
 * database goes on in the place of another one, what was observed before is what the other one knew.
 */
export function whereElse(view: KeyView, calendar: string): readonly string[] {
  const left = view.state.sightings.filter(
    ({ live, eventId }) =>
      !live &&
      isDerived(eventId, view.state, view.context) &&
      !view.state.bindings.some((binding) => binding.eventId === eventId),
  );
  const unknown = left.flatMap((tombstone) => notObservedSince(view, tombstone.calendar, tombstone.seenAt));
  return [...new Set([...unknown, ...besides(view, calendar, ({ beforeClaim }) => beforeClaim)])].sort();
}

function besides(view: KeyView, calendar: string, isMeant: (facts: CalendarFacts) => boolean): readonly string[] {
  const account = factsOf(view, calendar)?.account;
  return [...view.context.calendars.values()]
    .filter((facts) => facts.account === account && facts.readable && facts.id !== calendar && isMeant(facts))
    .map(({ id }) => id)
    .sort();
}
