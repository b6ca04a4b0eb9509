/** How events and their guests stand, for many keys in one statement. */
import { sql } from 'kysely';
import { type AttendeeFacts, attendeeCauseOf } from '../core/attendee-status.ts';
import {
  causeOf,
  type EventFacts,
  type EventStatus,
  type Standing,
  standingOf,
  type Told,
} from '../core/event-status.ts';
import type { Db } from './database.ts';

export interface AttendeeStanding extends Standing {
  /** As the row has it, else as it was written. */
  readonly address: string;
}

export interface EventStanding extends Standing {
  readonly key: string;
  readonly generation: number;
  readonly revision: number;
  /** The guests of the row and those still invited, by normal address. */
  readonly attendees: readonly AttendeeStanding[];
}

interface StoredFacts extends EventFacts {
  readonly key: string;
  readonly generation: number;
  readonly revision: number;
  readonly told: Told;
  readonly guests: readonly (AttendeeFacts & { readonly address: string; readonly told: Told })[];
}

/**
 * The status of each key that has a row, a binding or a dirty mark, its guests' included; a key that nothing is known of is absent.
 * Rests on one moment: facts are read in one statement.
 */
export async function readEventStatus(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, EventStanding>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ facts: StoredFacts }>`select calsync.facts_of(${keys}::text[]) as facts`.execute(db);
  return new Map(rows.map(({ facts }) => [facts.key, standingOfEvent(facts)]));
}

/** How many of these keys stand how. */
export async function countStatuses(db: Db, keys: readonly string[]): Promise<Readonly<Record<string, number>>> {
  if (keys.length === 0) return {};
  const { rows } = await sql<{ status: EventStatus; count: number }>`
    select status, count(*) as count from calsync.event_status where key = any(${keys}::text[]) group by status order by status`.execute(
    db,
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

function standingOfEvent(facts: StoredFacts): EventStanding {
  const { key, generation, revision, told, guests } = facts;
  const cause = causeOf(facts);
  const attendees = guests.map((guest) => ({
    address: guest.address,
    ...standingOf(attendeeCauseOf(cause, facts, guest), toldOfGuest(told, guest.told)),
  }));
  return { key, generation, revision, ...standingOf(cause, told), attendees };
}

/** What is recorded of a guest goes before what is recorded of their event. */
function toldOfGuest(event: Told, guest: Told): Told {
  return { ...event, work: { ...event.work, ...guest.work }, address: { ...guest.address } };
}
