import { describe, expect, test } from 'vitest';
import { plainPaint } from '../../src/cli/output.ts';
import { doctorDocument, doctorText } from '../../src/cli/views/doctor.ts';
import { holdsText } from '../../src/cli/views/holds.ts';
import { protectionLines, protectionsDocument } from '../../src/cli/views/protections.ts';
import { rekeyDocument, rekeyText } from '../../src/cli/views/rekey.ts';
import { closedBreaker } from '../../src/core/breaker.ts';
import { parseKeyPairs } from '../../src/engine/rekey-file.ts';
import type { BreakerScope } from '../../src/store/breaker.ts';

const at = Date.parse('2026-11-22T21:00:00Z');
const open = {
  ...closedBreaker,
  state: 'open',
  silentSince: at,
  reason: 'timeout',
  openedAt: at,
  probeAt: at + 60_000,
} as const;

describe('what keeps calsync from calling Google', () => {
  test('[S12A] [P35] is said in one line each: since when, why, when it is tried again, and what to do', () => {
    const breakers = new Map<BreakerScope, typeof open>([['account:owner@example.com', open]]);
    const [copy, silence] = protectionLines({ claimed: false, breakers }, plainPaint);
    expect(copy).toContain('this database is a copy: nothing is written to Google');
    expect(silence).toBe(
      'owner@example.com: Google has not answered since 2026-11-22T21:00:00Z (timeout); it is tried again at 2026-11-22 21:01 UTC',
    );
    expect(protectionsDocument({ claimed: false, breakers })).toEqual({
      claimed: false,
      breakers: [
        {
          scope: 'account:owner@example.com',
          state: 'open',
          silentSince: '2026-11-22T21:00:00.000Z',
          reason: 'timeout',
          probeAt: '2026-11-22T21:01:00.000Z',
          failedProbes: 0,
        },
      ],
    });
  });

  test('is no line when nothing does', () => {
    expect(protectionLines({ claimed: true, breakers: new Map() }, plainPaint)).toEqual([]);
  });
});

test('[P03] a hold of a re-key shows which key became which, and offers to keep the events', () => {
  const items = [
    { key: 'old', eventId: 'a', revision: 2 },
    { key: 'new', eventId: 'b', revision: 1, replaces: 'old' },
  ];
  const text = holdsText(
    [{ id: 7, calendar: 'home', kind: 'rekey', reason: 'why', openedAt: new Date(at), items }],
    plainPaint,
  );
  expect(text).toContain('1 event:\n    old → new\n');
  expect(text).toContain('calsync rekey --hold 7');
});

describe('a file of key pairs', () => {
  test.each([
    ['CSV', 'old,new\na,b\n"c,d",e\n'],
    ['JSON', '[{"old":"a","new":"b"},{"old":"c,d","new":"e"}]'],
  ])('%s', (_, text) => {
    expect(parseKeyPairs(text, 'pairs')).toEqual([
      { from: 'a', to: 'b' },
      { from: 'c,d', to: 'e' },
    ]);
  });

  test.each([
    ['another column', 'old,fresh\na,b\n', 'pairs: entry 1 is not a pair'],
    ['an empty key', 'old,new\na,b\nc,\n', 'pairs: entry 2 is not a pair'],
    ['nothing but a header', 'old,new\n', 'pairs: the file is not a pair'],
    ['broken JSON', '[{"old":', 'pairs is not JSON'],
    ['a row too short', 'old,new\na\n', 'pairs is not CSV'],
  ])('%s is refused, and said where', (_, text, message) => {
    expect(() => parseKeyPairs(text, 'pairs')).toThrow(message);
  });
});

test('a refused rekey says of each pair why, and that nothing was changed', () => {
  const refused = { kind: 'refused', problems: [{ from: 'a', to: 'b', message: 'b has no row' }] } as const;
  expect(rekeyText(refused)).toBe('no key was changed:\n  a → b: b has no row');
  expect(rekeyDocument(refused)).toEqual({ rekeyed: [], problems: [{ old: 'a', new: 'b', message: 'b has no row' }] });
  expect(rekeyDocument({ kind: 'rekeyed', pairs: [{ from: 'a', to: 'b' }] })).toEqual({
    rekeyed: [{ old: 'a', new: 'b' }],
    problems: [],
  });
});

test('doctor: one line a check, and healthy as long as none is a problem', () => {
  const checks = [
    { name: 'schema', state: 'ok', detail: 'none is missing' },
    { name: 'clock', state: 'warning', detail: '6 s' },
  ] as const;
  expect(doctorText(checks, plainPaint)).toBe('ok       schema    none is missing\nwarning  clock     6 s');
  expect(doctorDocument(checks)).toMatchObject({ healthy: true });
  expect(doctorDocument([...checks, { name: 'claim', state: 'problem', detail: 'a copy' }])).toMatchObject({
    healthy: false,
  });
});
