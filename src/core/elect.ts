import { derivedIds, type KeyView } from './key-view.ts';
import type { Sighting } from './state.ts';

/** Of several events of ours the derived id of the highest incarnation stays, else the oldest. */
export function elect(view: KeyView): Sighting {
  const ids = derivedIds(view.state, view.context);
  const rank = (sighting: Sighting) => ids.indexOf(sighting.eventId);
  const derived = view.others.filter((sighting) => rank(sighting) >= 0);
  const byRank = derived.sort((a, b) => rank(b) - rank(a) || order(a.calendar, b.calendar));
  const byAge = [...view.others].sort(
    (a, b) => order(a.created ?? '~', b.created ?? '~') || order(a.eventId, b.eventId),
  );
  const chosen = byRank[0] ?? byAge[0];
  if (chosen === undefined) throw new RangeError('there is nothing to elect from');
  return chosen;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
