import { allows, deleteCall } from './calls.ts';
import { observedEndedBefore } from './ended.ts';
import { factsOf, isDerived, type KeyView } from './key-view.ts';
import type { Call, DeleteCall, Outcome, PlanItem, RecordChange } from './plan.ts';
import { placeOf, type Sighting } from './state.ts';

/*
 * What holds beside the row that decided, for whatever a listing shows of a key.
 *
 * | observed                                              | outcome                                                         |
 * | ----------------------------------------------------- | --------------------------------------------------------------- |
 * | an occurrence of the series, changed or cancelled     | finding `occurrence`                                            |
 * | further live events of the key, while one stands      | duplicates: the bound one stays, a person's copy only by policy |
 * | the rest of a series that a person broke off          | duplicate: flag, while the row is wanted or its event stands    |
 * |                                                       | orphan: flag, or delete where it is marked                      |
 * | marked, live, with neither row nor binding            | orphan: flag or delete                                          |
 * | the same, of a key that the table never heard of      | orphan: flag, whatever the policy says                          |
 * | any of these that ended before the settled limit      | nothing                                                         |
 * | any of these whose deletion a person refused          | flag, whatever the policy says                                  |
 * | other keys with the same calendar, time and summary   | finding `twin`                                                  |
 */

/** Rows after which nothing else is said of a key: it is not observed well enough to decide, or it is over. */
const silentRows: ReadonlySet<Outcome['row']> = new Set([
  'unsettled',
  'not_fresh',
  'table_older',
  'settled',
  'read_first',
  'look_elsewhere',
]);

export function withLeftovers(view: KeyView, outcome: Outcome): Outcome {
  if (silentRows.has(outcome.row)) return outcome;
  const extra = extraEvents(view, outcome);
  const calls = [
    ...extra.map((sighting) => leftover(view, sighting)),
    ...restsOf(view).map((rest) => restItem(view, rest)),
  ];
  const items = [
    ...calls.map(({ item }) => item),
    ...view.state.occurrences.map(occurrenceItem),
    ...(view.wanted && view.state.rowTwins.length > 0 ? [twinItem(view)] : []),
  ];
  if (items.length === 0) return outcome;
  const flagged = items.some((item) => item.flagged || item.action !== 'none');
  return {
    ...outcome,
    status: flagged && outcome.status === 'in_sync' ? 'out_of_sync' : outcome.status,
    items: [...outcome.items, ...items],
    leftovers: calls.flatMap(({ call }) => (call === null ? [] : [call])),
  };
}

/**
 * Live events beside the one that stands for the key, each once; what the outcome itself binds or deletes is none of them. While a wanted
 * key has no live event, none is too many.
 */
function extraEvents(view: KeyView, outcome: Outcome): readonly Sighting[] {
  const bound = outcome.records.find((record) => record.kind === 'bind');
  const stands = bound !== undefined || view.fate?.kind === 'live' || view.fate?.kind === 'elsewhere';
  if (view.wanted && !stands) return [];
  const taken = new Set([...placesOf(bound), ...placesOf(outcome.call)]);
  const extra = view.others.filter(
    (sighting) => !taken.has(placeOf(sighting.calendar, sighting.eventId)) && !isSettled(view, sighting),
  );
  return extra.filter((sighting) => !extra.some((other) => isMovedFrom(sighting, other)));
}

/** The event was seen on another calendar since: a person moved it, and the listing of this one has not shown that yet. */
function isMovedFrom(at: Sighting, other: Sighting): boolean {
  if (other.eventId !== at.eventId || other.calendar === at.calendar) return false;
  return other.seenAt > at.seenAt || (other.seenAt === at.seenAt && other.calendar < at.calendar);
}

/** Where an event is that is bound or called; a move is about both its ends. */
function placesOf(what: RecordChange | Call | null | undefined): readonly string[] {
  if (what == null || !('eventId' in what)) return [];
  const here = placeOf(what.calendar, what.eventId);
  return what.kind === 'move' ? [here, placeOf(what.destination, what.eventId)] : [here];
}

/** A person asked for exactly this event of a test to go, whatever the policy of its calendar, and however long ago it was. */
export function isPurged(view: KeyView, calendar: string, eventId: string): boolean {
  return factsOf(view, calendar)?.namespace === 'test' && view.state.deletable.has(eventId);
}

function isSettled(view: KeyView, at: Sighting): boolean {
  const { now, settledAfterMs } = view.context;
  if (settledAfterMs === null || isPurged(view, at.calendar, at.eventId)) return false;
  return observedEndedBefore(at.event, factsOf(view, at.calendar)?.timeZone ?? 'UTC', now - settledAfterMs);
}

function leftover(view: KeyView, at: Sighting): { readonly item: PlanItem; readonly call: DeleteCall | null } {
  const facts = factsOf(view, at.calendar);
  const orphan = view.row === null && view.binding === null;
  const ours = isDerived(at.eventId, view.state, view.context) && !orphan;
  const purged = isPurged(view, at.calendar, at.eventId);
  const kept = view.state.kept.has(at.eventId) && !purged;
  const unheardOf = orphan && view.revision === 0;
  const policy = (orphan ? facts?.orphans : facts?.duplicates) ?? 'flag';
  const wish = kept ? 'flag' : ours || purged ? 'delete' : unheardOf ? 'flag' : policy;
  const allowed = allows(facts?.policy ?? 'observe', 'delete');
  const kind = orphan ? 'orphan' : 'duplicate';
  const base = { kind, calendar: at.calendar, eventId: at.eventId, fields: [] } as const;
  if (wish === 'flag') {
    const why = kept ? 'a person decided that it stays' : 'the policy is to leave it until someone decides';
    const reason = unheardOf ? unheardOfReason : `${nameOf(kind, ours)}; ${why}`;
    return { item: { ...base, action: 'none', reason, withheld: null, flagged: true }, call: null };
  }
  const reason = `${nameOf(kind, ours)}; it is deleted`;
  const item: PlanItem = { ...base, action: 'delete', reason, withheld: allowed ? null : 'policy', flagged: false };
  return { item, call: allowed ? deleteCall(view, at, kind) : null };
}

/** Those that are not long over. */
function restsOf(view: KeyView): readonly Sighting[] {
  return view.rests.filter((rest) => !isSettled(view, rest));
}

/** "This and following" (P17): nothing is deleted in passing, so the rest goes only where the series itself is gone and orphans go. */
function restItem(view: KeyView, rest: Sighting): { readonly item: PlanItem; readonly call: DeleteCall | null } {
  const stands = view.wanted || view.binding !== null;
  if (!stands && rest.mark !== null) return leftover(view, rest);
  const kind = stands ? 'duplicate' : 'orphan';
  const reason = stands ? restReason : abandonedRestReason;
  const { calendar, eventId } = rest;
  return {
    item: { action: 'none', kind, calendar, eventId, fields: [], reason, withheld: null, flagged: true },
    call: null,
  };
}

const restReason =
  'a person ended the series early and goes on with it under this event; once it is deleted, the series is as the table says again';
const abandonedRestReason =
  'a person went on with a series under this event, and the table does not have the series any more; it is left until someone decides';

/** Every key that had a row has numbers for ever: an event of a key without any is of a table that is newer than this one (P34). */
const unheardOfReason =
  'it carries our mark, and the table never heard of its key, so the table may be older than the calendar; it is left until someone decides';

function nameOf(kind: 'orphan' | 'duplicate', ours: boolean): string {
  if (kind === 'orphan') return 'it carries our mark and no row of the table knows it';
  return ours ? 'it is a second event of ours for the same key' : 'it is a copy that carries the mark of another event';
}

function occurrenceItem(occurrence: KeyView['state']['occurrences'][number]): PlanItem {
  const what = occurrence.live ? 'changed' : 'cancelled';
  const when = occurrence.originalStart === null ? '' : ` of ${occurrence.originalStart}`;
  return {
    action: 'none',
    kind: 'occurrence',
    calendar: occurrence.calendar,
    eventId: occurrence.eventId,
    fields: [],
    reason: `a person ${what} the occurrence${when}; the series stays as it is`,
    withheld: null,
    flagged: false,
  };
}

function twinItem(view: KeyView): PlanItem {
  const count = view.state.rowTwins.length;
  const others = count === 1 ? 'another key has' : `${count} other keys have`;
  return {
    action: 'none',
    kind: 'twin',
    calendar: view.row?.spec.calendar ?? '',
    eventId: view.binding?.eventId ?? null,
    fields: [],
    reason: `${others} the same calendar, time and title`,
    withheld: null,
    flagged: true,
  };
}
