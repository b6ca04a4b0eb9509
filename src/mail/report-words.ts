/** The sentences of the report, one place for each kind. */
import type { Fault } from '../core/error.ts';
import type { FieldName } from '../core/stated-event.ts';
import type { CallKind, ReportedCalendar, ReportedFinding, WaitingRow, WorkDone } from './report-data.ts';
import { instantText } from './report-times.ts';

export function findingName(kind: ReportedFinding['kind']): string {
  switch (kind) {
    case 'pending':
      return 'not in Google yet';
    case 'withdrawn':
      return 'withdrawn from the table';
    case 'drift':
      return 'changed in Google';
    case 'conflict':
      return 'changed on both sides';
    case 'deleted':
      return 'deleted in Google';
    case 'moved':
      return 'moved to another calendar';
    case 'missing':
      return 'missing in Google';
    case 'orphan':
      return 'orphan, an event of calsync without a row';
    case 'duplicate':
      return 'duplicate, a copy of an event of calsync';
    case 'lookalike':
      return 'lookalike, the same event, made by someone else';
    case 'contested':
      return 'contested, put back and changed again and again';
    case 'occurrence':
      return 'one occurrence of a series changed in Google';
    case 'twin':
      return 'twin, two keys for the same calendar, time and title';
    case 'zone_rules_differ':
      return 'time zone rules differ';
    case 'rejected':
      return 'refused by Google';
    case 'guest_copies_may_remain':
      return 'cancelled without mail to its guests';
    case 'unreachable':
      return 'guests whose address does not work';
  }
}

/** What a person can do about a difference that waits for one. */
export function decisionText(kind: ReportedFinding['kind']): string {
  switch (kind) {
    case 'drift':
    case 'conflict':
      return 'change the row to what Google shows, change Google back, or give the calendar another --drift policy';
    case 'deleted':
      return 'cancel the row, or give the calendar another --on-delete policy';
    case 'moved':
      return 'move it back in Google, change the calendar of the row, or give the calendar another --on-move policy';
    case 'orphan':
      return 'delete it in Google, or set --orphans delete on the calendar';
    case 'duplicate':
      return 'delete the copy in Google, or set --duplicates delete on the calendar';
    case 'contested':
      return 'find out who changes it, then let calsync try again';
    case 'twin':
      return 'cancel one of the keys, or state allowTwin on one';
    case 'rejected':
      return 'correct the row';
    case 'unreachable':
      return 'correct the address of the guest or of the person, or say that it works: calsync people reachable ADDRESS';
    case 'pending':
    case 'withdrawn':
    case 'lookalike':
    case 'missing':
    case 'occurrence':
    case 'zone_rules_differ':
    case 'guest_copies_may_remain':
      return 'look at all three sides';
  }
}

/** How a difference ended. */
export function endingText(as: 'mended' | 'accepted' | 'gone', by: CallKind | null): string {
  switch (as) {
    case 'accepted':
      return 'Accepted: the table has it so now, or a person decided';
    case 'gone':
      return 'Ended by itself: table and Google agree again';
    case 'mended':
      return by === null ? 'Mended' : `Mended: ${mendingText(by)}`;
  }
}

function mendingText(by: CallKind): string {
  switch (by) {
    case 'create':
      return 'calsync created the event again';
    case 'patch':
      return 'calsync wrote it as the table says';
    case 'move':
      return 'calsync moved it back';
    case 'delete':
      return 'calsync deleted it';
  }
}

/** For whom a row waits, and what that one can do. */
export function waitingText(fault: Fault, row: WaitingRow, calendar: ReportedCalendar): string {
  switch (fault) {
    case 'row':
      return "Waits for the row's author: correct the row, and it is tried again by itself.";
    case 'account':
      return `Waits for the owner of ${calendar.account}: the account or the calendar cannot be used now.`;
    case 'google':
      return `Waits for Google: ${againText(row, calendar)}.`;
    case 'calsync':
      return `Waits for whoever runs calsync: ${againText(row, calendar)}.`;
  }
}

function againText({ parked, againAt }: WaitingRow, calendar: ReportedCalendar): string {
  if (parked) return 'it is parked until the row changes or someone retries it';
  return againAt === null
    ? 'nothing is tried until the row, its policy or a decision changes'
    : `it is tried again by itself at ${instantText(againAt, calendar.timeZone)}`;
}

export function stateText(calendar: ReportedCalendar): string {
  const since = instantText(calendar.stateSince, calendar.timeZone);
  switch (calendar.state) {
    case 'active':
      return 'It is kept equal to the table.';
    case 'unavailable':
      return `It cannot be reached since ${since}; its rows wait.`;
    case 'unknown':
      return `What Google lists cannot be believed since ${since}; nothing is written until it can.`;
    case 'held':
      return `It is held since ${since}: nothing is written until a person decides.`;
  }
}

export function policyText(calendar: ReportedCalendar): string | null {
  switch (calendar.policy) {
    case 'sync':
      return null;
    case 'upsert-only':
      return 'Its policy is upsert-only: nothing is deleted there.';
    case 'create-only':
      return 'Its policy is create-only: nothing is changed or deleted there.';
    case 'observe':
      return 'Its policy is observe: it is read and nothing is written there.';
  }
}

export function doneText(done: WorkDone): string {
  const parts = [
    ...counted(done.created, 'created'),
    ...counted(done.patched, 'patched'),
    ...counted(done.moved, 'moved'),
    ...counted(done.deleted, 'deleted'),
    ...counted(done.recreated, 'created again'),
    ...counted(done.adopted, 'taken into the table'),
  ];
  const broken = done.brokenTurns === 0 ? '' : `, ${done.brokenTurns} of them ended by an error`;
  const turns = `${plural(done.turns, 'turn', 'turns')}${broken}, ${plural(done.apiCalls, 'call', 'calls')} to Google`;
  return `Done since then: ${parts.length === 0 ? 'no change was needed' : parts.join(', ')} (${turns}).`;
}

function counted(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${what}`];
}

export function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function fieldLabel(field: FieldName): string {
  return field === 'summary' ? 'title' : field;
}
