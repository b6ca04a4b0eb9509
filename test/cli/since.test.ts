import { expect, test } from 'vitest';
import { readSince } from '../../src/cli/since.ts';

const now = new Date('2026-11-22T19:00:00Z');

test.each([
  ['90m', '2026-11-22T17:30:00.000Z'],
  ['24h', '2026-11-21T19:00:00.000Z'],
  ['7d', '2026-11-15T19:00:00.000Z'],
  ['2w', '2026-11-08T19:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T08:00:00+01:00', '2026-11-01T07:00:00.000Z'],
])('%s', (text, instant) => {
  expect(readSince(text, now).toISOString()).toBe(instant);
});

test.each([
  '',
  'yesterday',
  '7',
  '-1d',
  '2026-02-30',
  '2026-02-30T08:00:00Z',
  '2026-11-01T08:00',
  '2026-13-01',
  '2027-01-01',
])('%j is refused', (text) => {
  expect(() => readSince(text, now)).toThrow(expect.objectContaining({ kind: 'usage', reason: 'since' }));
});
