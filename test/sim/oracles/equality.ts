/** Google beside the table, by themselves: what is wished for, what is there, and what is wrong between them. */
import type { JsonObject } from '../../../src/emulator/model.ts';
import type { Site, World } from '../world.ts';
import { liveEvents, markOfEvent } from './google-side.ts';

export interface Wanted {
  readonly key: string;
  readonly calendar: string;
  readonly summary: string | null;
  readonly location: string | null;
  /** Of an hour its instants, of whole days their dates. */
  readonly starts: string;
  readonly ends: string;
  readonly recurrence: readonly string[] | null;
  readonly guests: readonly string[] | null;
}

interface Row extends Omit<Wanted, 'starts' | 'ends'> {
  readonly starts: Date | null;
  readonly ends: Date | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

/** Every row that is to be in Google. */
export async function wantedOf(site: Site): Promise<readonly Wanted[]> {
  const rows = await site.connection.ask<Row>(
    `select key, calendar, summary, location, recurrence, start_date, end_date,
         calsync.instant(start_local, start_zone, start_offset) as starts, calsync.instant(end_local, end_zone, end_offset) as ends,
         (select array_agg(address order by address) from calsync.desired_attendee guest where guest.key = event.key and state = 'active') as guests
       from calsync.desired_event event where cancelled_at is null order by key`,
  );
  return rows.map(({ starts, ends, start_date, end_date, ...row }) => ({
    ...row,
    starts: start_date ?? starts?.toISOString() ?? '',
    ends: end_date ?? ends?.toISOString() ?? '',
  }));
}

export interface Found {
  readonly key: string;
  readonly calendar: string;
  readonly event: JsonObject;
}

/**
 * Every live event of the installation: by its mark, or bound although a person stripped the mark off, or the rest of a bound series that a
 * person broke off. Occurrences belong to their series.
 */
export async function foundOf(world: World, site: Site): Promise<readonly Found[]> {
  const bindings = await site.connection.ask<{ event_id: string; key: string }>(
    "select event_id, key from calsync.binding where state = 'live' order by key, incarnation",
  );
  const bound = new Map(bindings.map(({ event_id, key }) => [event_id, key]));
  const keyOf = (event: JsonObject): string | undefined => {
    const mark = markOfEvent(event);
    return mark === null
      ? bound.get(String(event.id).replace(/_R\d{8}(T\d{6})?$/, ''))
      : mark.installation === site.database.installation
        ? mark.key
        : undefined;
  };
  return world.calendars.flatMap((calendar) =>
    liveEvents(world, calendar).flatMap((event) => {
      const key = event.recurringEventId === undefined ? keyOf(event) : undefined;
      return key === undefined ? [] : [{ key, calendar, event }];
    }),
  );
}

/** What is wrong between a row and the events of its key, null where they are equal. */
export function problemOf(row: Wanted, found: readonly Found[]): string | null {
  const here = found.filter(({ calendar }) => calendar === row.calendar);
  if (found.length === 0) return 'not in Google';
  if (found.length > 1) return `${found.length} times in Google`;
  const event = here[0]?.event;
  if (event === undefined) return 'on another calendar';
  if (row.summary !== null && event.summary !== row.summary) return 'another title';
  if (row.location !== null && event.location !== row.location) return 'another place';
  if (instantOf(event.start) !== row.starts || instantOf(event.end) !== row.ends) return 'another time';
  if (row.recurrence !== null && String(row.recurrence) !== String(event.recurrence ?? '')) return 'another recurrence';
  const shown = guestsOf(event);
  return (row.guests ?? []).every((guest) => shown.has(guest)) ? null : 'a guest is missing';
}

/** The addresses of an event's guests. */
export function guestsOf(event: JsonObject | undefined): ReadonlySet<string> {
  return new Set(
    (Array.isArray(event?.attendees) ? (event.attendees as JsonObject[]) : []).map(({ email }) => String(email)),
  );
}

function instantOf(time: JsonObject[string] | undefined): string {
  const { dateTime, date } = (time ?? {}) as { dateTime?: string; date?: string };
  return date ?? (dateTime === undefined ? '' : new Date(dateTime).toISOString());
}
