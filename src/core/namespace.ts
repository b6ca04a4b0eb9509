/*
 * Rows of tests and live rows never meet. The table refuses to bring them together (`calsync.require_namespaces`); this withholds whatever
 * a plan would do about an event that a person took across in Google, or that was left over from another life of its key.
 */
import { factsOf, type KeyView } from './key-view.ts';
import { lineOf } from './outcomes.ts';
import type { Call, Outcome, PlanItem, RecordChange } from './plan.ts';

export type Namespace = 'live' | 'test';

/** Where mail of a namespace may go: that of tests into a file, never to a mail server. */
export function mailRoute(namespace: Namespace, configured: 'smtp' | 'file'): 'smtp' | 'file' {
  return namespace === 'test' ? 'file' : configured;
}

/** The outcome without any call, record or change of the table that leaves the namespace of the key; what is withheld is flagged. */
export function withinNamespace(view: KeyView, outcome: Outcome): Outcome {
  const home = homeOf(view);
  if (home === null) return outcome;
  const leaves = (calendar: string): boolean => (factsOf(view, calendar)?.namespace ?? home) !== home;
  const callLeaves = (call: Call): boolean =>
    leaves(call.calendar) || (call.kind === 'move' && leaves(call.destination));
  const recordLeaves = (record: RecordChange): boolean => record.kind === 'bind' && leaves(record.calendar);
  const change = outcome.desiredChange;
  const changeLeaves = change?.kind === 'follow' && leaves(change.calendar);
  const calls = [outcome.call, ...outcome.leftovers].filter((call): call is Call => call !== null && callLeaves(call));
  const across = [...calls, ...outcome.records.filter(recordLeaves)];
  if (across.length === 0 && !changeLeaves) return outcome;
  const keepsRecords = !outcome.records.some(recordLeaves);
  return {
    ...outcome,
    status: outcome.status === 'cancelling' ? 'cancelling' : 'out_of_sync',
    reason: acrossReason,
    items: across.flatMap((what) => ('eventId' in what ? [acrossItem(what)] : [])),
    call: outcome.call !== null && callLeaves(outcome.call) ? null : outcome.call,
    leftovers: outcome.leftovers.filter((call) => !callLeaves(call)),
    // Records go with the event that they are about: of one that is across, nothing is noted.
    records: keepsRecords ? outcome.records : [],
    desiredChange: changeLeaves ? null : change,
  };
}

const acrossReason = 'its event is on a calendar of the other namespace, where calsync leaves it alone';

function acrossItem({ calendar, eventId }: { readonly calendar: string; readonly eventId: string }): PlanItem {
  return lineOf('none', 'moved', calendar, eventId, acrossReason, { flagged: true });
}

/** The namespace of the row's calendar, else of the one where its event was bound; null for a stray that has neither. */
function homeOf(view: KeyView): Namespace | null {
  const calendar = view.row?.spec.calendar ?? view.binding?.calendar ?? null;
  return calendar === null ? null : (factsOf(view, calendar)?.namespace ?? null);
}
