/** Guests who are named as people get the address that their calendar uses, before anything is compared or written. */
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec, EventSpec, PersonSpec, WrittenEvent } from '../core/event-spec.ts';
import type { Db } from '../store/database.ts';
import { calendarAddresses } from '../store/person.ts';
import type { WriteProblem } from './result.ts';

export interface ResolvedEvents {
  readonly specs: readonly EventSpec[];
  readonly problems: readonly WriteProblem[];
}

type Guest = AttendeeSpec | PersonSpec;

/**
 * The same events with an address for every guest; where one entry names a person and another the address of their calendar, the two are
 * one guest. No query where nobody is named as a person. `stored` is what the rows have: at an event that is over, a person keeps the
 * address of then.
 */
export async function resolvePeople(
  db: Db,
  specs: readonly WrittenEvent[],
  stored: (key: string) => readonly AttendeeSpec[] | null,
): Promise<ResolvedEvents> {
  const people = specs.flatMap(({ attendees }) => (attendees ?? []).flatMap(({ person }) => person ?? []));
  const known =
    people.length === 0 ? new Map<string, string | null>() : await calendarAddresses(db, [...new Set(people)]);
  const resolved = specs.map((spec) => resolveEvent(spec, known, stored(spec.key) ?? []));
  return {
    specs: resolved.flatMap(({ specs }) => specs),
    problems: resolved.flatMap(({ problems }) => problems),
  };
}

function resolveEvent(
  spec: WrittenEvent,
  known: ReadonlyMap<string, string | null>,
  stored: readonly AttendeeSpec[],
): ResolvedEvents {
  const { attendees } = spec;
  if (attendees === null) return { specs: [{ ...spec, attendees }], problems: [] };
  const addresses = attendees.map((guest) => addressOf(guest, known, stored));
  const problems = addresses.flatMap((address, index): readonly WriteProblem[] => {
    const guest = attendees[index];
    return typeof address === 'string' || guest === undefined ? [] : [problemOf(spec.key, index, guest, address.kind)];
  });
  const guests = attendees.flatMap((guest, index): readonly AttendeeSpec[] => {
    const email = addresses[index];
    return typeof email === 'string' ? [{ ...guest, email }] : [];
  });
  const taken = problems.length === 0 ? takenProblems(spec.key, guests) : [];
  return { specs: [{ ...spec, attendees: withoutTwice(guests) }], problems: [...problems, ...taken] };
}

/** At an event that is over a person keeps the address of then, which may be somebody else's by now. */
function takenProblems(key: string, guests: readonly AttendeeSpec[]): readonly WriteProblem[] {
  const byMailbox = new Map<string, string>();
  return guests.flatMap(({ email, person }, index): readonly WriteProblem[] => {
    if (person === undefined) return [];
    const first = byMailbox.get(normaliseAddress(email));
    byMailbox.set(normaliseAddress(email), first ?? person);
    if (first === undefined || first === person) return [];
    const message = `the person ${first} has this address at the event already: one entry cannot stand for two`;
    return [{ kind: 'not_the_persons_address', key, field: `attendees[${index}].person`, message }];
  });
}

type Unresolved = { readonly kind: 'unknown_person' | 'person_without_address' | 'not_the_persons_address' };

function addressOf(
  guest: Guest,
  known: ReadonlyMap<string, string | null>,
  stored: readonly AttendeeSpec[],
): string | Unresolved {
  if (guest.email !== null && guest.person === undefined) return guest.email;
  const there = stored.find(({ person }) => person !== undefined && person === guest.person)?.email;
  const home = known.get(guest.person ?? '');
  if (home === undefined) return { kind: 'unknown_person' };
  const address = there ?? home;
  if (address === null) return { kind: 'person_without_address' };
  const isOther = guest.email !== null && normaliseAddress(guest.email) !== normaliseAddress(address);
  return isOther ? { kind: 'not_the_persons_address' } : address;
}

function problemOf(key: string, index: number, guest: Guest, kind: Unresolved['kind']): WriteProblem {
  const field = `attendees[${index}].${kind === 'not_the_persons_address' ? 'email' : 'person'}`;
  return { kind, key, field, message: messageOf(guest.person ?? '', kind) };
}

function messageOf(person: string, kind: Unresolved['kind']): string {
  switch (kind) {
    case 'unknown_person':
      return `there is no person ${person}: put them first (\`calsync people put\`)`;
    case 'person_without_address':
      return `the person ${person} has no calendar address: say which one their calendar uses (\`calsync people put\`)`;
    case 'not_the_persons_address':
      return `the address is not the one that the calendar of the person ${person} uses: leave the address out`;
  }
}

/** A person's entry is worth more than one of the same mailbox by address. */
function withoutTwice(guests: readonly AttendeeSpec[]): readonly AttendeeSpec[] {
  const ofPeople = new Set(
    guests.filter(({ person }) => person !== undefined).map(({ email }) => normaliseAddress(email)),
  );
  return ofPeople.size === 0
    ? guests
    : guests.filter(({ person, email }) => person !== undefined || !ofPeople.has(normaliseAddress(email)));
}
