/**
 * Rules of the database that a request can meet although the doors before it let it pass: those about other rows, about what this server's
 * PostgreSQL knows, and about a moment that has gone by. Named by constraint, as in docs/sql.md.
 */
import type { ProblemName } from './problem.ts';

interface BrokenRule {
  readonly name: ProblemName;
  /** As the event is written. */
  readonly field: string;
}

const rules: Readonly<Record<string, BrokenRule>> = {
  event_is_cancelled: { name: 'cancelled', field: 'attendees' },
  desired_event_calendar_fkey: { name: 'unknown_calendar', field: 'calendar' },
  desired_event_start_zone_fkey: { name: 'invalid_event', field: 'start.timeZone' },
  desired_event_end_zone_fkey: { name: 'invalid_event', field: 'end.timeZone' },
  end_after_start: { name: 'invalid_event', field: 'end' },
  recurrence_line: { name: 'invalid_event', field: 'recurrence' },
  series_in_one_zone: { name: 'invalid_event', field: 'end.timeZone' },
  series_not_empty: { name: 'invalid_event', field: 'recurrence' },
  attendees_limit: { name: 'invalid_event', field: 'attendees' },
  desired_attendee_person_fkey: { name: 'unknown_person', field: 'attendees' },
  person_has_calendar_address: { name: 'person_without_address', field: 'attendees' },
  address_is_the_persons: { name: 'not_the_persons_address', field: 'attendees' },
  address_is_another_guests: { name: 'not_the_persons_address', field: 'calendarAddress' },
  test_guest_is_allowed: { name: 'conflict', field: 'attendees' },
  namespace_is_permanent: { name: 'conflict', field: 'calendar' },
};

/** Null for a constraint that says nothing particular. */
export function ruleOf(constraint: string): BrokenRule | null {
  return Object.hasOwn(rules, constraint) ? (rules[constraint] ?? null) : null;
}
