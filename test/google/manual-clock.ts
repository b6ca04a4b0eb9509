import type { Clock } from '../../src/core/ports.ts';

export interface ManualClock extends Clock {
  /** Lets time pass; whoever sleeps until then wakes, in order. */
  advance(byMs: number): Promise<void>;
}

/** Stands still until it is advanced. Starts at 2026-11-22T00:00:00Z. */
export function manualClock(startMs = Date.UTC(2026, 10, 22)): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<{ wakeAtMs: number; wake: () => void }>();
  return {
    now: () => nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          wakeAtMs: nowMs + delayMs,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(byMs) {
      await settle();
      nowMs += byMs;
      const due = [...sleepers].filter((each) => each.wakeAtMs <= nowMs).sort((a, b) => a.wakeAtMs - b.wakeAtMs);
      for (const sleeper of due) sleeper.wake();
      await settle();
    },
  };
}

/** Lets everything run that waits for nothing but the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
