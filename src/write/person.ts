/** People: who they are to the caller, and where they are invited. A new calendar address takes what lies ahead with it. */

import { normaliseAddress, parseAddress } from '../core/address.ts';
import { CalsyncError } from '../core/error.ts';
import { personId, personName } from '../core/spec-schema.ts';
import type { Db, Tx } from '../store/database.ts';
import {
  lockEventsOfPerson,
  type Person,
  readPeople,
  upsertPerson,
  writeCalendarAddress,
  writeLoginAddresses,
} from '../store/person.ts';
import type { Writer } from '../store/transaction.ts';
import { asViolation } from '../store/violation.ts';
import { inWriteTransaction } from './write-transaction.ts';

/** What is not stated stays as it is. */
export interface PersonFacts {
  /** The caller's permanent id, 1 to 256 bytes. */
  readonly id: string;
  readonly displayName?: string | null;
  /** Where invitations go; null: nowhere from now on, and what was written stays. */
  readonly calendarAddress?: string | null;
  /** All addresses with which the person signs in. They are never invited for that. */
  readonly loginAddresses?: readonly string[];
}

/** The rule of the database that an address, as that of a calendar or of a login, belongs to one person. */
const addressOfOnePerson = 'address_of_one_person';

/**
 * Makes a person known, or changes what is stated of one. Answers the person as they are then. A new calendar address moves every
 * invitation to an event that is not cancelled and lies ahead, in the same transaction and with one revision an event; at an event that
 * has the new address already the two become one. Throws `usage` for an id or address that cannot be one, or that is another person's
 * (reason `address_of_one_person`).
 */
export async function putPerson(db: Db, facts: PersonFacts, writer: Writer): Promise<Person> {
  const stated = checked(facts);
  return inWriteTransaction(db, writer, async (tx) => {
    await lockEventsOfPerson(tx, stated.id);
    await upsertPerson(tx, stated.id, stated.displayName);
    const { calendarAddress, loginAddresses } = stated;
    if (calendarAddress !== undefined)
      await ofOnePerson('calendarAddress', writeCalendarAddress(tx, stated.id, calendarAddress));
    if (loginAddresses !== undefined)
      await ofOnePerson('loginAddresses', writeLoginAddresses(tx, stated.id, loginAddresses));
    return requirePerson(tx, stated.id);
  });
}

/** The same for the calendar address alone. Throws `usage` with reason `unknown_person` for somebody whom nobody put. */
export async function setCalendarAddress(db: Db, id: string, address: string | null, writer: Writer): Promise<Person> {
  const stated = checked({ id, calendarAddress: address });
  return inWriteTransaction(db, writer, async (tx) => {
    await requirePerson(tx, stated.id);
    await lockEventsOfPerson(tx, stated.id);
    await ofOnePerson('calendarAddress', writeCalendarAddress(tx, stated.id, stated.calendarAddress ?? null));
    return requirePerson(tx, stated.id);
  });
}

/** Says of an address that is somebody else's what to do about it (docs/decisions/0012-one-calendar-one-person.md). */
async function ofOnePerson(field: 'calendarAddress' | 'loginAddresses', written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (thrown) {
    const refused = asViolation(thrown);
    if (!(refused instanceof CalsyncError) || refused.reason !== addressOfOnePerson) throw thrown;
    const what =
      field === 'calendarAddress'
        ? 'is that of another person already: one invitation cannot stand for two. Leave it out, and invite whoever shares it by address'
        : 'has one of another person: an address signs in one person';
    throw new CalsyncError('usage', `${field} ${what}`, { reason: addressOfOnePerson, cause: thrown });
  }
}

async function requirePerson(tx: Tx, id: string): Promise<Person> {
  const [person] = await readPeople(tx, { ids: [id] });
  if (person !== undefined) return person;
  throw new CalsyncError('usage', `there is no person ${id}: put them first`, { reason: 'unknown_person' });
}

function checked(facts: PersonFacts): PersonFacts {
  const id = personId.safeParse(facts.id);
  if (!id.success) throw refused('id', id.error.issues[0]?.message ?? 'is no id');
  const name = personName.nullish().safeParse(facts.displayName);
  if (!name.success) throw refused('displayName', name.error.issues[0]?.message ?? 'is no name');
  const { calendarAddress, loginAddresses } = facts;
  return {
    ...facts,
    ...(calendarAddress != null && { calendarAddress: addressOf('calendarAddress', calendarAddress) }),
    ...(loginAddresses !== undefined && {
      loginAddresses: distinctMailboxes(
        loginAddresses.map((address, index) => addressOf(`loginAddresses[${index}]`, address)),
      ),
    }),
  };
}

/** Of a mailbox that is named twice, the later spelling. */
function distinctMailboxes(addresses: readonly string[]): readonly string[] {
  return [...new Map(addresses.map((address) => [normaliseAddress(address), address])).values()];
}

function addressOf(field: string, text: string): string {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw refused(field, parsed.problem);
  return parsed.address;
}

function refused(field: string, problem: string): CalsyncError {
  return new CalsyncError('usage', `${field} ${problem}`, { reason: `person.${field.replace(/\[.*/, '')}` });
}
