/** Enrolling and leaving, one guest or many, without touching anyone else's entry. */
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec } from '../core/event-spec.ts';
import { putAttendees, removeAttendees } from '../store/attendee.ts';
import type { Db, Tx } from '../store/database.ts';
import { lockDesired, readNumbers, type StoredEvent } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownKey } from './cancel.ts';
import { attendeeChanges } from './changes.ts';
import type { WriteProblem, WriteResult } from './result.ts';
import { inWriteTransaction } from './write-transaction.ts';

/** A guest to add. What is left out stays as it is for one who is there already. */
export type Enrolment = Pick<AttendeeSpec, 'email'> & Partial<AttendeeSpec>;

/** Adds guests to an event, or restates what is said of them. Refused for an event that is cancelled. */
export async function addAttendees(
  db: Db,
  key: string,
  enrolments: readonly Enrolment[],
  writer: Writer,
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, async (tx, stored) => {
    if (stored.cancelledAt !== null) return cancelledProblem(key);
    const { put } = attendeeChanges(
      enrolments.map((enrolment) => completed(enrolment, stored)),
      stored.spec.attendees,
    );
    await putAttendees(
      tx,
      put.map((attendee) => ({ ...attendee, key })),
    );
    return null;
  });
}

/** Takes addresses off an event, in whatever spelling of the mailbox. One who is not on it changes nothing. */
export async function removeAttendeesOf(
  db: Db,
  key: string,
  addresses: readonly string[],
  writer: Writer,
): Promise<WriteResult> {
  return changeAttendees(db, key, writer, async (tx) => {
    await removeAttendees(
      tx,
      addresses.map((email) => ({ key, email })),
    );
    return null;
  });
}

function completed(enrolment: Enrolment, stored: StoredEvent): AttendeeSpec {
  const mailbox = normaliseAddress(enrolment.email);
  const there = stored.spec.attendees?.find((attendee) => normaliseAddress(attendee.email) === mailbox);
  return {
    email: there?.email ?? enrolment.email,
    displayName: enrolment.displayName ?? there?.displayName ?? null,
    optional: enrolment.optional ?? there?.optional ?? false,
  };
}

async function changeAttendees(
  db: Db,
  key: string,
  writer: Writer,
  change: (tx: Tx, stored: StoredEvent) => Promise<WriteProblem | null>,
): Promise<WriteResult> {
  return inWriteTransaction(db, writer, async (tx) => {
    const stored = (await lockDesired(tx, [key])).get(key);
    if (stored === undefined) return { kind: 'refused', problems: [unknownKey(key)] };
    const problem = await change(tx, stored);
    if (problem !== null) return { kind: 'refused', problems: [problem] };
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
