/** Enrolling and leaving, one guest or many, without touching anyone else's entry. */
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec, PersonSpec } from '../core/event-spec.ts';
import { putAttendees, removeAttendees } from '../store/attendee.ts';
import type { Db, Tx } from '../store/database.ts';
import { lockDesired, readNumbers, type StoredEvent } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownKey } from './cancel.ts';
import { attendeeChanges } from './changes.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

/** A guest by address, or a person by the caller's id. */
export type GuestName = { readonly email: string } | { readonly person: string };

/** A guest to add. What is left out stays as it is for one who is there already. */
export type Enrolment = GuestName & Partial<Pick<AttendeeSpec, 'displayName' | 'optional'>>;

/** Adds guests to an event, or restates what is said of them. Refused for an event that is cancelled. */
export async function addAttendees(
  db: Db,
  key: string,
  enrolments: readonly Enrolment[],
  writer: Writer,
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, async (tx, stored) => {
    if (stored.cancelledAt !== null) return [cancelledProblem(key)];
    const stated = enrolments.map((enrolment) => completed(enrolment, stored));
    const people = await resolvePeople(tx, [{ ...stored.spec, attendees: stated }], () => stored.spec.attendees);
    if (people.problems.length > 0) return people.problems;
    const { put } = attendeeChanges(people.specs[0]?.attendees ?? [], stored.spec.attendees);
    await putAttendees(
      tx,
      put.map((attendee) => ({ ...attendee, key })),
    );
    return [];
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
  return changeAttendees(db, key, writer, async (tx, stored) => {
    const names = guests.map((guest) => (typeof guest === 'string' ? { email: guest } : guest));
    await removeAttendees(
      tx,
      names.flatMap((name) => {
        const email = 'email' in name ? name.email : guestNamed(name, stored)?.email;
        return email === undefined ? [] : [{ key, email }];
      }),
    );
    return [];
  });
}

function completed(enrolment: Enrolment, stored: StoredEvent): AttendeeSpec | PersonSpec {
  const there = guestNamed(enrolment, stored);
  const role = {
    displayName: enrolment.displayName ?? there?.displayName ?? null,
    optional: enrolment.optional ?? there?.optional ?? false,
  };
  return 'person' in enrolment
    ? { email: null, person: enrolment.person, ...role }
    : { email: there?.email ?? enrolment.email, ...role };
}

function guestNamed(name: GuestName, { spec }: StoredEvent): AttendeeSpec | undefined {
  if ('person' in name) return spec.attendees?.find(({ person }) => person === name.person);
  const mailbox = normaliseAddress(name.email);
  return spec.attendees?.find(({ email }) => normaliseAddress(email) === mailbox);
}

async function changeAttendees(
  db: Db,
  key: string,
  writer: Writer,
  change: (tx: Tx, stored: StoredEvent) => Promise<readonly WriteProblem[]>,
): Promise<WriteResult> {
  return inWriteTransaction(db, writer, async (tx) => {
    const stored = (await lockDesired(tx, [key])).get(key);
    if (stored === undefined) return { kind: 'refused', problems: [unknownKey(key)] };
    const problems = await change(tx, stored);
    if (problems.length > 0) return { kind: 'refused', problems };
    const now = (await readNumbers(tx, [key])).get(key);
    if (now === undefined) return { kind: 'refused', problems: [unknownKey(key)] };
    return { kind: 'written', keys: [{ ...now, kind: now.revision > stored.revision ? 'changed' : 'unchanged' }] };
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
