import { describe, expect, test } from 'vitest';
import {
  afterSilence,
  type Breaker,
  breakerLimits,
  closedBreaker,
  probeWaitMs,
  signOf,
} from '../../src/core/breaker.ts';
import { CalsyncError } from '../../src/core/error.ts';

const { failuresToOpen, windowMs, firstWaitMs, longestWaitMs } = breakerLimits;

const silence = (at: number, more: object = {}) => ({
  at,
  reason: 'timeout',
  by: 'first',
  fraction: 0.5,
  retryAfterMs: 0,
  ...more,
});

function afterMany(count: number, apartMs = 1_000, from: Breaker = closedBreaker): Breaker {
  let breaker = from;
  for (let index = 0; index < count; index += 1) breaker = afterSilence(breaker, silence(1 + index * apartMs));
  return breaker;
}

describe('silences in a row', () => {
  test('the one that fills the count opens it, and none before', () => {
    expect(afterMany(failuresToOpen - 1)).toMatchObject({
      state: 'closed',
      failures: failuresToOpen - 1,
      silentSince: 1,
    });
    const opened = afterMany(failuresToOpen);
    const at = 1 + (failuresToOpen - 1) * 1_000;
    expect(opened).toMatchObject({ state: 'open', openedAt: at, silentSince: 1, probes: 0, prober: null });
    expect(opened.probeAt).toBe(at + probeWaitMs(0, 0.5, 0));
  });

  test('those that are far apart have nothing to do with each other', () => {
    expect(afterMany(5 * failuresToOpen, windowMs + 1)).toMatchObject({ state: 'closed', failures: 1 });
    expect(afterMany(failuresToOpen, windowMs).state).toBe('open');
  });

  test('a call that was on its way when it opened does not put the probe off', () => {
    const opened = afterMany(failuresToOpen);
    const late = afterSilence(opened, silence((opened.openedAt ?? 0) + 500));
    expect(late).toMatchObject({ state: 'open', probeAt: opened.probeAt, failures: failuresToOpen + 1 });
  });
});

describe('a probe', () => {
  const probing: Breaker = { ...afterMany(failuresToOpen), state: 'half_open', prober: 'first', probeAt: 90_000 };

  test('that fails opens it again, for longer', () => {
    const failed = afterSilence(probing, silence(50_000));
    expect(failed).toMatchObject({ state: 'open', prober: null, probes: 1, probeAt: 50_000 + probeWaitMs(1, 0.5, 0) });
    expect(failed.openedAt).toBe(probing.openedAt);
  });

  test('is not ended by the silence that another one meets', () => {
    expect(afterSilence(probing, silence(50_000, { by: 'second' }))).toMatchObject({
      state: 'half_open',
      prober: 'first',
      probeAt: 90_000,
    });
  });
});

describe('the wait for the next probe', () => {
  test('doubles up to its longest, half of it by chance', () => {
    for (let probes = 0; probes < 40; probes += 1) {
      const ceilingMs = Math.min(firstWaitMs * 2 ** probes, longestWaitMs);
      expect(probeWaitMs(probes, 0, 0)).toBe(ceilingMs / 2);
      expect(probeWaitMs(probes, 0.999_999, 0)).toBeLessThanOrEqual(ceilingMs);
      expect(probeWaitMs(probes, 0.999_999, 0)).toBeGreaterThan(ceilingMs - 2);
    }
  });

  test('is no shorter than Google asked for, and never longer than twice the longest', () => {
    expect(probeWaitMs(0, 0, 30_000)).toBe(30_000);
    expect(probeWaitMs(9, 0.9, 86_400_000)).toBeLessThanOrEqual(2 * longestWaitMs);
  });
});

test.each([
  ['a time-out', new CalsyncError('transient', '', { reason: 'timeout' }), 'silent'],
  ['a 503', new CalsyncError('transient', '', { status: 503 }), 'silent'],
  [
    'a 500 after which nobody knows',
    new CalsyncError('transient', '', { status: 500, outcomeUnknown: true }),
    'silent',
  ],
  ['a rate limit', new CalsyncError('transient', '', { status: 429 }), 'alive'],
  ['a rate limit as 403', new CalsyncError('transient', '', { status: 403, reason: 'rateLimitExceeded' }), 'alive'],
  ['a refused row', new CalsyncError('rejected', '', { status: 400 }), 'alive'],
  ['another etag', new CalsyncError('conflict', '', { status: 412 }), 'alive'],
  [
    'a day without units, where no call was made',
    new CalsyncError('quota', '', { reason: 'daily_units_spent' }),
    'nothing',
  ],
  ['a fault of ours', new CalsyncError('invariant', ''), 'nothing'],
] as const)('%s is %s', (_, error, sign) => {
  expect(signOf(error)).toBe(sign);
});
