import { CalsyncError } from '../core/error.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { type ObservationContext, observationOf } from '../core/observation.ts';
import type { GoogleReader } from '../core/ports.ts';
import type { OccurrenceSighting, Sighting } from '../core/state.ts';
import type { SightingSource } from '../store/sightings.ts';

export interface LiveListing {
  readonly calendar: string;
  readonly timeZone: string | null;
  readonly events: readonly GoogleEvent[];
}

/** Lists a calendar whole, into memory. `mostPages` bounds it. */
export async function listLive(google: GoogleReader, calendar: string, mostPages: number): Promise<LiveListing> {
  const events = new Map<string, GoogleEvent>();
  let timeZone: string | null = null;
  let pageToken: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const page = await google.listEvents({ calendar, ...(pageToken === undefined ? {} : { pageToken }) });
    for (const event of page.items) events.set(event.id, event);
    timeZone = page.timeZone ?? timeZone;
    if (page.nextPageToken === undefined) return { calendar, timeZone, events: [...events.values()] };
    pageToken = page.nextPageToken;
  }
  throw new CalsyncError('transient', 'the listing has more pages than may be read at once', {
    reason: 'too_many_pages',
  });
}

/** Answers from listings where there is one for the calendar, and from `mirror` for every other calendar. */
export function liveSource(
  listings: readonly LiveListing[],
  mirror: SightingSource,
  contextOf: (listing: LiveListing) => ObservationContext,
  now: number,
): SightingSource {
  const listed = new Set(listings.map(({ calendar }) => calendar));
  const seen = listings.flatMap((listing) => {
    const context = contextOf(listing);
    return listing.events.map((event) => ({
      calendar: listing.calendar,
      event,
      kept: observationOf(event, context),
      context,
    }));
  });
  const masters = seen.filter(({ kept }) => kept.recurringEventId === null);
  const elsewhere = <Item extends { readonly calendar: string }>(items: readonly Item[]) =>
    items.filter(({ calendar }) => !listed.has(calendar));
  return {
    async sightings(eventIds, keys) {
      const [ids, marks] = [new Set(eventIds), new Set(keys)];
      const found = masters.filter(
        ({ kept, context }) =>
          ids.has(kept.eventId) ||
          (kept.restOf !== null && ids.has(kept.restOf)) ||
          (kept.mark?.installation === context.installation && marks.has(kept.mark.key)),
      );
      const live = found.map(({ calendar, kept }): Sighting => {
        const { eventId, etag, mark, body, created, status, restOf } = kept;
        const sighting = {
          calendar,
          eventId,
          etag,
          live: status !== 'cancelled',
          mark,
          event: body,
          created,
          seenAt: now,
        };
        return restOf === null ? sighting : { ...sighting, restOf };
      });
      return [...elsewhere(await mirror.sightings(eventIds, keys)), ...live];
    },
    async occurrences(masterIds) {
      const ids = new Set(masterIds);
      const found = seen.filter(({ kept }) => kept.recurringEventId !== null && ids.has(kept.recurringEventId));
      const live = found.map(({ calendar, kept }): OccurrenceSighting => {
        const { eventId, recurringEventId, originalStart, status } = kept;
        return { calendar, eventId, masterId: recurringEventId, originalStart, live: status !== 'cancelled' };
      });
      return [...elsewhere(await mirror.occurrences(masterIds)), ...live];
    },
    async foreignTwins(fingerprints) {
      const wanted = new Set(fingerprints);
      const live = masters.flatMap(({ calendar, kept }) =>
        kept.fingerprint !== null && wanted.has(kept.fingerprint)
          ? [{ calendar, eventId: kept.eventId, fingerprint: kept.fingerprint }]
          : [],
      );
      return [...elsewhere(await mirror.foreignTwins(fingerprints)), ...live];
    },
  };
}
