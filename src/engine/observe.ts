import { asCalsyncError, CalsyncError } from '../core/error.ts';
import { observationOf } from '../core/observation.ts';
import type { EventPage } from '../core/ports.ts';
import { placeOf } from '../core/state.ts';
import { judgeVanishing } from '../core/vanishing.ts';
import { beginFullListing, dropSyncToken, listingState, noteListed, noteState } from '../store/calendar-state.ts';
import { dropUnlisted, listingGap, markUnconfirmed, storeObservations } from '../store/mirror.ts';
import { withPatience } from './patience.ts';
import { readEvents } from './read-events.ts';
import { holdLease, observationContext, type Work } from './work.ts';

/**
 * Lists the calendar by its sync token, else whole, and stores what it shows. The token is stored in the transaction of the last page, so
 * it is never ahead of the observations. Answers false when the listing cannot be believed: then nothing may be decided from it.
 */
export async function observe(work: Work): Promise<boolean> {
  const state = await listingState(work.engine.db, work.lease.calendar);
  if (state === null) throw new CalsyncError('invariant', 'the calendar of a turn is not managed');
  work.calendarZone = state.timeZone;
  work.fullListing = state.fullListing;
  if (state.syncToken === null) return listWholeTwice(work);
  try {
    await listPages(work, state.syncToken, state.fullListing);
  } catch (thrown) {
    if (asCalsyncError(thrown).kind !== 'sync_token_expired') throw thrown;
    await dropSyncToken(work.engine.db, work.lease);
    return listWholeTwice(work);
  }
  await markUnconfirmed(work.engine.db, work.lease.calendar, work.engine.settings.graceMs);
  return true;
}

/** A listing that cannot be believed is asked for once more before the calendar is unknown. */
async function listWholeTwice(work: Work): Promise<boolean> {
  try {
    if (await listWhole(work)) return true;
  } catch (thrown) {
    // The token of a page may be refused like that of a listing: there is nothing to go back to but the start.
    if (asCalsyncError(thrown).kind !== 'sync_token_expired') throw thrown;
  }
  return listWhole(work);
}

/** A full listing shows no tombstone for what went while nobody listened: what it leaves out is compared with what was known. */
async function listWhole(work: Work): Promise<boolean> {
  const { engine, lease } = work;
  const listing = await beginFullListing(engine.db, lease);
  const last = await storePages(work, null, listing);
  const gap = await listingGap(engine.db, lease.calendar, listing, engine.settings.graceMs);
  const verdict = judgeVanishing(gap.expected, gap.absent);
  if (verdict.kind === 'suspect' && (await anyIsThere(work, verdict.sample))) {
    const reason = `a full listing left out ${gap.absent.length} of ${gap.expected} events that Google still has`;
    await noteState(engine.db, lease, 'unknown', reason);
    return false;
  }
  await engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await dropUnlisted(tx, lease.calendar, listing, engine.settings.graceMs);
    await noteListed(tx, lease, { ...last, fullListing: listing, nextPullMs: engine.settings.pollMs });
  });
  work.fullListing = listing;
  return true;
}

async function anyIsThere(work: Work, sample: readonly string[]): Promise<boolean> {
  const calendar = work.lease.calendar;
  await readEvents(
    work,
    sample.map((eventId) => ({ calendar, eventId })),
  );
  return sample.some((eventId) => !work.notFound.has(placeOf(calendar, eventId)));
}

async function listPages(work: Work, syncToken: string, listing: number): Promise<void> {
  const { engine, lease } = work;
  let last: EventPage | null = null;
  for await (const page of pages(work, syncToken)) {
    if (last !== null) await storePage(work, last, listing);
    last = page;
  }
  const token = last?.nextSyncToken;
  if (last === null || token === undefined) throw endlessListing();
  const context = await observationContext(
    work,
    last.items.map((event) => event.id),
  );
  const observations = last.items.map((event) => observationOf(event, context));
  await engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await storeObservations(tx, lease.calendar, lastOfEach(observations), listing, 'list');
    const { calendarZone: timeZone, fullListing } = work;
    await noteListed(tx, lease, { syncToken: token, fullListing, timeZone, nextPullMs: engine.settings.pollMs });
  });
}

/** Stores every page; answers what goes with the last one. */
async function storePages(
  work: Work,
  syncToken: string | null,
  listing: number,
): Promise<{ readonly syncToken: string; readonly timeZone: string }> {
  let token: string | undefined;
  for await (const page of pages(work, syncToken)) {
    await storePage(work, page, listing);
    token = page.nextSyncToken;
  }
  if (token === undefined) throw endlessListing();
  return { syncToken: token, timeZone: work.calendarZone };
}

async function storePage(work: Work, page: EventPage, listing: number): Promise<void> {
  const context = await observationContext(
    work,
    page.items.map((event) => event.id),
  );
  const observations = page.items.map((event) => observationOf(event, context));
  await work.engine.db.transaction().execute(async (tx) => {
    await holdLease(tx, work);
    await storeObservations(tx, work.lease.calendar, lastOfEach(observations), listing, 'list');
  });
}

/** A page may name an event twice; the later one is the newer. */
function lastOfEach<Item extends { readonly eventId: string }>(items: readonly Item[]): readonly Item[] {
  return [...new Map(items.map((item) => [item.eventId, item])).values()];
}

/** Every page of a listing, empty ones in the middle too (API facts §1.4). */
async function* pages(work: Work, syncToken: string | null): AsyncGenerator<EventPage> {
  let pageToken: string | undefined;
  for (let count = 0; count < work.engine.settings.mostPagesPerTurn; count += 1) {
    const request = {
      calendar: work.lease.calendar,
      ...(syncToken === null ? {} : { syncToken }),
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const page = await withPatience(work.engine, () => work.google.listEvents(request));
    if (page.timeZone !== undefined) work.calendarZone = page.timeZone;
    yield page;
    if (page.nextPageToken === undefined) return;
    pageToken = page.nextPageToken;
  }
  throw new CalsyncError('transient', 'a listing has more pages than a turn may read', { reason: 'too_many_pages' });
}

function endlessListing(): CalsyncError {
  return new CalsyncError('transient', 'a listing ended without a sync token', { reason: 'no_sync_token' });
}
