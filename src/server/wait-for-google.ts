/**
 * Waiting until Google shows a write. One poller for all that wait: however many they are, the table is asked once a period, about all
 * their keys in one statement, and not at all while nobody waits.
 */
import { mayPassByWaiting } from '../core/event-status.ts';
import type { Clock } from '../core/ports.ts';
import type { Db } from '../store/database.ts';
import { type EventStanding, readEventStatus } from '../store/event-status.ts';

export const mostWaitMs = 60_000;
/** Between two askings at least; also how soon one who has just come is answered. */
const shortestPeriodMs = 50;
const longestPeriodMs = 1_000;
/** The period grows with the time that the newest has waited, and with what the asking costs: the table is idle nine tenths of it. */
const periodShare = 0.1;
const mostKeysPerAsking = 1_000;

export interface Waits {
  /**
   * How the key stands as soon as waiting would not change it any more, else after `waitMs` (60 s at most); null for a key that nothing
   * is known of. Rejects with the signal's reason when it is aborted, and with what the database threw.
   */
  forGoogle(key: string, waitMs: number, signal: AbortSignal): Promise<EventStanding | null>;
}

interface Waiter {
  readonly key: string;
  readonly cameAt: number;
  readonly until: number;
  readonly answer: (standing: EventStanding | null) => void;
  readonly fail: (reason: unknown) => void;
}

export function createWaits({ db, clock }: { readonly db: Db; readonly clock: Clock }): Waits {
  const waiters = new Set<Waiter>();
  let running = false;
  let pause = new AbortController();

  async function poll(): Promise<void> {
    running = true;
    try {
      while (waiters.size > 0) {
        const askedAt = clock.now();
        await answerAll();
        if (waiters.size === 0) return;
        await rest(clock.now() - askedAt);
      }
    } catch (thrown) {
      for (const waiter of [...waiters]) waiter.fail(thrown);
    } finally {
      running = false;
    }
  }

  async function answerAll(): Promise<void> {
    const asked = [...waiters];
    const standings = await readAll(db, [...new Set(asked.map(({ key }) => key))]);
    const now = clock.now();
    for (const waiter of asked) {
      const standing = standings.get(waiter.key) ?? null;
      if (standing === null || !mayPassByWaiting(standing) || waiter.until <= now) waiter.answer(standing);
    }
  }

  /** Until the next asking is due, the first deadline comes, or someone new does. */
  async function rest(askingMs: number): Promise<void> {
    const now = clock.now();
    const all = [...waiters];
    const youngestMs = now - Math.max(...all.map(({ cameAt }) => cameAt));
    const periodMs = Math.min(Math.max(youngestMs * periodShare, askingMs / periodShare), longestPeriodMs);
    const untilFirstMs = Math.min(...all.map(({ until }) => until)) - now;
    await clock.sleep(shortestPeriodMs);
    const moreMs = Math.min(periodMs, untilFirstMs) - shortestPeriodMs;
    if (moreMs <= 0) return;
    pause = new AbortController();
    if ([...waiters].every((waiter) => all.includes(waiter)))
      await clock.sleep(moreMs, pause.signal).catch(() => undefined);
  }

  return {
    forGoogle(key, waitMs, signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      return new Promise((resolve, reject) => {
        const cameAt = clock.now();
        const leave = () => {
          waiters.delete(waiter);
          if (waiters.size === 0) pause.abort();
          signal.removeEventListener('abort', onAbort);
        };
        const onAbort = () => {
          leave();
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          key,
          cameAt,
          until: cameAt + Math.min(Math.max(waitMs, 0), mostWaitMs),
          answer: (standing) => {
            leave();
            resolve(standing);
          },
          fail: (reason) => {
            leave();
            reject(reason as Error);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        pause.abort();
        if (!running) void poll();
      });
    },
  };
}

async function readAll(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, EventStanding>> {
  const standings = new Map<string, EventStanding>();
  for (let first = 0; first < keys.length; first += mostKeysPerAsking) {
    const some = await readEventStatus(db, keys.slice(first, first + mostKeysPerAsking));
    for (const [key, standing] of some) standings.set(key, standing);
  }
  return standings;
}
