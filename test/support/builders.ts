// What the plan looks at, one thing at a time: each builder gives a usual state, of which a test states what matters to it.
import type { AttendeeSpec, EventSpec } from '../../src/core/event-spec.ts';
import type { GoogleEvent } from '../../src/core/google-event.ts';
import { eventIdFor, type Mark, markAsProperties } from '../../src/core/identity.ts';
import { hashOfStated, normalFormVersion } from '../../src/core/normal-form.ts';
import type {
  Binding,
  CalendarFacts,
  Desired,
  DesiredRow,
  KeyState,
  PlanContext,
  Sighting,
  UnsettledIntent,
} from '../../src/core/state.ts';
import { type StatedEvent, statedEventOf } from '../../src/core/stated-event.ts';

export const here = 'installation-here';
export const elsewhere = 'installation-elsewhere';
const theKey = 'class-42/slot-7';
/** Two managed calendars of one account. */
export const home = 'home';
export const annex = 'annex';

export const now = Date.parse('2026-11-02T08:00:00Z');
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export function at(local: string, zone = 'Europe/Copenhagen', offset: string | null = null): EventSpec['start'] {
  return { kind: 'time', local, zone, offset };
}

export function on(date: string): EventSpec['start'] {
  return { kind: 'date', date };
}

export function aGuest(email: string, more: Partial<AttendeeSpec> = {}): AttendeeSpec {
  return { email, displayName: null, optional: false, ...more };
}

export function aSpec(spec: Partial<EventSpec> = {}): EventSpec {
  return {
    key: theKey,
    calendar: home,
    schedule: null,
    summary: 'Algebra',
    description: null,
    location: 'Room 5',
    start: at('2026-11-30T10:00:00'),
    end: at('2026-11-30T11:00:00'),
    recurrence: null,
    reminders: null,
    attendees: null,
    labels: {},
    sendUpdates: null,
    allowTwin: false,
    ...spec,
  };
}

export function aStated(spec: Partial<EventSpec> = {}): StatedEvent {
  return statedEventOf(aSpec(spec));
}

function aRow(spec: Partial<EventSpec> = {}, row: Partial<DesiredRow> = {}): DesiredRow {
  const none = { drift: null, onDelete: null, onMove: null };
  return { spec: aSpec(spec), generation: 1, revision: 1, policies: none, ...row };
}

export function aDesired(spec: Partial<EventSpec> = {}, row: Partial<DesiredRow> = {}): Desired {
  return { kind: 'live', row: aRow(spec, row) };
}

export function aCancelled(spec: Partial<EventSpec> = {}, row: Partial<DesiredRow> = {}): Desired {
  return { kind: 'cancelled', row: aRow(spec, row) };
}

export function absent(revision = 1): Desired {
  return { kind: 'absent', revision, sendUpdates: null };
}

export function aMark(mark: Partial<Mark> = {}): Mark {
  return { installation: here, key: theKey, revision: 1, ...mark };
}

export function idOf(incarnation = 0, key = theKey): string {
  return eventIdFor(here, key, incarnation);
}

/** The event that shows what is stated, as a calendar in Copenhagen in winter would give it. */
export function aGoogleEvent(stated: StatedEvent = aStated(), event: Partial<GoogleEvent> = {}): GoogleEvent {
  const timeOf = (time: EventSpec['start']) =>
    time.kind === 'date' ? { date: time.date } : { dateTime: `${time.local}+01:00`, timeZone: time.zone };
  return {
    id: idOf(),
    status: 'confirmed',
    etag: '"1"',
    created: '2026-10-01T08:00:00.000Z',
    start: timeOf(stated.start),
    end: timeOf(stated.end),
    reminders: stated.reminders ?? { useDefault: true },
    ...(stated.summary === null ? {} : { summary: stated.summary }),
    ...(stated.description === null ? {} : { description: stated.description }),
    ...(stated.location === null ? {} : { location: stated.location }),
    ...(stated.recurrence === null ? {} : { recurrence: stated.recurrence }),
    ...(stated.attendees.length === 0
      ? {}
      : {
          attendees: stated.attendees.map(({ email, optional }) => ({
            email,
            optional,
            responseStatus: 'needsAction',
          })),
        }),
    extendedProperties: { private: markAsProperties(aMark()) },
    ...event,
  };
}

/** A live event of ours at home. */
export function aSighting(sighting: Partial<Sighting> = {}): Sighting {
  const eventId = sighting.eventId ?? idOf();
  const etag = sighting.etag ?? '"1"';
  return {
    calendar: home,
    eventId,
    etag,
    live: true,
    mark: aMark(),
    event: sighting.live === false ? null : aGoogleEvent(aStated(), { id: eventId, etag }),
    created: '2026-10-01T08:00:00.000Z',
    seenAt: now - hourMs,
    ...sighting,
  };
}

export function aTombstone(sighting: Partial<Sighting> = {}): Sighting {
  return aSighting({ live: false, mark: null, created: null, ...sighting });
}

/** The event was written as `aSpec` states it, long ago. */
export function aBinding(binding: Partial<Binding> = {}): Binding {
  const applied = binding.applied === undefined ? aStated() : binding.applied;
  return {
    incarnation: 0,
    calendar: home,
    eventId: idOf(binding.incarnation ?? 0),
    state: 'live',
    etag: '"1"',
    applied,
    appliedHash: applied === null ? null : hashOfStated(applied),
    appliedRevision: 1,
    answeredHash: 'as answered',
    answeredStart: null,
    answeredEnd: null,
    hashVersion: normalFormVersion,
    writtenAt: now - dayMs,
    unconfirmedSince: null,
    ...binding,
  };
}

export function anIntent(intent: Partial<UnsettledIntent> = {}): UnsettledIntent {
  return {
    id: 1,
    calendar: home,
    key: theKey,
    kind: 'patch',
    eventId: idOf(),
    incarnation: null,
    etag: '"1"',
    destination: null,
    revision: 1,
    applied: aStated(),
    madeAt: now - hourMs,
    ...intent,
  };
}

/** Nothing but a row. */
export function aKeyState(state: Partial<KeyState> = {}): KeyState {
  return {
    key: theKey,
    desired: aDesired(),
    bindings: [],
    unsettled: null,
    createIntended: false,
    sightings: [],
    notFound: new Set(),
    foreignTwins: [],
    occurrences: [],
    repairs: new Map(),
    contested: new Set(),
    rowTwins: [],
    approved: new Set(),
    deletable: new Set(),
    begun: [],
    undoneDeletes: [],
    kept: new Set(),
    ...state,
  };
}

/** Row, binding and event, all the same. */
export function inSync(state: Partial<KeyState> = {}): KeyState {
  return aKeyState({ bindings: [aBinding()], sightings: [aSighting()], createIntended: true, ...state });
}

export function aCalendar(facts: Partial<CalendarFacts> = {}): CalendarFacts {
  return {
    id: home,
    account: 'owner@example.com',
    timeZone: 'Europe/Copenhagen',
    namespace: 'live',
    freshSince: now,
    beforeClaim: false,
    readable: true,
    deleted: false,
    policy: 'sync',
    drift: 'enforce',
    driftFields: {},
    onDelete: 'recreate',
    onMove: 'flag',
    orphans: 'flag',
    duplicates: 'flag',
    ...facts,
  };
}

/** `home` and `annex`, both with these facts, then those given by themselves. */
export function aContext(facts: Partial<CalendarFacts> = {}, more: readonly CalendarFacts[] = []): PlanContext {
  const calendars = [aCalendar(facts), aCalendar({ ...facts, id: annex }), ...more];
  return {
    now,
    installation: here,
    graceMs: 600_000,
    settledAfterMs: 7 * dayMs,
    calendars: new Map(calendars.map((calendar) => [calendar.id, calendar])),
  };
}
