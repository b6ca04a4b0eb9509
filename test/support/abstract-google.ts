// Google Calendar as far as the plan can tell: events by calendar and id, answered in Google's own form and not as they were sent.
// Addresses come back in lower case, zones under another alias, times in the calendar's zone, texts as HTML; it adds the organizer, a block
// for the conference and default reminders; ids of deleted events are never released.
import type { EventTime } from '../../src/core/event-spec.ts';
import type { GoogleAttendee, GoogleEvent, GoogleEventBody, GoogleEventTime } from '../../src/core/google-event.ts';
import { markOf } from '../../src/core/identity.ts';
import type { Sighting } from '../../src/core/state.ts';
import { formatOffset, resolveWallClock, wallClockAt, wallMsOf } from '../../src/core/wall-clock.ts';

type StoredTime = { readonly date: string } | { readonly epochMs: number; readonly zone: string };
type StoredEvent = Omit<GoogleEvent, 'start' | 'end' | 'etag' | 'created'> & {
  readonly start: StoredTime;
  readonly end: StoredTime;
};
interface Kept {
  readonly event: StoredEvent;
  readonly etag: number;
  readonly created: number;
}

const aliases: Readonly<Record<string, string>> = { 'Asia/Kolkata': 'Asia/Calcutta', 'Europe/Kyiv': 'Europe/Kiev' };
/** Zones for which Google's rules lie an hour east of ours. */
const otherRules: ReadonlySet<string> = new Set(['America/Vancouver']);
const hourMs = 3_600_000;
const conference = '-::~:~::~:~:~::-\nJoin: https://meet.google.com/abc-defg-hij\n-::~:~::~:~:~::-';

export class AbstractGoogle {
  readonly #zones: ReadonlyMap<string, string>;
  readonly #events = new Map<string, Map<string, Kept>>();
  #changes = 0;

  /** `zones`: the zone of each calendar. */
  constructor(zones: ReadonlyMap<string, string>) {
    this.#zones = zones;
    for (const calendar of zones.keys()) this.#events.set(calendar, new Map());
  }

  insert(calendar: string, body: GoogleEventBody & { readonly id: string }): GoogleEvent {
    if (this.#at(calendar).has(body.id)) throw new Error(`409: ${body.id} is taken`);
    const organizer: GoogleAttendee = { email: 'owner@example.com', organizer: true, responseStatus: 'accepted' };
    const event: StoredEvent = {
      ...withTexts(body),
      id: body.id,
      status: 'confirmed',
      start: stored(body.start),
      end: stored(body.end),
      reminders: reminders(body),
      ...(body.attendees === undefined ? {} : { attendees: [organizer, ...body.attendees.map(asGuest)] }),
    } as StoredEvent;
    return this.#keep(calendar, event, this.#changes + 1);
  }

  /** Changes what the body names; `etag` must be the event's. */
  patch(calendar: string, eventId: string, etag: string, body: GoogleEventBody): GoogleEvent {
    const { event, created } = this.#live(calendar, eventId, etag);
    const changed = {
      ...event,
      ...withTexts(body),
      start: body.start === undefined ? event.start : stored(body.start),
      end: body.end === undefined ? event.end : stored(body.end),
      reminders: body.reminders === undefined ? event.reminders : reminders(body),
      attendees: body.attendees === undefined ? event.attendees : body.attendees.map(asGuest),
      extendedProperties: {
        private: { ...event.extendedProperties?.private, ...body.extendedProperties?.private },
      },
    };
    return this.#keep(calendar, changed as unknown as StoredEvent, created);
  }

  move(calendar: string, eventId: string, etag: string, destination: string): void {
    const { event, created } = this.#live(calendar, eventId, etag);
    this.#keep(calendar, { ...event, status: 'cancelled' }, created);
    this.#keep(destination, event, created);
  }

  delete(calendar: string, eventId: string, etag: string): void {
    const { event, created } = this.#live(calendar, eventId, etag);
    this.#keep(calendar, { ...event, status: 'cancelled' }, created);
  }

  /** As a person would: no etag, and marks go along with a copy. */
  edit(calendar: string, eventId: string, change: (event: StoredEvent) => StoredEvent): void {
    const kept = this.#at(calendar).get(eventId);
    if (kept !== undefined) this.#keep(calendar, change(kept.event), kept.created);
  }

  copy(calendar: string, eventId: string, copyId: string): void {
    const kept = this.#at(calendar).get(eventId);
    if (kept !== undefined) this.#keep(calendar, { ...kept.event, id: copyId }, this.#changes + 1);
  }

  /** The event is lost without a trace. */
  lose(calendar: string, eventId: string): void {
    this.#at(calendar).delete(eventId);
  }

  etagOf(calendar: string, eventId: string): string {
    return etagOf(this.#at(calendar).get(eventId));
  }

  /** What a full listing of every calendar shows, tombstones too. */
  sightings(seenAt: number): readonly Sighting[] {
    return [...this.#events].flatMap(([calendar, events]) =>
      [...events.values()].map((kept) => {
        const event = this.#shown(calendar, kept);
        const live = event.status !== 'cancelled';
        const created = new Date(kept.created).toISOString();
        const body = live ? { event, mark: markOf(event) } : { event: null, mark: null };
        return { calendar, eventId: event.id, etag: etagOf(kept), live, created, seenAt, ...body };
      }),
    );
  }

  #at(calendar: string): Map<string, Kept> {
    const events = this.#events.get(calendar);
    if (events === undefined) throw new Error(`404: ${calendar}`);
    return events;
  }

  #live(calendar: string, eventId: string, etag: string): Kept {
    const kept = this.#at(calendar).get(eventId);
    if (kept === undefined || kept.event.status === 'cancelled') throw new Error(`404 or 410: ${eventId}`);
    if (etagOf(kept) !== etag) throw new Error(`412: ${eventId}`);
    return kept;
  }

  #keep(calendar: string, event: StoredEvent, created: number): GoogleEvent {
    this.#changes += 1;
    const kept = { event, etag: this.#changes, created };
    this.#at(calendar).set(event.id, kept);
    return this.#shown(calendar, kept);
  }

  #shown(calendar: string, kept: Kept): GoogleEvent {
    const zone = this.#zones.get(calendar) ?? 'UTC';
    const { start, end, ...rest } = kept.event;
    const said = Object.entries(rest).filter(
      ([, value]) =>
        value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    );
    const event = Object.fromEntries(said) as unknown as GoogleEvent;
    return { ...event, etag: etagOf(kept), start: rendered(start, zone), end: rendered(end, zone) };
  }
}

function etagOf(kept: Kept | undefined): string {
  return `"${kept?.etag ?? 0}"`;
}

function stored(time: GoogleEventTime | undefined): StoredTime {
  if (typeof time?.date === 'string') return { date: time.date };
  const [, local = '', offset] = /^(.{19})([+-]\d\d:\d\d)?$/.exec(time?.dateTime ?? '') ?? [];
  const zone = time?.timeZone ?? 'UTC';
  return { epochMs: instantOf(local, zone, offset ?? null), zone: aliases[zone] ?? zone };
}

function instantOf(local: string, zone: string, offset: string | null): number {
  return resolveWallClock(local, zone, offset).epochMs - (otherRules.has(zone) ? hourMs : 0);
}

function rendered(time: StoredTime, calendarZone: string): GoogleEventTime {
  if ('date' in time) return { date: time.date };
  const wall = wallClockAt(time.epochMs + (otherRules.has(calendarZone) ? hourMs : 0), calendarZone);
  const offset = formatOffset((wallMsOf(wall) - time.epochMs) / 60_000);
  return { dateTime: `${wall}${offset}`, timeZone: time.zone };
}

/** A time that a person picked, in the form in which it is kept. */
export function picked(time: EventTime): StoredTime {
  return time.kind === 'date' ? { date: time.date } : stored({ dateTime: time.local, timeZone: time.zone });
}

function withTexts(body: GoogleEventBody): GoogleEventBody {
  if (typeof body.description !== 'string' || body.description === '') return body;
  const html = body.description.replaceAll(/&(?![a-z#\d]+;)/gi, '&amp;').replaceAll('\n', '<br>');
  return { ...body, description: `<span>${html}</span>\n${conference}` };
}

function reminders({ reminders: sent }: GoogleEventBody): NonNullable<GoogleEvent['reminders']> {
  if (sent === undefined || sent.useDefault === true) return { useDefault: true };
  return {
    useDefault: false,
    ...((sent.overrides?.length ?? 0) > 0 ? { overrides: sent.overrides?.toReversed() ?? [] } : {}),
  };
}

function asGuest(entry: GoogleAttendee): GoogleAttendee {
  return { ...entry, email: (entry.email ?? '').toLowerCase(), responseStatus: entry.responseStatus ?? 'needsAction' };
}
