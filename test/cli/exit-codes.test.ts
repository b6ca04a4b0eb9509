import { expect, test } from 'vitest';
import { exitCodeOf, exitCodes } from '../../src/cli/exit-codes.ts';
import { CalsyncError } from '../../src/core/error.ts';

test('the codes are the contract’s', () => {
  expect(exitCodes).toEqual({ done: 0, failed: 1, differences: 2, newerSchema: 3, usage: 64, interrupted: 130 });
});

test.each([
  ['usage', undefined, 64],
  ['usage', 'schema_newer', 3],
  ['usage', 'wrong_password', 64],
  ['transient', 'ECONNREFUSED', 1],
  ['transient', 'interrupted', 130],
  ['conflict', 'generation_moved', 1],
  ['conflict', 'unknown_calendar', 64],
  ['conflict', 'unknown_key', 64],
  ['unauthorized', undefined, 1],
  ['invariant', undefined, 1],
  ['refused', 'toString', 1],
] as const)('%s with reason %s ends with %i', (kind, reason, code) => {
  expect(exitCodeOf(new CalsyncError(kind, 'x', reason === undefined ? {} : { reason }))).toBe(code);
});
