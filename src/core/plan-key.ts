import { allows, createCall, deleteCall, moveCall } from './calls.ts';
import { type Comparison, compare, contestedReason, isContested } from './compare.ts';
import { endedBefore } from './ended.ts';
import { hasGuests } from './event-body.ts';
import { eventIdFor } from './identity.ts';
import {
  byPlace,
  derivedIds,
  factsOf,
  freeIncarnation,
  incarnationOf,
  isOwnId,
  type KeyView,
  marksKey,
  viewOf,
} from './key-view.ts';
import { withLeftovers } from './leftovers.ts';
import { hashOfStated } from './normal-form.ts';
import type { Call, CreateCall, HoldWish, ItemKind, Outcome, PlanItem, RecordChange, RowName } from './plan.ts';
import { rowNames } from './plan.ts';
import type { Binding, DesiredRow, HoldKind, KeyState, PlanContext, Sighting } from './state.ts';
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
    const copy = view.others[0] ?? [...view.state.foreignTwins].sort(byPlace)[0];
    if (copy === undefined || view.state.approved.has('deleted_with_copy')) return null;
    const reason = 'a person deleted the event and there is another one like it; creating it again would double it';
    return held(view, 'deleted_with_copy', 'deleted_with_copy', copy.calendar, copy.eventId, reason);
  },

  look_elsewhere: (view) => {
    if (!view.wanted || view.fate?.kind !== 'gone' || view.binding === null) return null;
    const since = view.fate.seenAt;
    const account = factsOf(view, view.binding.calendar)?.account;
    const pulls = [...view.context.calendars.values()]
      .filter((facts) => facts.account === account && facts.readable && facts.id !== view.binding?.calendar)
      .filter((facts) => facts.freshSince === null || facts.freshSince < since)
      .map((facts) => facts.id)
      .sort();
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
    if (found !== null) return withLeftovers(view, found);
  }
  return table.nothing(view) ?? outcome(view, 'nothing', 'in_sync', 'nothing is to be done', {});
}

type Details = Partial<Omit<Outcome, 'key' | 'row' | 'status' | 'reason'>>;

function outcome(view: KeyView, row: RowName, status: Outcome['status'], reason: string, details: Details): Outcome {
  return {
    key: view.state.key,
    revision: view.revision,
    row,
    status,
    reason,
    items: [],
    call: null,
    leftovers: [],
    records: [],
    desiredChange: null,
    hold: null,
    reads: [],
    pulls: [],
    againInMs: null,
    ...details,
  };
}

function compared(view: KeyView, row: RowName, comparison: Comparison, records: readonly RecordChange[]): Outcome {
  return outcome(view, row, comparison.status, comparison.reason, {
    ...comparison,
    records: [...records, ...comparison.records],
  });
}

/** Binds an event first; what to do with it is decided as if it had been bound there. */
function bindAndCompare(view: KeyView, name: RowName, row: DesiredRow, at: Sighting): Outcome {
  const bound = bind(view, at);
  if (at.calendar !== row.spec.calendar) {
    const moved = move(view, name, row, at, 'pending', 'the table names another calendar', false);
    return { ...moved, records: [bound, ...moved.records] };
  }
  return compared(view, name, compare(view, row, at), [bound]);
}

function bind(view: KeyView, at: Sighting): RecordChange {
  return { kind: 'bind', calendar: at.calendar, eventId: at.eventId, incarnation: incarnationOf(view, at.eventId) };
}

/** Of several events of ours the derived id of the highest incarnation stays, else the oldest. */
function elect(view: KeyView): Sighting {
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

function move(
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

function movedByHand(view: KeyView, row: DesiredRow, at: Sighting): Outcome {
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

function deletedByHand(view: KeyView, row: DesiredRow): Outcome {
  const calendar = row.spec.calendar;
  const policy = row.policies.onDelete ?? factsOf(view, calendar)?.onDelete ?? 'recreate';
  const eventId = view.binding?.eventId ?? null;
  switch (policy) {
    case 'recreate':
      return recreate(view, 'deleted', row, 'a person deleted it in Google; it is created again');
    case 'accept': {
      const reason = 'a person deleted it in Google, and the policy is to accept that as a cancellation';
      if (factsOf(view, calendar)?.policy === 'observe') return flagDeleted(view, row, eventId);
      return outcome(view, 'deleted', 'out_of_sync', reason, {
        items: [lineOf('adopt', 'deleted', calendar, eventId, reason, {})],
        records: goneIfLive(view),
        desiredChange: { kind: 'cancel', generation: row.generation },
      });
    }
    case 'flag':
      return flagDeleted(view, row, eventId);
  }
}

function flagDeleted(view: KeyView, row: DesiredRow, eventId: string | null): Outcome {
  const reason = 'a person deleted it in Google, and the policy is to leave it until someone decides';
  const items = [lineOf('none', 'deleted', row.spec.calendar, eventId, reason, { flagged: true })];
  return outcome(view, 'deleted', 'out_of_sync', reason, { items, records: goneIfLive(view) });
}

function recreate(view: KeyView, name: RowName, row: DesiredRow, reason: string): Outcome {
  if (isContested(view, '*')) {
    const stopped = contested(view, name, row.spec.calendar, view.binding?.eventId ?? null);
    return { ...stopped, records: goneIfLive(view) };
  }
  const call: CreateCall = createCall(view, row, freeIncarnation(view), 'deleted');
  const planned = calling(view, name, 'pending', call, 'recreate', 'deleted', reason);
  return { ...planned, records: goneIfLive(view) };
}

/** Noted while its tombstone is there to be seen: Google and the mirror forget those. */
function goneIfLive(view: KeyView): readonly RecordChange[] {
  return view.binding?.state === 'live' ? [{ kind: 'gone' }] : [];
}

function contested(view: KeyView, name: RowName, calendar: string, eventId: string | null): Outcome {
  const items = [lineOf('none', 'contested', calendar, eventId, contestedReason, { flagged: true })];
  return outcome(view, name, 'out_of_sync', contestedReason, { items });
}

function calling(
  view: KeyView,
  name: RowName,
  status: Outcome['status'],
  call: Call,
  action: PlanItem['action'],
  kind: ItemKind,
  reason: string,
): Outcome {
  const withheld = !allows(factsOf(view, call.calendar)?.policy ?? 'observe', call.kind);
  const items = [lineOf(action, kind, call.calendar, call.eventId, reason, { withheld: withheld ? 'policy' : null })];
  return outcome(view, name, status, reason, { items, call: withheld ? null : call });
}

/** Deletes what is no longer wanted, wherever it lives. */
function end(view: KeyView, name: RowName, at: Sighting, records: readonly RecordChange[]): Outcome {
  const cause = view.row === null ? 'withdrawn' : 'cancelled';
  const reason =
    cause === 'withdrawn' ? 'its row was taken out of the table; it is deleted' : 'it was cancelled; it is deleted';
  const call = deleteCall(view, at, cause);
  const planned = calling(view, name, 'cancelling', call, 'delete', 'withdrawn', reason);
  // Google leaves the meeting on the calendars of guests who are not told (API facts §2.3).
  const silent = call.sendUpdates === 'none' && hasGuests(at.event);
  const why = 'the row says that no guest is told, so their copies may remain';
  const copies = silent ? [lineOf('none', 'guest_copies_may_remain', at.calendar, at.eventId, why, {})] : [];
  return { ...planned, items: [...planned.items, ...copies], records };
}

function held(
  view: KeyView,
  name: RowName,
  kind: HoldKind,
  calendar: string,
  eventId: string,
  reason: string,
): Outcome {
  const wish: HoldWish = { kind, calendar, eventId, reason };
  const items = [lineOf('none', itemKindOf(kind), calendar, eventId, reason, { withheld: 'guard', flagged: true })];
  return outcome(view, name, 'held', reason, { hold: wish, items });
}

function itemKindOf(kind: HoldKind): ItemKind {
  switch (kind) {
    case 'lookalike':
      return 'lookalike';
    case 'deleted_with_copy':
      return 'lookalike';
    case 'mark_taken':
    case 'table_older':
      return 'contested';
    case 'withdrawals':
      return 'withdrawn';
    case 'recreates':
      return 'deleted';
  }
}

function lineOf(
  action: PlanItem['action'],
  kind: ItemKind,
  calendar: string,
  eventId: string | null,
  reason: string,
  more: { readonly withheld?: PlanItem['withheld']; readonly flagged?: boolean },
): PlanItem {
  return {
    action,
    kind,
    calendar,
    eventId,
    fields: [],
    reason,
    withheld: more.withheld ?? null,
    flagged: more.flagged ?? false,
  };
}

function boundSighting(view: KeyView): Sighting | null {
  return view.fate?.kind === 'live' || view.fate?.kind === 'elsewhere' ? view.fate.at : null;
}

function ourMarks(view: KeyView): readonly Sighting[] {
  return view.state.sightings.filter((sighting) => sighting.live && marksKey(sighting, view.state, view.context));
}
