import { expect, test } from 'vitest';
import { withDeadline } from '../../src/google/deadline.ts';
import { rejection } from './a-google.ts';
import { manualClock } from './manual-clock.ts';

test('work that ends in time gives its value, or its own error', async () => {
  const clock = manualClock();
  expect(await withDeadline(clock, 100, async () => 'value')).toBe('value');
  const own = new Error('own');
  expect(await rejection(withDeadline(clock, 100, () => Promise.reject(own)))).toBe(own);
});

test('work that rejects in the very moment it is cut short does not hide that time ran out', async () => {
  const clock = manualClock();
  const late = rejection(
    withDeadline(clock, 100, (signal) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      return promise;
    }),
  );
  await clock.advance(100);
  expect(await late).toMatchObject({ kind: 'transient', reason: 'timeout' });
});
