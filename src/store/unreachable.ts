/** Addresses that do not work. Triggers tell it of every event that has one as a guest: the finding `unreachable`. */
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';

/** Who refused an address: Google, a mail server while it was sent to, or one afterwards. */
export type UnreachableSource = 'google' | 'smtp' | 'bounce';

export interface UnreachableAddress {
  readonly address: string;
  readonly source: UnreachableSource;
  /** What was said, in one line of at most 500 characters. */
  readonly reason: string;
  readonly since: Date;
}

/** Writes down that an address does not work. Known already, it keeps since when and takes the newest source and reason. */
export async function writeUnreachable(tx: Tx, found: UnreachableAddress): Promise<void> {
  const { address, source, reason, since } = found;
  await sql`
    insert into calsync.unreachable_address as known (normal_address, address, source, reason, since)
      values (calsync.normal_address(${address}), ${address}, ${source}, ${reason}, ${since})
      on conflict (normal_address) do update set address = excluded.address, source = excluded.source, reason = excluded.reason,
        since = case when known.cleared_at is null then least(known.since, excluded.since) else excluded.since end, cleared_at = null
        where known.cleared_at is null or excluded.since > known.cleared_at`.execute(tx);
}

/** Somebody says that an address works; false when nothing else was known. */
export async function clearUnreachable(tx: Tx, address: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update calsync.unreachable_address set cleared_at = calsync.now()
      where normal_address = calsync.normal_address(${address}) and cleared_at is null`.execute(tx);
  return numAffectedRows === 1n;
}

/** Those that do not work now, by address. */
export async function listUnreachable(db: Db): Promise<readonly UnreachableAddress[]> {
  const { rows } = await sql<UnreachableAddress>`
    select address, source, reason, since from calsync.unreachable_address
      where cleared_at is null order by normal_address`.execute(db);
  return rows;
}

/** The events that are told now to have this guest; their keys, in order. */
export async function keysWithUnreachable(db: Db, address: string): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select finding.key from calsync.finding
      where finding.kind = 'unreachable' and finding.closed_at is null
        and exists (select from calsync.desired_attendee guest
          where guest.key = finding.key and guest.normal_address = calsync.normal_address(${address}))
      order by finding.key`.execute(db);
  return rows.map(({ key }) => key);
}

/**
 * Looks at all of them anew. Triggers tell what changes in one transaction; this tells the rest: events that are over by now, and an
 * enrolment and a bounce that were written at the same moment and did not see each other.
 */
export async function refreshUnreachable(db: Db): Promise<void> {
  await sql`
    select calsync.tell_unreachable(array(
      select finding.key from calsync.finding where finding.kind = 'unreachable' and finding.closed_at is null
      union
      select guest.key from calsync.unreachable_address address
        join calsync.desired_attendee guest on guest.normal_address = address.normal_address and guest.state = 'active'
        where address.cleared_at is null
      order by 1))`.execute(db);
}
