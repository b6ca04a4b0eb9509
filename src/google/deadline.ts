import { CalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';

/**
 * Runs `work` and ends it after `timeoutMs` on the clock port: its signal is aborted and `transient` with reason
 * `timeout` is thrown. It does not wait for work that ignores the signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const call = new AbortController();
  const alarm = new AbortController();
  const rings = clock.sleep(timeoutMs, alarm.signal).then(() => {
    const late = new CalsyncError('transient', `no answer within ${timeoutMs} ms`, { reason: 'timeout' });
    call.abort(late);
    throw late;
  });
  try {
    return await Promise.race([work(call.signal), rings]);
  } catch (thrown) {
    // Work that was cut short may say so in words of its own, and first.
    throw call.signal.aborted ? call.signal.reason : thrown;
  } finally {
    alarm.abort(PUT_OFF);
  }
}

/** Ready-made, because an abort without a reason makes an error with a stack trace, here one for every call. */
const PUT_OFF = new Error('the answer came in time');
