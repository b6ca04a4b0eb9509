/**
 * A bucket of requests for each token, in the memory of this process: it protects the database from one careless caller, and costs no
 * query. Several processes allow as many times as much.
 */
import type { Clock } from '../core/ports.ts';
import type { Principal } from './principal.ts';
import { Refusal } from './problem.ts';

const minuteMs = 60_000;
/** What may come at once, as a part of a minute's requests. */
const burstMs = 10_000;
/** Tokens that are remembered; the one that was quiet longest is forgotten, and then starts with a full bucket. */
const mostBuckets = 10_000;

interface Bucket {
  readonly requests: number;
  readonly at: number;
}

export interface RateLimit {
  /** Counts a request. Throws a `Refusal` that says when the next one may come. */
  spend(principal: Pick<Principal, 'id' | 'ratePerMinute'>): void;
}

export function rateLimit(clock: Clock): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    spend({ id, ratePerMinute }) {
      if (ratePerMinute === null) return;
      const now = clock.now();
      const most = Math.max(1, (ratePerMinute * burstMs) / minuteMs);
      const before = buckets.get(id) ?? { requests: most, at: now };
      const requests = Math.min(most, before.requests + ((now - before.at) * ratePerMinute) / minuteMs);
      if (requests < 1) throw tooMany(ratePerMinute, ((1 - requests) * minuteMs) / ratePerMinute);
      buckets.delete(id);
      buckets.set(id, { requests: requests - 1, at: now });
      if (buckets.size > mostBuckets) buckets.delete(buckets.keys().next().value ?? '');
    },
  };
}

function tooMany(ratePerMinute: number, waitMs: number): Refusal {
  return new Refusal({
    name: 'too_many_requests',
    detail: `this token may make ${ratePerMinute} requests a minute`,
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
  });
}
