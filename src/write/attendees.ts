/** Enrolling and leaving, one guest or many, without touching anyone else's entry. */
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec, PersonSpec } from '../core/event-spec.ts';
import type { Db, Tx } from '../store/database.ts';
import type { StoredEvent } from '../store/desired.ts';
import { type DesiredWrites, writeDesired } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownKey } from './cancel.ts';
import { attendeeChanges } from './changes.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult } from './result.ts';
import { inLockedTransaction } from './write-transaction.ts';

/** A guest by address, or a person by the caller's id. */
export type GuestName = { readonly email: string } | { readonly person: string };

/**
 * A guest to add. What is left out stays as it is for one who is there already. A person with an address: refused where it is not the one of
 * their calendar.
 */
export type Enrolment = (GuestName | { readonly email: string; readonly person: string }) &
  Partial<Pick<AttendeeSpec, 'displayName' | 'optional'>>;

/** Adds guests to an event, or restates what is said of them. Refused for an event that is cancelled. */
export async function addAttendees(
  db: Db,
  key: string,
  enrolments: readonly Enrolment[],
  writer: Writer,
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, async (tx, stored) => {
    if (stored.cancelledAt !== null) return refusal([cancelledProblem(key)]);
    const stated = enrolments.map((enrolment) => completed(enrolment, stored));
    const people = await resolvePeople(tx, [{ ...stored.spec, attendees: stated }], () => stored.spec.attendees);
    if (people.problems.length > 0) return refusal(people.problems);
    const { put } = attendeeChanges(lastOfEach(people.specs[0]?.attendees ?? []), stored.spec.attendees);
    return { kind: 'write', writes: { guests: put.map((attendee) => ({ ...attendee, key })) } };
  });
}

/**
 * Takes guests off an event: addresses in whatever spelling of the mailbox, or people under whatever address they were invited. One who is
 * not on it changes nothing.
 */
export async function removeAttendeesOf(
  db: Db,
  key: string,
  guests: readonly (string | GuestName)[],
  writer: Writer,
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, async (_tx, stored) => {
    const names = guests.map((guest) => (typeof guest === 'string' ? { email: guest } : guest));
    const leaving = names.flatMap((name) => {
      const email = 'email' in name ? name.email : guestNamed(name, stored)?.email;
      return email === undefined ? [] : [{ key, email }];
    });
    return { kind: 'write', writes: { leaving } };
  });
}

/** Of a mailbox that is named twice, in whatever spelling, what is said last. */
function lastOfEach(guests: readonly AttendeeSpec[]): readonly AttendeeSpec[] {
  return [...new Map(guests.map((guest) => [normaliseAddress(guest.email), guest])).values()];
}

function completed(enrolment: Enrolment, stored: StoredEvent): AttendeeSpec | PersonSpec {
  const there = guestNamed(enrolment, stored);
  const role = {
    displayName: enrolment.displayName ?? there?.displayName ?? null,
    optional: enrolment.optional ?? there?.optional ?? false,
  };
  if (!('person' in enrolment)) return { email: there?.email ?? enrolment.email, ...role };
  const { person } = enrolment;
  return 'email' in enrolment ? { email: enrolment.email, person, ...role } : { email: null, person, ...role };
}

function guestNamed(name: GuestName | Enrolment, { spec }: StoredEvent): AttendeeSpec | undefined {
  const same = 'person' in name ? spec.attendees?.find(({ person }) => person === name.person) : undefined;
  if (same !== undefined || !('email' in name)) return same;
  const mailbox = normaliseAddress(name.email);
  return spec.attendees?.find(({ email }) => normaliseAddress(email) === mailbox);
}

type AttendeeDecision =
  | { readonly kind: 'write'; readonly writes: Partial<Pick<DesiredWrites, 'guests' | 'leaving'>> }
  | { readonly kind: 'refused'; readonly problems: readonly WriteProblem[] };

function refusal(problems: readonly WriteProblem[]): AttendeeDecision {
  return { kind: 'refused', problems };
}

async function changeAttendees(
  db: Db,
  key: string,
  writer: Writer,
  decide: (tx: Tx, stored: StoredEvent) => Promise<AttendeeDecision>,
): Promise<WriteResult> {
  return inLockedTransaction(db, writer, [key], async (tx, rows) => {
    const stored = rows.get(key);
    if (stored === undefined) return { kind: 'refused', problems: [unknownKey(key)] };
    const decision = await decide(tx, stored);
    if (decision.kind === 'refused') return decision;
    const { generation, revision } = (await writeDesired(tx, decision.writes)).get(key) ?? stored;
    const kind = revision > stored.revision ? 'changed' : 'unchanged';
    return { kind: 'written', keys: [{ key, generation, revision, kind }] };
  });
}

function cancelledProblem(key: string): WriteProblem {
  return {
    kind: 'cancelled',
    key,
    field: 'attendees',
    message: `the event ${key} is cancelled: nobody can be added to it`,
  };
}
