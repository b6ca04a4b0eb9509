import type { Clock } from '../core/ports.ts';

const firstPauseMs = 5;
const longestPauseMs = 100;

/**
 * Asks `probe` until it gives a value other than null, with pauses that grow to 100 ms; null after `limitMs`.
 * For what only shows by looking: another process' end, a file that it writes, a lock that it holds.
 */
export async function waitUntil<Found>(
  clock: Clock,
  limitMs: number,
  probe: () => Found | null | Promise<Found | null>,
): Promise<Found | null> {
  const deadline = clock.now() + limitMs;
  let pauseMs = firstPauseMs;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (clock.now() >= deadline) return null;
    await clock.sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}
