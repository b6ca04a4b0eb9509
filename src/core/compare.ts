import { normaliseAddress } from './address.ts';
import { allows, patchCall } from './calls.ts';
import { adoptedItems, ignored, type Treated, type Treatment, untouched, writtenItems } from './compare-items.ts';
import { diffFields, type FieldDifference } from './field-diff.ts';
import type { GoogleEvent } from './google-event.ts';
import { factsOf, type KeyView, marksKey } from './key-view.ts';
import { mergeBaseOf } from './merge-base.ts';
import { normalFormVersion } from './normal-form.ts';
import type { DesiredChange, Outcome, PlanItem, RecordChange } from './plan.ts';
import { driftPolicyOf } from './policy.ts';
import type { Binding, CalendarFacts, DesiredRow, Sighting } from './state.ts';
import { statedEventOf } from './stated-event.ts';

/** Rounds of putting a field back in an hour after which it is `contested`. */
const mostRepairsAnHour = 3;

/** The part of an outcome that comes from comparing a row with its event. */
export type Comparison = Pick<Outcome, 'status' | 'reason' | 'items' | 'call' | 'records' | 'desiredChange'> &
  Partial<Pick<Outcome, 'reads'>>;

/** Compares a live row with the live event that stands for it, and says what to do about each field. */
export function compare(view: KeyView, row: DesiredRow, at: Sighting): Comparison {
  const facts = factsOf(view, at.calendar);
  const binding = view.binding;
  if (facts === null || at.event === null) return unreadable(at);
  if (isMarkWrong(view, row, at)) return withMark(view, row, at, facts, at.event);
  if (isKnownEqual(row, at, binding)) return equal(row, at, binding, at.event, []);
  const treated = treatedDifferences(view, row, at, facts, at.event);
  const open = treated.filter(({ treatment }) => treatment !== 'ignore');
  if (open.length === 0) return equal(row, at, binding, at.event, ignored(treated, at));
  return differing(view, row, at, facts, treated);
}

/** A person decided that the event is this row's although its mark says otherwise: only then is a mark a reason to write. */
function isMarkWrong(view: KeyView, row: DesiredRow, at: Sighting): boolean {
  const { state, context, binding } = view;
  if (at.mark === null) return false;
  if (at.mark.installation !== context.installation) return state.approved.has('mark_taken');
  // A key that was changed by `rekey`: bound, and not written since.
  if (at.mark.key !== state.key) return binding !== null && binding.etag === null && binding.eventId === at.eventId;
  return isPutThrough(view, row, at);
}

/** A newer table wrote the event, and a person decided that this one goes through: what differs is our own doing, and no drift. */
function isPutThrough({ state, context }: KeyView, row: DesiredRow, at: Sighting): boolean {
  if (!state.approved.has('table_older') || !marksKey(at, state, context)) return false;
  return (at.mark?.revision ?? 0) > row.revision;
}

/** Writes what differs, and the mark with it; where nothing does, or nothing is to be written, the mark alone. */
function withMark(
  view: KeyView,
  row: DesiredRow,
  at: Sighting,
  facts: CalendarFacts,
  observed: GoogleEvent,
): Comparison {
  const treated = treatedDifferences(view, row, at, facts, observed);
  if (treated.some(({ treatment }) => treatment === 'write')) return differing(view, row, at, facts, treated);
  const allowed = allows(facts.policy, 'patch');
  const reason = 'a person decided that the event is ours; our mark is put back';
  return {
    status: 'pending',
    reason,
    items: [
      {
        action: 'patch',
        kind: 'pending',
        calendar: at.calendar,
        eventId: at.eventId,
        fields: [],
        reason,
        withheld: allowed ? null : 'policy',
        flagged: false,
      },
      ...untouched(treated, at),
    ],
    call: allowed ? patchCall(view, row, at, [], []) : null,
    records: [],
    desiredChange: null,
  };
}

/** A listing showed it while it did not look like ours, so its content was not kept: it is read by id. */
function unreadable({ calendar, eventId }: Sighting): Comparison {
  return {
    status: 'unknown',
    reason: 'the event was seen without its content',
    items: [],
    call: null,
    records: [],
    desiredChange: null,
    reads: [{ calendar, eventId }],
  };
}

/** Found equal in every field before, and neither side has moved since. */
function isKnownEqual(row: DesiredRow, at: Sighting, binding: Binding | null): boolean {
  return isRecorded(row, at, binding) && binding?.answeredHash !== null;
}

/** Whether the binding already says which row and which version of the event it goes with. */
function isRecorded(row: DesiredRow, at: Sighting, binding: Binding | null): boolean {
  if (binding === null || binding.applied === null || binding.hashVersion !== normalFormVersion) return false;
  if (binding.calendar !== at.calendar || binding.eventId !== at.eventId) return false;
  return binding.appliedRevision === row.revision && binding.etag === at.etag;
}

/** What differs, field by field, and what is to be done about each. */
function treatedDifferences(
  view: KeyView,
  row: DesiredRow,
  at: Sighting,
  facts: CalendarFacts,
  observed: GoogleEvent,
): readonly Treated[] {
  const differences = diffFields(
    statedEventOf(row.spec),
    mergeBaseOf(view, at, facts.timeZone),
    observed,
    facts.timeZone,
  );
  return differences.map((difference) => ({ ...difference, treatment: treat(difference, view, row, at, facts) }));
}

function treat(
  difference: FieldDifference,
  view: KeyView,
  row: DesiredRow,
  at: Sighting,
  facts: CalendarFacts,
): Treatment {
  const write = isBrokenOff(difference, view) ? 'broken_off' : 'write';
  switch (difference.kind) {
    case 'zone_rules_differ':
      return 'ignore';
    case 'pending':
    case 'conflict':
      return write;
    case 'drift': {
      if (isPutThrough(view, row, at)) return write;
      const policy = driftPolicyOf(difference.field, facts, row.policies);
      return policy !== 'enforce' ? policy : isContested(view, difference.field) ? 'contested' : write;
    }
  }
}

/** While the rest of a series stands under another event, the pattern is not put back: every later date would be there twice (P17). */
function isBrokenOff({ field }: FieldDifference, view: KeyView): boolean {
  return field === 'recurrence' && view.rests.length > 0;
}

/** Whether putting this back has been tried so often that a person has to decide. */
export function isContested(view: KeyView, what: string): boolean {
  return view.state.contested.has(what) || (view.state.repairs.get(what) ?? 0) >= mostRepairsAnHour;
}

/** `items` are differences that count as in sync: they are listed, and keep the comparison from being skipped the next time. */
function equal(
  row: DesiredRow,
  at: Sighting,
  binding: Binding | null,
  observed: GoogleEvent,
  items: readonly PlanItem[],
): Comparison {
  const exact = items.length === 0;
  const recorded = isRecorded(row, at, binding) && (binding?.answeredHash !== null) === exact;
  const record: RecordChange = {
    kind: 'in_sync',
    exact,
    etag: at.etag,
    revision: row.revision,
    stated: statedEventOf(row.spec),
    observed,
  };
  return {
    status: 'in_sync',
    reason: 'Google shows what the table says',
    items,
    call: null,
    records: recorded ? [] : [record],
    desiredChange: null,
  };
}

function differing(
  view: KeyView,
  row: DesiredRow,
  at: Sighting,
  facts: CalendarFacts,
  treated: readonly Treated[],
): Comparison {
  const by = (treatment: Treatment) => treated.filter((difference) => difference.treatment === treatment);
  const written = by('write');
  const withheld = written.length > 0 && !allows(facts.policy, 'patch');
  const leave = treated.filter(({ field, treatment }) => field === 'attendees' && treatment !== 'write');
  const items = [
    ...writtenItems(at, written, withheld),
    ...adoptedItems(at, by('adopt'), facts.policy === 'observe'),
    ...untouched(treated, at),
  ];
  const adopt: DesiredChange | null =
    by('adopt').length === 0 || at.event === null || facts.policy === 'observe'
      ? null
      : { kind: 'adopt', fields: by('adopt').map(({ field }) => field), observed: at.event };
  const pending = written.some(({ kind }) => kind !== 'drift');
  return {
    status: pending ? 'pending' : 'out_of_sync',
    reason: items[0]?.reason ?? '',
    items,
    call: written.length === 0 || withheld ? null : patchCall(view, row, at, written, guestsOf(leave)),
    records: [],
    desiredChange: adopt,
  };
}

function guestsOf(differences: readonly FieldDifference[]): readonly string[] {
  return differences.flatMap(({ guests }) => (guests ?? []).map(({ address }) => normaliseAddress(address)));
}
