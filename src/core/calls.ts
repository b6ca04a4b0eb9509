import { hasGuests } from './event-body.ts';
import type { EventSpec } from './event-spec.ts';
import type { FieldDifference } from './field-diff.ts';
import { eventIdFor } from './identity.ts';
import { factsOf, type KeyView } from './key-view.ts';
import { mergeBaseOf } from './merge-base.ts';
import type { CreateCall, DeleteCall, MoveCall, PatchCall } from './plan.ts';
import type { SyncPolicy } from './policy.ts';
import { sendUpdatesOnCreate, sendUpdatesOnDelete, sendUpdatesOnPatch } from './send-updates.ts';
import type { DesiredRow, Sighting } from './state.ts';
import { type FieldName, statedEventOf } from './stated-event.ts';

/** Whether a calendar's policy allows a kind of call. */
export function allows(policy: SyncPolicy, kind: 'create' | 'patch' | 'move' | 'delete'): boolean {
  switch (policy) {
    case 'sync':
      return true;
    case 'upsert-only':
      return kind !== 'delete';
    case 'create-only':
      return kind === 'create';
    case 'observe':
      return false;
  }
}

export function createCall(
  view: KeyView,
  row: DesiredRow,
  incarnation: number,
  cause: CreateCall['cause'],
): CreateCall {
  const stated = statedEventOf(row.spec);
  return {
    kind: 'create',
    key: view.state.key,
    calendar: row.spec.calendar,
    eventId: eventIdFor(view.context.installation, view.state.key, incarnation),
    incarnation,
    stated,
    cause,
    revision: row.revision,
    sendUpdates: sendUpdatesOnCreate(row.spec.sendUpdates, stated.attendees.length),
    repairs: cause === 'new' ? [] : ['*'],
    ...(view.others.length + view.rests.length === 0 ? {} : { beside: true }),
  };
}

/** A patch of the fields that differ and are to be written; `at` is the reading whose etag it sends. */
export function patchCall(
  view: KeyView,
  row: DesiredRow,
  at: Sighting,
  written: readonly FieldDifference[],
  leaveGuests: readonly string[],
): PatchCall {
  const fields = [...new Set(written.map(({ field }) => field))];
  const repaired = written.filter(({ kind }) => kind === 'drift').map(({ field }): FieldName => field);
  return {
    kind: 'patch',
    key: view.state.key,
    calendar: at.calendar,
    eventId: at.eventId,
    etag: at.etag,
    fields,
    stated: statedEventOf(row.spec),
    applied: mergeBaseOf(view, at, factsOf(view, at.calendar)?.timeZone ?? 'UTC')?.stated ?? null,
    observed: at.event ?? { id: at.eventId },
    leaveGuests,
    revision: row.revision,
    sendUpdates: sendUpdatesOnPatch(row.spec.sendUpdates, written),
    repairs: repaired,
  };
}

export function moveCall(view: KeyView, row: DesiredRow, at: Sighting, byHand: boolean): MoveCall {
  return {
    kind: 'move',
    key: view.state.key,
    calendar: at.calendar,
    eventId: at.eventId,
    etag: at.etag,
    destination: row.spec.calendar,
    revision: row.revision,
    sendUpdates: row.spec.sendUpdates ?? 'none',
    repairs: byHand ? ['calendar'] : [],
  };
}

function statedSendUpdates({ state: { desired } }: KeyView): EventSpec['sendUpdates'] {
  return desired.kind === 'absent' ? desired.sendUpdates : desired.row.spec.sendUpdates;
}

export function deleteCall(view: KeyView, at: Sighting, cause: DeleteCall['cause']): DeleteCall {
  return {
    kind: 'delete',
    key: view.state.key,
    calendar: at.calendar,
    eventId: at.eventId,
    etag: at.etag,
    cause,
    applied: at.eventId === view.binding?.eventId ? view.binding.applied : null,
    revision: view.revision,
    sendUpdates: sendUpdatesOnDelete(statedSendUpdates(view), hasGuests(at.event)),
    repairs: [],
  };
}
