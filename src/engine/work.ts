import type { ObservationContext } from '../core/observation.ts';
import type { Google } from '../core/ports.ts';
import type { Db } from '../store/database.ts';
import { type Lease, renewLease, requireLease } from '../store/lease.ts';
import { boundIds } from '../store/mirror.ts';
import type { Engine, TurnCounts } from './engine.ts';

/** One turn while it runs. */
export interface Work {
  readonly engine: Engine;
  readonly lease: Lease;
  readonly account: string;
  readonly google: Google;
  readonly counts: TurnCounts;
  /** When it began, on the clock port. */
  readonly startedAt: number;
  /** When the lease was last prolonged, on the clock port. */
  leaseKeptAt: number;
  /** The calendar's own zone, as the listing said. */
  calendarZone: string;
  /** Number of the newest full listing that is believed. */
  fullListing: number;
  /** Events that were read by id in this turn and answered with 404, as `placeOf` joins them. */
  readonly notFound: Set<string>;
}

/** A lease is prolonged when this share of it is over. */
const leaseKeepShare = 1 / 3;

/** Locks the lease for the rest of the transaction, so that a worker past its lease cannot write our records; prolongs it in time. */
export async function holdLease(tx: Db, work: Work): Promise<void> {
  const { clock, settings } = work.engine;
  const now = clock.now();
  if (now - work.leaseKeptAt < settings.leaseMs * leaseKeepShare) return requireLease(tx, work.lease);
  await renewLease(tx, work.lease, settings.leaseMs);
  work.leaseKeptAt = now;
}

/** What reduces events to observations, for events with these ids. */
export async function observationContext(work: Work, eventIds: readonly string[]): Promise<ObservationContext> {
  const masters = eventIds.map((id) => id.replace(/_R?\d{8}(?:T\d{6}Z?)?$/, ''));
  const bound = await boundIds(work.engine.db, [...new Set([...eventIds, ...masters])]);
  return {
    installation: work.engine.installation,
    fingerprintSecret: work.engine.fingerprintSecret,
    calendarZone: work.calendarZone,
    isBound: (eventId) => bound.has(eventId),
  };
}

/** Whether the turn has used up its calls or its time. */
export function isSpent(work: Work): boolean {
  const { settings, clock } = work.engine;
  return work.counts.apiCalls >= settings.mostCallsPerTurn || clock.now() - work.startedAt >= settings.mostMsPerTurn;
}
