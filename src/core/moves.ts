import { allows, moveCall } from './calls.ts';
import { compare, isContested } from './compare.ts';
import { factsOf, type KeyView } from './key-view.ts';
import { bind, compared, contested, lineOf, outcome } from './outcomes.ts';
import type { ItemKind, Outcome, RowName } from './plan.ts';
import type { DesiredRow, Sighting } from './state.ts';

/*
 * Events that live on another calendar than their row names.
 */

/** Binds an event first; what to do with it is decided as if it had been bound there. */
export function bindAndCompare(view: KeyView, name: RowName, row: DesiredRow, at: Sighting): Outcome {
  const bound = bind(view, at);
  if (at.calendar !== row.spec.calendar) {
    const moved = move(view, name, row, at, 'pending', 'the table names another calendar', false);
    return { ...moved, records: [bound, ...moved.records] };
  }
  return compared(view, name, compare(view, row, at), [bound]);
}

/** Moves an event to where its row wants it; `byHand` when a person had moved it away. */
export function move(
  view: KeyView,
  name: RowName,
  row: DesiredRow,
  at: Sighting,
  kind: ItemKind,
  reason: string,
  byHand: boolean,
): Outcome {
  const [from, to] = [factsOf(view, at.calendar), factsOf(view, row.spec.calendar)];
  if (from === null || to === null || from.account !== to.account || to.deleted) {
    const why =
      to?.deleted === true
        ? 'the calendar that the table names was deleted in Google'
        : 'the two calendars belong to different accounts, between which Google does not move events';
    const blocked = lineOf('none', 'moved', at.calendar, at.eventId, why, { flagged: true });
    return outcome(view, name, 'out_of_sync', why, { items: [blocked] });
  }
  const withheld = !allows(from.policy, 'move') || !allows(to.policy, 'move');
  const items = [lineOf('move', kind, at.calendar, at.eventId, reason, { withheld: withheld ? 'policy' : null })];
  const call = withheld ? null : moveCall(view, row, at, byHand);
  return outcome(view, name, 'pending', reason, { items, call });
}

/** A person moved it to another managed calendar: flag, move back or follow. */
export function movedByHand(view: KeyView, row: DesiredRow, at: Sighting): Outcome {
  const policy = row.policies.onMove ?? factsOf(view, row.spec.calendar)?.onMove ?? 'flag';
  switch (policy) {
    case 'move_back': {
      if (isContested(view, 'calendar')) return contested(view, 'moved_by_hand', at.calendar, at.eventId);
      return move(
        view,
        'moved_by_hand',
        row,
        at,
        'moved',
        'a person moved it to another calendar; it is moved back',
        true,
      );
    }
    case 'follow': {
      const reason = 'a person moved it to another calendar, and the policy is to follow';
      const [from, to] = [factsOf(view, row.spec.calendar), factsOf(view, at.calendar)];
      if (from?.namespace !== to?.namespace || from?.policy === 'observe') return flagMoved(view, row, at);
      // The binding follows once the row has: bound there alone, the event would look as if the row wanted it back.
      return outcome(view, 'moved_by_hand', 'out_of_sync', reason, {
        items: [lineOf('adopt', 'moved', at.calendar, at.eventId, reason, {})],
        desiredChange: { kind: 'follow', calendar: at.calendar },
      });
    }
    case 'flag':
      return flagMoved(view, row, at);
  }
}

/** It stays where the person put it; what the table changed since is still written, where it lives. */
function flagMoved(view: KeyView, row: DesiredRow, at: Sighting): Outcome {
  const reason = 'a person moved it to another calendar, and the policy is to leave it until someone decides';
  const flagged = lineOf('none', 'moved', at.calendar, at.eventId, reason, { flagged: true });
  const comparison = compare(view, row, at);
  return outcome(view, 'moved_by_hand', comparison.call === null ? 'out_of_sync' : comparison.status, reason, {
    items: [flagged, ...comparison.items],
    call: comparison.call,
    desiredChange: comparison.desiredChange,
  });
}
