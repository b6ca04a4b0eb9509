import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CalsyncError, type ErrorKind } from '../../src/core/error.ts';
import {
  BACKOFF_JITTER_MS,
  backoffCeilingMs,
  backoffMs,
  decideRetry,
  MAX_BACKOFF_MS,
  MAX_RETRY_AFTER_MS,
  MAX_TRIES,
} from '../../src/core/retry.ts';

const failures = fc.integer({ min: 1, max: 2000 });
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const transient = (retryAfterMs?: number) =>
  new CalsyncError('transient', 'x', retryAfterMs === undefined ? {} : { retryAfterMs });

describe('the wait', () => {
  test("has Google's formula as its ceiling: 2^n seconds and one more, never above 64", () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 1000].map(backoffCeilingMs)).toEqual([
      2_000, 3_000, 5_000, 9_000, 17_000, 33_000, 64_000, 64_000, 64_000,
    ]);
  });

  test('is anywhere below the ceiling, in proportion to chance', () => {
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.5)).toBe(2_500);
    expect(backoffMs(3, 0.999_999)).toBe(4_999);
  });

  test('is never negative nor above 64 s, however often it failed', () => {
    fc.assert(
      fc.property(failures, fraction, (count, chance) => {
        const waitMs = backoffMs(count, chance);
        expect(Number.isInteger(waitMs)).toBe(true);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(MAX_BACKOFF_MS);
      }),
    );
  });

  test('is at least what Google asked for, and at most a second of chance above both', () => {
    fc.assert(
      fc.property(failures, fraction, fc.integer({ min: 0, max: MAX_RETRY_AFTER_MS }), (count, chance, askedMs) => {
        const waitMs = backoffMs(count, chance, askedMs);
        expect(waitMs).toBeGreaterThanOrEqual(askedMs);
        expect(waitMs).toBeLessThanOrEqual(Math.max(MAX_BACKOFF_MS, askedMs + BACKOFF_JITTER_MS));
      }),
    );
  });

  test('that is asked for may be longer than 64 s, but not for ever', () => {
    expect(backoffMs(1, 0, 300_000)).toBe(300_000);
    expect(backoffMs(1, 0, 86_400_000)).toBe(MAX_RETRY_AFTER_MS);
    expect(backoffMs(1, 0, -5)).toBe(0);
  });
});

describe('the decision', () => {
  test('a passing failure waits, with what it asks for', () => {
    expect(decideRetry(transient(), 1, 0.5)).toEqual({ kind: 'wait', delayMs: 1_000 });
    expect(decideRetry(transient(7_000), 1, 0.5)).toEqual({ kind: 'wait', delayMs: 7_500 });
  });

  test('tries are bounded', () => {
    expect(decideRetry(transient(), MAX_TRIES - 1, 0).kind).toBe('wait');
    expect(decideRetry(transient(), MAX_TRIES, 0)).toEqual({ kind: 'exhausted' });
    expect(decideRetry(transient(), 2, 0, 2)).toEqual({ kind: 'exhausted' });
  });

  const others: ErrorKind[] = [
    'conflict',
    'unavailable',
    'sync_token_expired',
    'rejected',
    'unauthorized',
    'quota',
    'refused',
    'usage',
    'invariant',
  ];
  test.each(others)('%s is not tried again as it is', (kind) => {
    expect(decideRetry(new CalsyncError(kind, 'x', { retryAfterMs: 1 }), 1, 0)).toEqual({ kind: 'pointless' });
  });
});
