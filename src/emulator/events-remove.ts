import { type Act, putRow } from './act.ts';
import { apiError, badParameter, badRequest } from './api-error.ts';
import { checkEtag } from './conditional.ts';
import { findEvent } from './events-find.ts';
import { declineByDeleting, spreadToGuests } from './guest-copies.ts';
import { mailGuests, type SendUpdates } from './mailings.ts';
import type { Actor, EventDraft, EventRow } from './model.ts';
import type { StoredCalendar } from './state.ts';

export interface RemoveRequest {
  readonly eventId: string;
  readonly ifMatch: string | undefined;
  readonly sendUpdates: SendUpdates;
}

/** events.delete: 404 never existed, 410 `deleted` already gone, 412 stale. A series takes its exceptions along. */
export function deleteEvent(act: Act, calendar: StoredCalendar, request: RemoveRequest): void {
  const row = findEvent(act.state, calendar, request.eventId);
  if (row.status === 'cancelled') throw apiError('deleted');
  checkEtag(row.etag, request.ifMatch);
  const gone = cancel(act, calendar, row);
  for (const id of calendar.events.exceptionsOf(row.id)) {
    const exception = calendar.events.get(id);
    if (exception !== undefined && exception.status !== 'cancelled') cancel(act, calendar, exception);
  }
  if (row.copyOf !== undefined) {
    declineByDeleting(act, calendar, row);
    return;
  }
  spreadToGuests(act, calendar, row, gone, request.sendUpdates);
  mailGuests(act, calendar, 'delete', request.sendUpdates, gone, row);
}

/**
 * events.move: the event goes to the destination under its id, the source keeps a bare stub (§1.3, §3.4).
 * Answers with the stub, whose status is `cancelled`, as measured.
 */
export function moveEvent(
  act: Act,
  source: StoredCalendar,
  destination: StoredCalendar,
  request: RemoveRequest,
): EventRow {
  const row = findEvent(act.state, source, request.eventId);
  if (row.status === 'cancelled') throw apiError('deleted');
  checkEtag(row.etag, request.ifMatch);
  if (source === destination) throw badParameter('destination');
  if (row.eventType !== 'default' || row.recurringEventId !== undefined) {
    throw badRequest('invalid', 'This event cannot be moved.');
  }
  if (row.copyOf !== undefined) throw apiError('forbiddenForNonOrganizer');
  const parts = [row, ...exceptionRows(source, row.id)];
  for (const part of parts) checkRoom(act, destination, part.id);
  for (const part of parts) transfer(act, source, destination, part);
  mailGuests(act, source, 'update', request.sendUpdates, row, row);
  const stub = source.events.get(row.id);
  if (stub === undefined) throw apiError('backendError');
  return { ...row, status: 'cancelled', etag: stub.etag, updatedMs: stub.updatedMs };
}

function cancel(act: Act, calendar: StoredCalendar, row: EventRow): EventRow {
  return putRow(act, calendar, { ...row, status: 'cancelled', updatedMs: act.state.now() });
}

function* exceptionRows(calendar: StoredCalendar, masterId: string): Generator<EventRow> {
  for (const id of calendar.events.exceptionsOf(masterId)) {
    const row = calendar.events.get(id);
    if (row !== undefined) yield row;
  }
}

function checkRoom({ state }: Act, destination: StoredCalendar, id: string): void {
  const there = destination.events.get(id);
  if (there === undefined) return;
  if (there.copyOf !== undefined && there.status !== 'cancelled') {
    if (state.switches.moveOntoGuestCopy === 'duplicate') throw apiError('duplicate');
    return;
  }
  if (there.status !== 'cancelled' || state.switches.moveOntoTombstone === 'duplicate') throw apiError('duplicate');
}

function transfer(act: Act, source: StoredCalendar, destination: StoredCalendar, row: EventRow): void {
  const now = act.state.now();
  const { stub: _, ...moved }: EventDraft = row;
  const put = putRow(act, destination, { ...moved, organizer: organizerOn(destination, act), updatedMs: now });
  putRow(act, source, { ...row, status: 'cancelled', stub: true, updatedMs: now });
  // The copies follow; a source whose owner is a guest gets one in place of its stub (§1.3).
  if (put.status !== 'cancelled') spreadToGuests(act, destination, undefined, put, 'none');
}

function organizerOn({ row }: StoredCalendar, { state }: Act): Actor {
  const displayName = row.primary ? state.accounts.get(row.id)?.displayName : row.summary;
  return displayName === undefined ? { email: row.id } : { email: row.id, displayName };
}
