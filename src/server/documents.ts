/** The shapes of what is answered. Names are stable: fields are added, not renamed or removed. */
import { z } from '@hono/zod-openapi';
import type { Fault } from '../core/error.ts';
import type { EventStatus } from '../core/event-status.ts';
import { eventSchema } from '../core/spec-schema.ts';
import type { HistoryKind } from '../store/history.ts';

const instant = z.iso.datetime({ offset: true });
const wholeNumber = z.int().min(0);

/** As it is written; what it means is the door's business. */
export const eventInput = eventSchema
  .extend({
    labels: z.record(z.string(), z.string()).nullish(),
  })
  .openapi('EventInput');

export const eventPatchInput = eventInput
  .omit({ key: true, attendees: true })
  .partial()
  .openapi('EventPatch', { description: 'A JSON merge patch (RFC 7396): null makes a field one that is not stated.' });

const role = { displayName: z.string().nullish(), optional: z.boolean().nullish() };

/** A guest whose address stands in the path. */
export const attendeeInput = z.strictObject({ person: z.string().nullish(), ...role }).openapi('AttendeeInput');

/** A person whose id stands in the path. */
export const roleInput = z.strictObject(role).openapi('PersonOnEventInput');

const eventTime = z.strictObject({
  date: z.string().optional(),
  dateTime: z.string().optional(),
  timeZone: z.string().optional(),
});

const attendee = z.strictObject({
  email: z.string(),
  person: z.string().optional(),
  displayName: z.string().optional(),
  optional: z.boolean(),
});

const eventFields = {
  key: z.string(),
  calendar: z.string(),
  schedule: z.string().optional(),
  summary: z.string().optional(),
  description: z.string().optional(),
  location: z.string().optional(),
  start: eventTime,
  end: eventTime,
  attendees: z.array(attendee),
  recurrence: z.array(z.string()).optional(),
  reminders: z
    .strictObject({
      useDefault: z.boolean(),
      overrides: z.array(z.strictObject({ method: z.enum(['email', 'popup']), minutes: wholeNumber })),
    })
    .optional(),
  labels: z.record(z.string(), z.string()),
  sendUpdates: z.enum(['all', 'externalOnly', 'none']).optional(),
  allowTwin: z.boolean(),
  generation: wholeNumber,
  revision: wholeNumber,
  cancelledAt: instant.nullable(),
};

const standing = {
  status: z.enum([
    'pending',
    'in_sync',
    'out_of_sync',
    'unknown',
    'cancelling',
    'cancelled',
    'held',
    'parked',
    'settled',
  ] satisfies EventStatus[]),
  reason: z.string(),
  fault: z.enum(['google', 'account', 'row', 'calsync'] satisfies Fault[]).nullable(),
  since: instant.nullable(),
};

/** What the table says of an event. */
const eventRow = z.strictObject(eventFields).openapi('EventRow');

/** The same, and how it stands. */
export const event = z
  .strictObject({
    ...eventFields,
    attendees: z.array(attendee.extend(standing)),
    leaving: z.array(z.strictObject({ email: z.string(), ...standing })),
    ...standing,
  })
  .openapi('Event');

export const eventPage = z.strictObject({ events: z.array(event), next: z.string().nullable() }).openapi('EventPage');

export const written = z
  .strictObject({
    key: z.string(),
    kind: z.enum(['created', 'changed', 'unchanged', 'cancelled', 'revived', 'restored']),
    generation: wholeNumber,
    revision: wholeNumber,
    warnings: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  })
  .openapi('Written');

const calendar = z
  .strictObject({
    calendar: z.string(),
    account: z.string(),
    summary: z.string(),
    timeZone: z.string(),
    policy: z.enum(['sync', 'upsert-only', 'create-only', 'observe']),
    drift: z.enum(['enforce', 'adopt', 'flag', 'ignore']),
    driftFields: z.record(z.string(), z.string()),
    onDelete: z.enum(['recreate', 'accept', 'flag']),
    onMove: z.enum(['flag', 'move_back', 'follow']),
    orphans: z.enum(['flag', 'delete']),
    duplicates: z.enum(['flag', 'delete']),
    fallback: z.enum(['hold', 'primary']),
    namespace: z.enum(['live', 'test']),
    state: z.enum(['active', 'unavailable', 'unknown', 'held']),
    stateReason: z.string().nullable(),
    stateSince: instant,
    observedAt: instant.nullable(),
  })
  .openapi('Calendar');

export const calendarList = z.strictObject({ calendars: z.array(calendar) }).openapi('CalendarList');

const finding = z
  .strictObject({
    finding: z.int(),
    kind: z.string(),
    calendar: z.string(),
    key: z.string().nullable(),
    eventId: z.string().nullable(),
    fields: z.array(z.unknown()),
    reason: z.string(),
    flagged: z.boolean(),
    openedAt: instant,
    closedAt: instant.nullable(),
    closedAs: z.string().nullable(),
  })
  .openapi('Finding');

export const findingPage = z
  .strictObject({ findings: z.array(finding), next: z.string().nullable() })
  .openapi('FindingPage');

const change = z.strictObject({
  kind: z.enum([
    'inserted',
    'updated',
    'cancelled',
    'revived',
    'withdrawn',
    'rekeyed',
    'attendee_added',
    'attendee_changed',
    'attendee_removed',
    'google_changed',
    'google_deleted',
    'google_answered',
  ] satisfies HistoryKind[]),
  position: wholeNumber.nullable(),
  generation: wholeNumber,
  revision: wholeNumber,
  at: instant,
  actor: z.string(),
  source: z.enum(['caller', 'google', 'calsync']),
  door: z.string(),
  before: z.unknown(),
  after: z.unknown(),
});

const googleCall = z.strictObject({
  kind: z.literal('call'),
  call: z.enum(['create', 'patch', 'move', 'delete']),
  calendar: z.string(),
  eventId: z.string(),
  destination: z.string().nullable(),
  revision: wholeNumber.nullable(),
  at: instant,
  settledAt: instant.nullable(),
  outcome: z.enum(['done', 'not_done', 'overtaken', 'open']),
  error: z.strictObject({ kind: z.string(), reason: z.string().nullable() }).nullable(),
  repairs: z.array(z.string()),
});

export const history = z
  .strictObject({ key: z.string(), entries: z.array(z.union([change, googleCall])), whole: z.boolean() })
  .openapi('History');

export const personInput = z
  .strictObject({
    displayName: z.string().nullable().optional(),
    calendarAddress: z.string().nullable().optional(),
    loginAddresses: z.array(z.string()).max(100).optional(),
  })
  .openapi('PersonInput');

export const person = z
  .strictObject({
    id: z.string(),
    displayName: z.string().nullable(),
    calendarAddress: z.string().nullable(),
    loginAddresses: z.array(z.string()),
  })
  .openapi('Person');

export const bounceInput = z
  .strictObject({ address: z.string(), reason: z.string().optional(), at: instant.optional() })
  .openapi('Bounce');

export const recordedBounce = z
  .strictObject({ address: z.string(), keys: z.array(z.string()) })
  .openapi('RecordedBounce');

export const problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
    current: z.union([eventRow, z.strictObject({ position: wholeNumber }), z.null()]).optional(),
  })
  .openapi('Problem');

export const health = z
  .strictObject({ status: z.enum(['ok', 'closing', 'no_database', 'schema_older', 'schema_newer']) })
  .openapi('Health');
