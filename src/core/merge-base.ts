import { answeredInstant } from './answered-time.ts';
import { diffFields, type MergeBase } from './field-diff.ts';
import { type KeyView, marksKey } from './key-view.ts';
import type { Binding, Sighting } from './state.ts';

/**
 * What was last written to the event that stands, or is to stand, for a key; null where nobody knows. Where no answer was noted, a call that
 * was begun says it: a create that Google carried out and refused, or that landed late.
 */
export function mergeBaseOf(view: KeyView, at: Sighting, calendarZone: string): MergeBase | null {
  const { binding } = view;
  const noted = binding === null ? null : notedIn(binding);
  if (noted !== null && binding?.eventId === at.eventId) return noted;
  return begunFor(view, at, calendarZone) ?? noted;
}

function notedIn({ applied, answeredStart, answeredEnd }: Binding): MergeBase | null {
  return applied === null ? null : { stated: applied, answeredStart, answeredEnd };
}

/**
 * The mark names the call, and is no proof by itself: after a restored backup an event of the earlier time may carry the same revision. One
 * that shows all that the call stated is as good as written by it.
 */
function begunFor({ state, context }: KeyView, at: Sighting, calendarZone: string): MergeBase | null {
  const { event, eventId, mark } = at;
  if (event === null || !marksKey(at, state, context)) return null;
  const call = state.begun.find((begun) => begun.eventId === eventId && begun.revision === mark?.revision);
  if (call === undefined) return null;
  const { stated } = call;
  const base = {
    stated,
    answeredStart: answeredInstant(stated.start, event.start, calendarZone),
    answeredEnd: answeredInstant(stated.end, event.end, calendarZone),
  };
  const differs = diffFields(stated, base, event, calendarZone).some(({ kind }) => kind !== 'zone_rules_differ');
  return differs ? null : base;
}
