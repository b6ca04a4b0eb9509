import { asCalsyncError } from '../core/error.ts';
import { decideRetry } from '../core/retry.ts';
import { breakerOpen } from './breaker.ts';
import type { Engine } from './engine.ts';

/** Tries within a turn; a key that fails more often goes back to the queue. */
const mostTries = 3;
/** A longer wait is not for a turn, which has the calendar to itself meanwhile. */
const longestWaitMs = 10_000;

/**
 * Tries again what failed for a passing reason and cannot have had an effect: a read, or a write that Google refused before carrying it
 * out. A write whose end nobody knows is thrown at once, for its event has to be read first.
 */
export async function withPatience<Result>(engine: Engine, attempt: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asCalsyncError(thrown);
      if (error.outcomeUnknown || error.reason === breakerOpen) throw error;
      const decision = decideRetry(error, failures, engine.random.fraction(), mostTries);
      if (decision.kind !== 'wait' || decision.delayMs > longestWaitMs) throw error;
      await engine.clock.sleep(decision.delayMs);
    }
  }
}
