/** Who works on a calendar now. Leases only save work; every write of a turn names the epoch and is refused when it is over. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { Db } from './database.ts';

export interface Lease {
  readonly calendar: string;
  readonly owner: string;
  readonly epoch: number;
}

/**
 * Takes the calendar for `leaseMs`, or answers null while another worker has it. A lease that ran out is taken over. NO KEY, as a writer
 * who has inserted a row keeps the calendar's key locked until it commits, and is no worker.
 */
export async function claimCalendar(db: Db, calendar: string, owner: string, leaseMs: number): Promise<Lease | null> {
  const { rows } = await sql<{ epoch: number }>`
    update calsync.calendar set lease_owner = ${owner}, lease_epoch = lease_epoch + 1,
        lease_until = calsync.now() + make_interval(secs => ${leaseMs / 1000})
      where id = (select id from calsync.calendar
        where id = ${calendar} and (lease_until is null or lease_until <= calsync.now())
        for no key update skip locked)
      returning lease_epoch as epoch`.execute(db);
  const epoch = rows[0]?.epoch;
  return epoch === undefined ? null : { calendar, owner, epoch };
}

/** Prolongs the lease. Throws `conflict`, reason `lease_lost`, when another worker has taken the calendar since. */
export async function renewLease(db: Db, lease: Lease, leaseMs: number): Promise<void> {
  const { numAffectedRows } = await sql`
    update calsync.calendar set lease_until = calsync.now() + make_interval(secs => ${leaseMs / 1000})
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch} and lease_owner = ${lease.owner}`.execute(db);
  if (numAffectedRows === 0n) throw leaseLost();
}

/** Gives the calendar back; nothing happens if another worker has it already. */
export async function releaseLease(db: Db, lease: Lease): Promise<void> {
  await sql`
    update calsync.calendar set lease_owner = null, lease_until = null
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch} and lease_owner = ${lease.owner}`.execute(db);
}

/** Locks the lease for the rest of the transaction: a worker past its lease cannot write our records. Throws `conflict`. */
export async function requireLease(tx: Db, lease: Lease): Promise<void> {
  const { rows } = await sql`
    select 1 from calsync.calendar
      where id = ${lease.calendar} and lease_epoch = ${lease.epoch} and lease_owner = ${lease.owner}
      for share`.execute(tx);
  if (rows.length === 0) throw leaseLost();
}

/** Reason of the conflict with a worker that took the calendar over. */
export const leaseLostReason = 'lease_lost';

export function leaseLost(): CalsyncError {
  return new CalsyncError('conflict', 'another worker has taken the calendar', { reason: leaseLostReason });
}
