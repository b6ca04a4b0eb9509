import { describe, expect, test } from 'vitest';
import { judgeVanishing } from '../../src/core/vanishing.ts';

const ids = (count: number) => Array.from({ length: count }, (_, index) => `event-${String(index).padStart(4, '0')}`);
const suspects = (expected: number, absent: number) => judgeVanishing(expected, ids(absent)).kind === 'suspect';

describe('[P01] events that a full listing leaves out', () => {
  test.each([
    ['none', 100, 0, false],
    ['one of many', 100, 1, false],
    ['a tenth', 100, 10, false],
    ['more than a tenth', 100, 11, true],
    ['more than a tenth, but four', 30, 4, false],
    ['more than a tenth, five', 30, 5, true],
    ['a tenth, five', 50, 5, false],
    ['all of few', 3, 3, true],
    ['the only one', 1, 1, true],
    ['all of many', 500, 500, true],
  ])('%s: suspected or not', (_, expected, absent, suspected) => {
    expect(suspects(expected, absent)).toBe(suspected);
  });

  test('up to twenty are read, all of them when they are fewer, spread over the whole', () => {
    const sampleOf = (count: number) => {
      const verdict = judgeVanishing(count, ids(count).toReversed());
      return verdict.kind === 'suspect' ? verdict.sample : [];
    };
    expect(sampleOf(7)).toEqual(ids(7));
    expect(sampleOf(20)).toEqual(ids(20));
    const sample = sampleOf(1_000);
    expect(new Set(sample).size).toBe(20);
    expect(sample).toEqual(Array.from({ length: 20 }, (_, index) => ids(1_000)[index * 50]));
  });
});
