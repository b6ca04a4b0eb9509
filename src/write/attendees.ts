/** Enrolling and leaving, one guest or many, without touching anyone else's entry. */
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec, PersonSpec } from '../core/event-spec.ts';
import type { Db } from '../store/database.ts';
import type { KeyNumbers, StoredEvent } from '../store/desired.ts';
import type { DesiredWrites } from '../store/desired-writes.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownKey } from './cancel.ts';
import { attendeeChanges } from './changes.ts';
import { expectationProblem, type PutOptions } from './put-decision.ts';
import { resolvePeople } from './resolve-people.ts';
import type { WriteProblem, WriteResult } from './result.ts';
import { decideAndWrite, refusal } from './write-decided.ts';

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
  expected: Pick<PutOptions, 'generation' | 'revision'> = {},
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, expected, async (reader, stored) => {
    if (stored.cancelledAt !== null) return refused([cancelledProblem(key)]);
    const stated = enrolments.map((enrolment) => completed(enrolment, stored));
    const people = await resolvePeople(reader, [{ ...stored.spec, attendees: stated }], () => stored.spec.attendees);
    if (people.problems.length > 0) return refused(people.problems);
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
  expected: Pick<PutOptions, 'generation' | 'revision'> = {},
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, expected, async (_reader, stored) => {
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

function refused(problems: readonly WriteProblem[]): AttendeeDecision {
  return { kind: 'refused', problems };
}

async function changeAttendees(
  db: Db,
  key: string,
  writer: Writer,
  expected: Pick<PutOptions, 'generation' | 'revision'>,
  decide: (db: Db, stored: StoredEvent) => Promise<AttendeeDecision>,
): Promise<WriteResult> {
  return decideAndWrite<WriteResult>(db, writer, {
    keys: [key],
    decide: async (reader, { rows }) => {
      const stored = rows.get(key);
      if (stored === undefined) return refusal(unknownKey(key));
      const moved = expectationProblem(key, stored, expected);
      if (moved !== null) return refusal(moved);
      const decision = await decide(reader, stored);
      if (decision.kind === 'refused') return refusal(...decision.problems);
      const answerOf = (numbers: ReadonlyMap<string, KeyNumbers>) => writtenKey(stored, numbers.get(key) ?? stored);
      const { guests = [], leaving = [] } = decision.writes;
      if (guests.length + leaving.length === 0) return { kind: 'answer', answer: answerOf(new Map()) };
      return { kind: 'write', writes: decision.writes, answerOf };
    },
  });
}

function writtenKey(
  { spec: { key }, revision: before }: StoredEvent,
  { generation, revision }: Pick<KeyNumbers, 'generation' | 'revision'>,
): WriteResult {
  return { kind: 'written', keys: [{ key, generation, revision, kind: revision > before ? 'changed' : 'unchanged' }] };
}

function cancelledProblem(key: string): WriteProblem {
  return {
    kind: 'cancelled',
    key,
    field: 'attendees',
    message: `the event ${key} is cancelled: nobody can be added to it`,
  };
}
