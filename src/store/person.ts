/** The people whom callers invite, and the addresses by which they are reached and known. */
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

export interface Person {
  /** The caller's own id. */
  readonly id: string;
  readonly displayName: string | null;
  /** Where invitations go; null while nobody said. */
  readonly calendarAddress: string | null;
  /** The addresses with which the person signs in; never invited for that. */
  readonly loginAddresses: readonly string[];
}

/** Where each of these people is invited: an address, or null for one who has none. One whom nobody put is absent. */
export async function calendarAddresses(
  db: Db,
  people: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const { rows } = await sql<{ id: string; address: string | null }>`
    select person.id, home.address from calsync.person
      left join calsync.person_address home on home.person = person.id and home.kind = 'calendar'
      where person.id = any(${people}::text[]) order by person.id`.execute(db);
  return new Map(rows.map(({ id, address }) => [id, address]));
}

/** People by id, in its order; with `after`, those behind it. */
export async function readPeople(
  db: Db,
  which: { readonly ids: readonly string[] } | { readonly after: string | null; readonly limit: number },
): Promise<readonly Person[]> {
  const chosen =
    'ids' in which
      ? sql`person.id = any(${which.ids}::text[])`
      : sql`(${which.after}::text is null or person.id > ${which.after})`;
  const limit = 'ids' in which ? which.ids.length : which.limit;
  const { rows } = await sql<Person>`
    select person.id, person.display_name as "displayName",
        max(known.address) filter (where known.kind = 'calendar') as "calendarAddress",
        coalesce(jsonb_agg(known.address order by known.normal_address) filter (where known.kind = 'login'), '[]') as "loginAddresses"
      from calsync.person left join calsync.person_address known on known.person = person.id
      where ${chosen} group by person.id order by person.id limit ${limit}`.execute(db);
  return rows;
}

/** Who has this address as a login or a calendar address, in any spelling. */
export async function peopleOfAddress(db: Db, address: string): Promise<readonly string[]> {
  const { rows } = await sql<{ person: string }>`
    select distinct person from calsync.person_address
      where normal_address = calsync.normal_address(${address}) order by person`.execute(db);
  return rows.map(({ person }) => person);
}

/** Makes a person known. A name that is not stated stays as it is. */
export async function upsertPerson(tx: Tx, id: string, displayName: string | null | undefined): Promise<void> {
  await sql`
    insert into calsync.person as known (id, display_name) values (${id}, ${displayName ?? null})
      on conflict (id) do update set display_name = excluded.display_name
        where ${displayName !== undefined} and known.display_name is distinct from excluded.display_name`.execute(tx);
}

/**
 * Locks the events ahead at which a person is invited, in key order, before the address is touched: an enrolment locks them first, too, so
 * that the two wait for each other and never block each other.
 */
export async function lockEventsOfPerson(tx: Tx, id: string): Promise<void> {
  await sql`
    select from calsync.desired_event event
      where event.cancelled_at is null and event.key in (select guest.key from calsync.desired_attendee guest where guest.person = ${id})
      order by event.key for no key update`.execute(tx);
}

/** Sets where a person is invited; null: nowhere from now on. What lies ahead follows (trigger `follow_update`). */
export async function writeCalendarAddress(tx: Tx, id: string, address: string | null): Promise<void> {
  if (address === null) {
    await sql`delete from calsync.person_address where person = ${id} and kind = 'calendar'`.execute(tx);
    return;
  }
  await sql`
    insert into calsync.person_address as known (person, kind, address) values (${id}, 'calendar', ${address})
      on conflict (person) where kind = 'calendar' do update set address = excluded.address
        where known.address <> excluded.address`.execute(tx);
}

/** Makes these the person's login addresses, all of them. */
export async function writeLoginAddresses(tx: Tx, id: string, addresses: readonly string[]): Promise<void> {
  await sql`
    delete from calsync.person_address known where known.person = ${id} and known.kind = 'login'
      and not exists (select from unnest(${addresses}::text[]) as stated (address)
        where calsync.normal_address(stated.address) = known.normal_address)`.execute(tx);
  await sql`
    insert into calsync.person_address as known (person, kind, address)
      select ${id}, 'login', stated.address from unnest(${addresses}::text[]) as stated (address) order by stated.address
      on conflict (person, kind, normal_address) do update set address = excluded.address
        where known.address <> excluded.address`.execute(tx);
}
