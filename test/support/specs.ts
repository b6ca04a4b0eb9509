import type { EventSpec } from '../../src/core/event-spec.ts';
import type { Writer } from '../../src/store/transaction.ts';

/** A class of one hour on the calendar `classes`. */
export function aSpec(stated: Partial<EventSpec> & Pick<EventSpec, 'key'>): EventSpec {
  return {
    calendar: 'classes',
    schedule: null,
    summary: stated.key,
    description: null,
    location: null,
    start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null },
    end: { kind: 'time', local: '2026-11-30T11:00:00', zone: 'Europe/Copenhagen', offset: null },
    recurrence: null,
    reminders: null,
    attendees: null,
    labels: {},
    sendUpdates: null,
    allowTwin: false,
    ...stated,
  };
}

export function aGuest(email: string, displayName: string | null = null) {
  return { email, displayName, optional: false };
}

export const ada: Writer = { actor: 'ada', door: 'typescript', source: 'caller' };
