import pLimit from 'p-limit';
import { asCalsyncError } from '../core/error.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { observationOf } from '../core/observation.ts';
import { type Settlement, settle } from '../core/settle.ts';
import type { UnsettledIntent } from '../core/state.ts';
import { placeOf } from '../core/state.ts';
import { type Applied, bindEvents, noteApplied, noteMoved, retireBindingTo } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { rerouteMark } from '../store/dirty.ts';
import { outcomeUnknownReason, settleIntent, unsettledIntents } from '../store/intent.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import { withPatience } from './patience.ts';
import { holdLease, observationContext, type Work } from './work.ts';

/**
 * Reads the event of every call whose end nobody knows, and says how it ended. A key whose event cannot be read now stays unsettled.
 * Answers the calendars to which events were found moved.
 */
export async function settleUnknown(work: Work): Promise<readonly string[]> {
  const limit = pLimit(work.engine.settings.concurrency);
  const open = await unsettledIntents(work.engine.db, { calendar: work.lease.calendar });
  const arrivals = await Promise.all(
    open.map((intent) =>
      limit(async () => ((await settleByReading(work, intent)) === 'done' ? intent.destination : null)),
    ),
  );
  return arrivals.filter((calendar) => calendar !== null);
}

/** Why a call that had no effect had none, as its intent keeps it. */
export interface Refusal {
  readonly kind: string;
  readonly reason: string | null;
}

const neverAnswered: Refusal = { kind: 'transient', reason: outcomeUnknownReason };

/**
 * Settles one call by reading its event by id, and says how it ended; null while that cannot be read for a passing reason. Throws what
 * ends the turn.
 */
export async function settleByReading(
  work: Work,
  intent: UnsettledIntent,
  refusal: Refusal = neverAnswered,
): Promise<Settlement | null> {
  const reading = await readBoth(work, intent);
  if (reading === null) return null;
  const { found, atDestination } = reading;
  const settlement = settle(intent, found, atDestination);
  const context = await observationContext(work, [intent.eventId]);
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await settleIntent(tx, intent.id, settlement, settlement === 'done' ? null : refusal);
    // Bound first: what is stored after it is known to be ours.
    if (settlement === 'done') await noteDone(tx, work, intent, reading);
    for (const [calendar, event] of placesOf(intent, reading)) {
      if (event === null) await forgetObservation(tx, calendar, intent.eventId);
      else await storeObservations(tx, calendar, [observationOf(event, context)], work.fullListing, 'read');
    }
  });
  if (found === null) work.notFound.add(placeOf(intent.calendar, intent.eventId));
  return settlement;
}

interface Reading {
  readonly found: GoogleEvent | null;
  readonly atDestination: GoogleEvent | null;
}

async function readBoth(work: Work, intent: UnsettledIntent): Promise<Reading | null> {
  const { calendar, destination, eventId } = intent;
  const read = (place: string) => withPatience(work.engine, () => work.google.getEvent(place, eventId));
  try {
    const found = await read(calendar);
    return {
      found,
      atDestination: destination === null ? null : await readBeside(work, destination, () => read(destination)),
    };
  } catch (thrown) {
    if (thrown instanceof Unreadable || asCalsyncError(thrown).kind === 'transient') return null;
    throw thrown;
  }
}

class Unreadable extends Error {}

/** A destination that cannot be read keeps the call open; it must not end the turn of this calendar. */
async function readBeside<Result>(work: Work, calendar: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (thrown) {
    if (calendar !== work.lease.calendar && asCalsyncError(thrown).kind === 'unavailable') throw new Unreadable();
    throw thrown;
  }
}

function placesOf(intent: UnsettledIntent, { found, atDestination }: Reading): readonly [string, GoogleEvent | null][] {
  const here: [string, GoogleEvent | null] = [intent.calendar, found];
  return intent.destination === null ? [here] : [here, [intent.destination, atDestination]];
}

/** The call had its effect: what its answer would have led to is noted now. */
async function noteDone(tx: Db, work: Work, intent: UnsettledIntent, { found, atDestination }: Reading): Promise<void> {
  const { key, calendar, eventId, incarnation, destination } = intent;
  if (key === null) return;
  switch (intent.kind) {
    case 'create':
      await bindEvents(tx, [{ key, calendar, eventId, incarnation: incarnation ?? 0 }]);
      return noteWritten(tx, work, key, intent, found);
    case 'patch':
      return noteWritten(tx, work, key, intent, found);
    case 'move':
      if (atDestination === null || destination === null) return;
      await noteMoved(tx, key, destination);
      return rerouteMark(tx, key, destination);
    case 'delete':
      return retireBindingTo(tx, key, calendar, eventId);
  }
}

/** Whether the event is exactly as written is for the next plan to say, and which fields were written nobody knows any more. */
async function noteWritten(
  tx: Db,
  work: Work,
  key: string,
  intent: UnsettledIntent,
  found: GoogleEvent | null,
): Promise<void> {
  if (found === null || intent.applied === null) return;
  const applied: Applied = {
    key,
    etag: found.etag ?? '',
    revision: intent.revision ?? 0,
    stated: intent.applied,
    observed: found,
    calendarZone: work.calendarZone,
    written: true,
    exact: false,
    answers: intent.kind === 'create' ? new Set(['start', 'end'] as const) : new Set(),
  };
  await noteApplied(tx, [applied]);
}
