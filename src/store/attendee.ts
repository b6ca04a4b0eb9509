/** The attendee rows. One statement is one revision of each event that it touches. */
import { sql } from 'kysely';
import type { AttendeeSpec } from '../core/event-spec.ts';
import type { Tx } from './database.ts';

export interface AttendeeOfKey extends AttendeeSpec {
  readonly key: string;
}

/**
 * Adds attendees, and sets name and optionality of those who are there. One who is there as stated is left alone. A person gets the
 * address that their calendar has by now; without one, or where nobody knows the person any more, the stated address stands.
 * The database refuses an attendee of a cancelled event (constraint `event_is_cancelled`).
 */
export async function putAttendees(tx: Tx, attendees: readonly AttendeeOfKey[]): Promise<void> {
  if (attendees.length === 0) return;
  await sql`
    insert into calsync.desired_attendee as attendee (key, person, address, display_name, optional)
      select stated.key, home.person, case when home.person is null then stated.email end, stated."displayName", stated.optional
        from jsonb_to_recordset(${JSON.stringify(attendees)}::jsonb)
          as stated (key text, email text, person text, "displayName" text, optional boolean)
        left join calsync.person_address home on home.person = stated.person and home.kind = 'calendar'
        order by stated.key
      on conflict (key, normal_address) do update
        set address = excluded.address, display_name = excluded.display_name, optional = excluded.optional,
            person = coalesce(excluded.person, attendee.person)
        where (attendee.address, attendee.display_name, attendee.optional, attendee.person)
          is distinct from (excluded.address, excluded.display_name, excluded.optional, coalesce(excluded.person, attendee.person))`.execute(
    tx,
  );
}

/** Takes addresses off their events, in whatever spelling. */
export async function removeAttendees(
  tx: Tx,
  addresses: readonly { readonly key: string; readonly email: string }[],
): Promise<void> {
  if (addresses.length === 0) return;
  await sql`
    delete from calsync.desired_attendee attendee
      using jsonb_to_recordset(${JSON.stringify(addresses)}::jsonb) as stated (key text, email text)
      where attendee.key = stated.key and attendee.normal_address = calsync.normal_address(stated.email)`.execute(tx);
}
