import { createCall } from './calls.ts';
import { compare } from './compare.ts';
import { elect } from './elect.ts';
import { notObservedSince, whereElse } from './elsewhere.ts';
import { endedBefore } from './ended.ts';
import { deletedByHand, end, recreate } from './endings.ts';
import { eventIdFor } from './identity.ts';
import { byPlace, factsOf, freeIncarnation, isOwnId, type KeyView, marksKey, viewOf } from './key-view.ts';
import { isPurged, withLeftovers } from './leftovers.ts';
import { bindAndCompare, move, movedByHand } from './moves.ts';
import { withinNamespace } from './namespace.ts';
import { hashOfStated } from './normal-form.ts';
import { bind, calling, compared, held, outcome } from './outcomes.ts';
import { type Outcome, type RowName, rowNames } from './plan.ts';
import type { Binding, DesiredRow, KeyState, PlanContext, Sighting } from './state.ts';
import { statedEventOf } from './stated-event.ts';

/*
 * The truth table. For each key the first row that matches decides; policy and guard only withhold, and say so.
 *
 * | row                 | desired             | binding         | observed                                        | outcome                        |
 * | ------------------- | ------------------- | --------------- | ----------------------------------------------- | ------------------------------ |
 * | unsettled           | any                 | any             | a call of this key was begun, its end unknown   | read that id, plan again       |
 * | not_fresh           | any                 | any             | bound or desired calendar not freshly observed  | nothing; unknown, pull it      |
 * |                     | live                | any             | desired calendar deleted, not the bound one     | nothing; held                  |
 * | table_older         | any                 | any             | mark with a revision above the row's            | hold the calendar              |
 * | settled             | any                 | any             | ended before the settled limit                  | no call, no finding            |
 * | mark_taken          | any                 | live            | bound id carries another installation's mark    | hold                           |
 * | arrived             | live                | other calendar  | at the desired one already                      | bind there, compare            |
 * | move                | live                | other calendar  | live anywhere else                              | move                           |
 * | moved_by_hand       | live                | live            | live on another managed calendar                | flag / move back / follow      |
 * | take_over           | live                | none, retired   | marked or derived, live                         | bind, compare                  |
 * | lookalike           | live                | none, retired   | foreign with the same fingerprint               | hold the create                |
 * | create              | live                | none, retired   | none of ours live                               | create                         |
 * |                     |                     |                 | the same, and it may be where nobody looked yet | pull that calendar             |
 * | read_first          | any                 | live            | not listed, no tombstone                        | read by id, plan again         |
 * | deleted_with_copy   | live                | live            | gone, live under another id of ours             | bind there, compare            |
 * |                     |                     |                 | gone, and a copy or a foreign twin exists       | hold                           |
 * | look_elsewhere      | live                | live            | gone, another calendar not observed since       | pull that calendar             |
 * | deleted_and_changed | live, ≠ applied     | live            | gone                                            | recreate                       |
 * | deleted             | live, = applied     | live            | gone                                            | recreate / accept / flag       |
 * | missing             | live                | live            | 404 by id, grace period over                    | create again, same id          |
 * | calendar_deleted    | live                | calendar gone   | –                                               | hold; recreate if moved since  |
 * | compare             | live                | live            | live                                            | per field                      |
 * | delete              | cancelled, absent   | live            | live, wherever it is                            | delete                         |
 * | late_create         | cancelled, absent   | none, retired   | live under a bound or derived id                | bind, delete                   |
 * | ended               | cancelled, absent   | live            | gone or missing                                 | retire the binding             |
 * | nothing             | cancelled, absent   | none, retired   | –                                               | nothing                        |
 *
 * `none` and `retired` are the same here: a retired binding was ended by us. `gone` is a tombstone, or read by id as cancelled. `live` as
 * binding includes one whose event is gone; `calendar gone` is one whose calendar's deletion is confirmed, and is in no row above its own.
 */

type Decide = (view: KeyView) => Outcome | null;

const table: Readonly<Record<RowName, Decide>> = {
  unsettled: (view) => {
    const intent = view.state.unsettled;
    if (intent === null) return null;
    const places = intent.destination === null ? [intent.calendar] : [intent.calendar, intent.destination];
    return outcome(view, 'unsettled', 'unknown', 'a call to Google was begun and its end is not known yet', {
      reads: places.map((calendar) => ({ calendar, eventId: intent.eventId })),
    });
  },

  not_fresh: (view) => {
    const { bound, desired } = calendarsOf(view);
    const isDeleted = (calendar: string | null) => calendar !== null && factsOf(view, calendar)?.deleted === true;
    if (isDeleted(desired) && desired !== bound)
      return outcome(view, 'not_fresh', 'held', 'the calendar that the table names was deleted in Google', {});
    const isStale = (calendar: string | null): calendar is string =>
      calendar !== null && !isDeleted(calendar) && (factsOf(view, calendar)?.freshSince ?? null) === null;
    const pulls = [...new Set([bound, desired].filter(isStale))];
    if (pulls.length === 0) return null;
    return outcome(view, 'not_fresh', 'unknown', 'the calendar was not observed lately', { pulls });
  },

  table_older: (view) => {
    if (view.revision === 0 || view.state.approved.has('table_older')) return null;
    const newer = ourMarks(view).find((sighting) => (sighting.mark?.revision ?? 0) > view.revision);
    if (newer === undefined) return null;
    const reason = `Google has revision ${newer.mark?.revision} and the table ${view.revision}: the table is older than the calendar`;
    return held(view, 'table_older', 'table_older', newer.calendar, newer.eventId, reason);
  },

  settled: (view) => {
    const { now, settledAfterMs } = view.context;
    if (settledAfterMs === null) return null;
    const stated = [view.row === null ? null : statedEventOf(view.row.spec), view.binding?.applied ?? null].filter(
      (event) => event !== null,
    );
    if (stated.length === 0 || !stated.every((event) => endedBefore(event, now - settledAfterMs))) return null;
    if (view.row === null && view.binding !== null && isPurged(view, view.binding.calendar, view.binding.eventId))
      return null;
    return outcome(view, 'settled', 'settled', 'the event is over and settled', {});
  },

  mark_taken: (view) => {
    const at = boundSighting(view);
    if (at === null || at.mark === null || at.mark.installation === view.context.installation) return null;
    if (view.state.approved.has('mark_taken')) return null;
    return held(
      view,
      'mark_taken',
      'mark_taken',
      at.calendar,
      at.eventId,
      'the event carries the mark of another installation',
    );
  },

  arrived: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'elsewhere') return null;
    if (view.fate.at.calendar !== view.row.spec.calendar) return null;
    return bindAndCompare(view, 'arrived', view.row, view.fate.at);
  },

  move: (view) => {
    if (!view.wanted || view.row === null || view.binding === null) return null;
    if (view.binding.calendar === view.row.spec.calendar) return null;
    if (view.fate?.kind !== 'live' && view.fate?.kind !== 'elsewhere') return null;
    return move(view, 'move', view.row, view.fate.at, 'pending', 'the table names another calendar', false);
  },

  moved_by_hand: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'elsewhere') return null;
    return movedByHand(view, view.row, view.fate.at);
  },

  take_over: (view) => {
    if (!view.wanted || view.row === null || view.binding !== null || view.others.length === 0) return null;
    const chosen = elect(view);
    return bindAndCompare(view, 'take_over', view.row, chosen);
  },

  lookalike: (view) => {
    if (!view.wanted || view.row === null || view.binding !== null) return null;
    const twins = view.state.foreignTwins.filter(({ calendar }) => calendar === view.row?.spec.calendar);
    const twin = twins.sort(byPlace)[0];
    if (twin === undefined || view.state.approved.has('lookalike')) return null;
    const reason = 'an event that is not ours has the same time and title; creating ours would double it';
    return held(view, 'lookalike', 'lookalike', twin.calendar, twin.eventId, reason);
  },

  create: (view) => {
    if (!view.wanted || view.row === null || view.binding !== null) return null;
    const pulls = whereElse(view, view.row.spec.calendar);
    if (pulls.length > 0)
      return outcome(view, 'create', 'unknown', 'its event may be on a calendar that was not observed since', {
        pulls,
      });
    const call = createCall(view, view.row, freeIncarnation(view), 'new');
    return calling(view, 'create', 'pending', call, 'create', 'pending', 'it is in the table and not in Google yet');
  },

  read_first: (view) => {
    if (view.binding === null || view.fate === null) return null;
    const { calendar, eventId } = view.binding;
    if (view.fate.kind === 'unseen') {
      const reason = 'no listing shows the event and no listing says that it was deleted';
      return outcome(view, 'read_first', 'unknown', reason, { reads: [{ calendar, eventId }] });
    }
    if (view.fate.kind !== 'recent') return null;
    const status = view.wanted ? 'pending' : 'cancelling';
    return outcome(view, 'read_first', status, 'it was written a moment ago and Google does not show it yet', {
      againInMs: view.fate.againInMs,
    });
  },

  deleted_with_copy: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'gone') return null;
    // Under an id of ours it is no copy: a create that landed late.
    const late = view.others.find(({ eventId }) => isOwnId(eventId, view.state, view.context));
    if (late !== undefined) return bindAndCompare(view, 'deleted_with_copy', view.row, late);
    const copy = view.others[0] ?? view.rests[0] ?? [...view.state.foreignTwins].sort(byPlace)[0];
    if (copy === undefined || view.state.approved.has('deleted_with_copy')) return null;
    const reason = 'a person deleted the event and there is another one like it; creating it again would double it';
    return held(view, 'deleted_with_copy', 'deleted_with_copy', copy.calendar, copy.eventId, reason);
  },

  look_elsewhere: (view) => {
    if (!view.wanted || view.fate?.kind !== 'gone' || view.binding === null) return null;
    const since = view.fate.seenAt;
    const pulls = notObservedSince(view, view.binding.calendar, since);
    if (pulls.length === 0) return null;
    return outcome(view, 'look_elsewhere', 'unknown', 'it is gone here; it may have been moved to another calendar', {
      pulls,
    });
  },

  deleted_and_changed: (view) => {
    if (!view.wanted || view.row === null || view.binding === null || view.fate?.kind !== 'gone') return null;
    if (isAsApplied(view.binding, view.row)) return null;
    return recreate(
      view,
      'deleted_and_changed',
      view.row,
      'a person deleted it and the table changed since: the newer wish wins',
    );
  },

  deleted: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'gone') return null;
    return deletedByHand(view, view.row);
  },

  missing: (view) => {
    if (!view.wanted || view.row === null || view.binding === null || view.fate?.kind !== 'missing') return null;
    const { binding, row } = view;
    const derived = eventIdFor(view.context.installation, view.state.key, binding.incarnation);
    const sameId = binding.eventId === derived && binding.calendar === row.spec.calendar;
    const call = createCall(view, row, sameId ? binding.incarnation : freeIncarnation(view), 'missing');
    return calling(
      view,
      'missing',
      'pending',
      call,
      'create',
      'missing',
      'Google had confirmed it and does not know it any more',
    );
  },

  calendar_deleted: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'calendar_deleted') return null;
    if (view.row.spec.calendar === view.binding?.calendar)
      return outcome(view, 'calendar_deleted', 'held', 'its calendar was deleted in Google', {});
    const reason = 'its calendar was deleted in Google; it is created again where the table says';
    return recreate(view, 'calendar_deleted', view.row, reason);
  },

  compare: (view) => {
    if (!view.wanted || view.row === null || view.fate?.kind !== 'live') return null;
    return compared(view, 'compare', compare(view, view.row, view.fate.at), []);
  },

  delete: (view) => {
    if (view.wanted || view.binding === null) return null;
    if (view.fate?.kind !== 'live' && view.fate?.kind !== 'elsewhere') return null;
    return end(view, 'delete', view.fate.at, []);
  },

  late_create: (view) => {
    if (view.wanted || view.binding !== null) return null;
    if (view.row === null && !view.state.createIntended && view.state.bindings.length === 0) return null;
    const late = view.others.find(({ eventId }) => isOwnId(eventId, view.state, view.context));
    if (late === undefined) return null;
    return end(view, 'late_create', late, [bind(view, late)]);
  },

  ended: (view) => {
    if (view.wanted || view.binding === null) return null;
    return outcome(view, 'ended', 'cancelled', 'it is gone from Google', { records: [{ kind: 'retire' }] });
  },

  nothing: (view) => outcome(view, 'nothing', view.row === null ? 'in_sync' : 'cancelled', 'nothing is to be done', {}),
};

/**
 * What is to be done for one key: total, pure, and the same for the same input. `now` and the spans of `context` are in milliseconds.
 */
export function planKey(state: KeyState, context: PlanContext): Outcome {
  const view = viewOf(state, context);
  for (const name of rowNames) {
    const found = table[name](view);
    if (found !== null) return withinNamespace(view, withLeftovers(view, found));
  }
  return table.nothing(view) ?? outcome(view, 'nothing', 'in_sync', 'nothing is to be done', {});
}

/** The calendars that have to be freshly observed: the bound one, and the one where a live row wants to be. */
function calendarsOf(view: KeyView): { readonly bound: string | null; readonly desired: string | null } {
  return { bound: view.binding?.calendar ?? null, desired: view.wanted ? (view.row?.spec.calendar ?? null) : null };
}

/** Whether the row states what was last written, where it was written: a revision may count what never goes to Google. */
function isAsApplied(binding: Binding, row: DesiredRow): boolean {
  if (binding.calendar !== row.spec.calendar) return false;
  if (binding.appliedRevision === row.revision) return true;
  return binding.applied !== null && hashOfStated(binding.applied) === hashOfStated(statedEventOf(row.spec));
}

function boundSighting(view: KeyView): Sighting | null {
  return view.fate?.kind === 'live' || view.fate?.kind === 'elsewhere' ? view.fate.at : null;
}

function ourMarks(view: KeyView): readonly Sighting[] {
  return view.state.sightings.filter((sighting) => sighting.live && marksKey(sighting, view.state, view.context));
}
