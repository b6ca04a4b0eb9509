import pLimit from 'p-limit';
import { asCalsyncError } from '../core/error.ts';
import { observationOf } from '../core/observation.ts';
import { placeOf } from '../core/state.ts';
import { forgetObservation, storeObservations } from '../store/mirror.ts';
import { withPatience } from './patience.ts';
import { holdLease, isSpent, observationContext, type Work } from './work.ts';

export interface Place {
  readonly calendar: string;
  readonly eventId: string;
}

/** Reads events by id and stores what was found; a 404 is remembered for this turn. What a spent turn does not read stays unknown. */
export async function readEvents(work: Work, places: readonly Place[]): Promise<void> {
  const limit = pLimit(work.engine.settings.concurrency);
  const distinct = [...new Map(places.map((place) => [placeOf(place.calendar, place.eventId), place])).values()];
  await Promise.all(distinct.map((place) => limit(async () => (isSpent(work) ? undefined : readEvent(work, place)))));
}

async function readEvent(work: Work, { calendar, eventId }: Place): Promise<void> {
  const { engine, lease } = work;
  const event = await withPatience(engine, () => work.google.getEvent(calendar, eventId)).catch((thrown) => {
    // A calendar beside the turn's own that cannot be read says nothing about the event, and must not end the turn.
    if (calendar !== lease.calendar && asCalsyncError(thrown).kind === 'unavailable') return undefined;
    throw thrown;
  });
  if (event === undefined) return;
  const context = event === null ? null : await observationContext(work, [event.id]);
  await engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    if (event === null || context === null) await forgetObservation(tx, calendar, eventId);
    else await storeObservations(tx, calendar, [observationOf(event, context)], work.fullListing, 'read');
  });
  if (event === null) work.notFound.add(placeOf(calendar, eventId));
  else work.notFound.delete(placeOf(calendar, eventId));
}
