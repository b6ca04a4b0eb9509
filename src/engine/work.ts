import type { ObservationContext } from '../core/observation.ts';
import type { Google } from '../core/ports.ts';
import type { Lease } from '../store/lease.ts';
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
  /** The calendar's own zone, as the listing said. */
  calendarZone: string;
  /** Number of the newest full listing that is believed. */
  fullListing: number;
  /** Events that were read by id in this turn and answered with 404, as `placeOf` joins them. */
  readonly notFound: Set<string>;
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
