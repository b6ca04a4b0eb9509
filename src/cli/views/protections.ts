/** What keeps calsync from calling Google at all, in words. */
import { type Breaker, silenceText } from '../../core/breaker.ts';
import type { BreakerScope } from '../../store/breaker.ts';
import type { Paint } from '../output.ts';
import { formatInstant } from './units.ts';

export interface Protections {
  /** False in a copied database. */
  readonly claimed: boolean;
  /** Breakers that are not closed. */
  readonly breakers: ReadonlyMap<BreakerScope, Breaker>;
}

/** One line for each; none when nothing is in the way. */
export function protectionLines({ claimed, breakers }: Protections, paint: Paint): readonly string[] {
  return [
    ...(claimed ? [] : [paint.red('this database is a copy: nothing is written to Google (calsync doctor says more)')]),
    ...[...breakers].map(([scope, breaker]) => `${paint.bold(nameOf(scope))}: ${paint.red(breakerText(breaker))}`),
  ];
}

export function protectionsDocument({ claimed, breakers }: Protections): Readonly<Record<string, unknown>> {
  return {
    claimed,
    breakers: [...breakers].map(([scope, { state, silentSince, reason, probeAt, probes }]) => ({
      scope,
      state,
      silentSince: isoOf(silentSince),
      reason,
      probeAt: isoOf(probeAt),
      failedProbes: probes,
    })),
  };
}

function breakerText(breaker: Breaker): string {
  const next = breaker.probeAt === null ? null : formatInstant(new Date(breaker.probeAt));
  return breaker.state === 'half_open'
    ? `${silenceText(breaker)}; it is being tried now`
    : `${silenceText(breaker)}; it is tried again at ${next}`;
}

function nameOf(scope: BreakerScope): string {
  return scope === 'google' ? 'all accounts' : scope.slice('account:'.length);
}

function isoOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
