import { asCalsyncError } from '../core/error.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { observationOf } from '../core/observation.ts';
import { type Settlement, settle } from '../core/settle.ts';
import type { UnsettledIntent } from '../core/state.ts';
import { placeOf } from '../core/state.ts';
import { bindEvent, noteApplied, noteMoved, retireBinding } from '../store/binding.ts';
import type { Db } from '../store/database.ts';
import { rerouteMark } from '../store/dirty.ts';
import { settleIntent, unsettledIntents } from '../store/intent.ts';
import { requireLease } from '../store/lease.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import { withPatience } from './patience.ts';
import { observationContext, type Work } from './work.ts';

/** Reads the event of every call whose end nobody knows, and says how it ended. A key whose event cannot be read now stays unsettled. */
export async function settleUnknown(work: Work): Promise<void> {
  for (const intent of await unsettledIntents(work.engine.db, { calendar: work.lease.calendar })) {
    await settleByReading(work, intent);
  }
}

/** Settles one call by reading its event by id. Throws what ends the turn; a passing failure leaves it unsettled. */
export async function settleByReading(work: Work, intent: UnsettledIntent): Promise<void> {
  let found: GoogleEvent | null;
  let atDestination: GoogleEvent | null = null;
  try {
    found = await withPatience(work.engine, () => work.google.getEvent(intent.calendar, intent.eventId));
    const { destination } = intent;
    if (destination !== null) {
      atDestination = await withPatience(work.engine, () => work.google.getEvent(destination, intent.eventId));
    }
  } catch (thrown) {
    if (asCalsyncError(thrown).kind === 'transient') return;
    throw thrown;
  }
  const context = await observationContext(work, [intent.eventId]);
  const settlement = settle(intent, found, atDestination);
  await work.engine.db.transaction().execute(async (tx) => {
    await requireLease(tx, work.lease);
    await settleIntent(
      tx,
      intent.id,
      settlement,
      settlement === 'done' ? null : { kind: 'transient', reason: 'outcome_unknown' },
    );
    // Bound first: what is stored after it is known to be ours.
    await noteSettled(tx, work, intent, settlement, found, atDestination);
    for (const [calendar, event] of [
      [intent.calendar, found],
      [intent.destination, atDestination],
    ] as const) {
      if (calendar === null) continue;
      if (event === null) await forgetObservation(tx, calendar, intent.eventId);
      else await storeObservations(tx, calendar, [observationOf(event, context)], work.fullListing, 'read');
    }
  });
  if (found === null) work.notFound.add(placeOf(intent.calendar, intent.eventId));
}

async function noteSettled(
  tx: Db,
  work: Work,
  intent: UnsettledIntent,
  settlement: Settlement,
  found: GoogleEvent | null,
  atDestination: GoogleEvent | null,
): Promise<void> {
  const { key } = intent;
  if (settlement !== 'done' || key === null) return;
  switch (intent.kind) {
    case 'create':
      await bindEvent(tx, key, {
        calendar: intent.calendar,
        eventId: intent.eventId,
        incarnation: intent.incarnation ?? 0,
      });
      await noteWritten(tx, work, key, intent, found);
      return;
    case 'patch':
      await noteWritten(tx, work, key, intent, found);
      return;
    case 'move':
      if (atDestination !== null && intent.destination !== null) {
        await noteMoved(tx, key, intent.destination);
        await rerouteMark(tx, key, intent.destination);
      }
      return;
    case 'delete':
      if (intent.eventId === (await boundEventId(tx, key))) await retireBinding(tx, key);
      return;
  }
}

async function noteWritten(
  tx: Db,
  work: Work,
  key: string,
  intent: UnsettledIntent,
  found: GoogleEvent | null,
): Promise<void> {
  if (found === null || intent.applied === null) return;
  await noteApplied(tx, key, {
    etag: found.etag ?? '',
    revision: intent.revision ?? 0,
    stated: intent.applied,
    observed: found,
    calendarZone: work.calendarZone,
    written: true,
  });
}

async function boundEventId(tx: Db, key: string): Promise<string | null> {
  const row = await tx
    .selectFrom('binding')
    .select('event_id')
    .where('key', '=', key)
    .where('state', 'in', ['live', 'gone'])
    .executeTakeFirst();
  return row?.event_id ?? null;
}
