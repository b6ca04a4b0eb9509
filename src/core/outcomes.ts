import { allows } from './calls.ts';
import type { Comparison } from './compare.ts';
import { contestedReason } from './compare-items.ts';
import { factsOf, incarnationOf, type KeyView } from './key-view.ts';
import type { Call, HoldWish, ItemKind, Outcome, PlanItem, RecordChange, RowName } from './plan.ts';
import type { HoldKind, Sighting } from './state.ts';

/*
 * How the rows of the truth table say what they decided.
 */

type Details = Partial<Omit<Outcome, 'key' | 'row' | 'status' | 'reason'>>;

/** What a row decides; what it does not name is empty. */
export function outcome(
  view: KeyView,
  row: RowName,
  status: Outcome['status'],
  reason: string,
  details: Details,
): Outcome {
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

/** What comparing a row with its event decides. */
export function compared(
  view: KeyView,
  row: RowName,
  comparison: Comparison,
  records: readonly RecordChange[],
): Outcome {
  return outcome(view, row, comparison.status, comparison.reason, {
    ...comparison,
    records: [...records, ...comparison.records],
  });
}

/** A call, and the line that tells of it; withheld where the policy of its calendar forbids it. */
export function calling(
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

/** Something waits for a person. */
export function held(
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
    case 'rekey':
      return 'withdrawn';
    case 'recreates':
      return 'deleted';
  }
}

/** It was put back too often: nothing more until a person decides. */
export function contested(view: KeyView, name: RowName, calendar: string, eventId: string | null): Outcome {
  const items = [lineOf('none', 'contested', calendar, eventId, contestedReason, { flagged: true })];
  return outcome(view, name, 'out_of_sync', contestedReason, { items });
}

/** One line of a diff that is about the event as a whole. */
export function lineOf(
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

/** The event stands for the key from now on. */
export function bind(view: KeyView, at: Sighting): RecordChange {
  return { kind: 'bind', calendar: at.calendar, eventId: at.eventId, incarnation: incarnationOf(view, at.eventId) };
}
