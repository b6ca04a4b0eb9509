import type { AttendeeSpec, EventFields, EventSpec } from './event-spec.ts';

/** What a row states of its event: the fields that go to Google. It is also what a binding keeps as applied. */
export interface StatedEvent extends EventFields {
  /** Our guests; a guest who is not here is not ours. */
  readonly attendees: readonly AttendeeSpec[];
}

/** Drops what never goes to Google. */
export function statedEventOf(spec: EventSpec): StatedEvent {
  return {
    summary: spec.summary,
    description: spec.description,
    location: spec.location,
    start: spec.start,
    end: spec.end,
    recurrence: spec.recurrence,
    reminders: spec.reminders,
    attendees: (spec.attendees ?? []).map(({ email, displayName, optional }) => ({ email, displayName, optional })),
  };
}

/** Fields in the order in which people read them. `attendees` is compared entry by entry. */
export const fieldNames = [
  'summary',
  'start',
  'end',
  'location',
  'description',
  'recurrence',
  'reminders',
  'attendees',
] as const;

export type FieldName = (typeof fieldNames)[number];
export type ScalarFieldName = Exclude<FieldName, 'attendees'>;
