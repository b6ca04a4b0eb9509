import { createCall, deleteCall } from './calls.ts';
import { isContested } from './compare.ts';
import { hasGuests } from './event-body.ts';
import { factsOf, freeIncarnation, type KeyView } from './key-view.ts';
import { calling, contested, lineOf, outcome } from './outcomes.ts';
import type { Outcome, RecordChange, RowName } from './plan.ts';
import type { DesiredRow, Sighting } from './state.ts';

/*
 * Events that someone deleted, and events that are to be deleted.
 */

/** A person deleted it: recreate, accept or flag. What calsync had asked for itself is no person's wish. */
export function deletedByHand(view: KeyView, row: DesiredRow): Outcome {
  if (wasAskedFor(view)) return recreate(view, 'deleted', row, askedForReason);
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

/** For how long after it was sent a delete may be carried out, although a reading has shown the event untouched. */
const lateMs = 3_600_000;
const askedForReason = 'calsync had asked Google to delete it before the row was back, and that was carried out late';

/** Carried out late, a delete still names the version that it was to delete: once the event has changed, somebody else deleted it. */
function wasAskedFor({ state, binding, fate }: KeyView): boolean {
  if (binding === null || fate?.kind !== 'gone') return false;
  return state.undoneDeletes.some(
    ({ eventId, etag, madeAt }) =>
      eventId === binding.eventId && etag === binding.etag && madeAt > fate.seenAt - lateMs && madeAt <= fate.seenAt,
  );
}

function flagDeleted(view: KeyView, row: DesiredRow, eventId: string | null): Outcome {
  const reason = 'a person deleted it in Google, and the policy is to leave it until someone decides';
  const items = [lineOf('none', 'deleted', row.spec.calendar, eventId, reason, { flagged: true })];
  return outcome(view, 'deleted', 'out_of_sync', reason, { items, records: goneIfLive(view) });
}

/** Creates the event again, as the next incarnation, unless that was done too often. */
export function recreate(view: KeyView, name: RowName, row: DesiredRow, reason: string): Outcome {
  if (isContested(view, '*')) {
    const stopped = contested(view, name, row.spec.calendar, view.binding?.eventId ?? null);
    return { ...stopped, records: goneIfLive(view) };
  }
  const call = createCall(view, row, freeIncarnation(view), 'deleted');
  const planned = calling(view, name, 'pending', call, 'recreate', 'deleted', reason);
  return { ...planned, records: goneIfLive(view) };
}

/** Noted while its tombstone is there to be seen: Google and the mirror forget those. */
function goneIfLive(view: KeyView): readonly RecordChange[] {
  return view.binding?.state === 'live' ? [{ kind: 'gone' }] : [];
}

/** Deletes what is no longer wanted, wherever it lives. */
export function end(view: KeyView, name: RowName, at: Sighting, records: readonly RecordChange[]): Outcome {
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
