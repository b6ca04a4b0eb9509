import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictJson, readStrictJson } from '../../src/core/strict-json.ts';

describe('what could be read in two ways is refused', () => {
  test.each([
    ['{"a": 1, "a": 2}', 'a', 1, 10],
    ['{"a": 1, "\\u0061": 2}', 'a', 1, 10],
    ['{"a": {"b": [1, {"c": 1, "d": "}", "c": 2}]}}', 'a.b[1].c', 1, 36],
    ['{"": 1,\n "": 2}', '""', 2, 2],
    ['[[], {"x": "a,b", "y": ["\\"", "{"], "x": 0}]', '[1].x', 1, 37],
  ])('%s has a name twice', (source, path, line, column) => {
    expect(parseStrictJson(source)).toMatchObject({ ok: false, path, fault: { line, column } });
  });

  test('nesting beyond 32 levels is refused, 32 are taken', () => {
    const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(parseStrictJson(nested(32)).ok).toBe(true);
    expect(parseStrictJson(nested(34))).toMatchObject({ ok: false, fault: { message: expect.stringContaining('32') } });
    expect(parseStrictJson('['.repeat(200_000) + ']'.repeat(200_000)).ok).toBe(false);
  });

  test('bytes that are not UTF-8 are refused; a byte order mark is not text', () => {
    for (const bytes of [[0xff], [0x22, 0xc3, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc0, 0x80, 0x22]])
      expect(readStrictJson(Uint8Array.from(bytes)).ok).toBe(false);
    expect(readStrictJson(Uint8Array.from([0xef, 0xbb, 0xbf, 0x37]))).toEqual({ ok: true, value: 7 });
  });

  test('no more of the text than a short name is in a message', () => {
    const secret = 's'.repeat(100);
    const read = parseStrictJson(`{"${secret}": 1, "${secret}": 2}`);
    expect(read.ok ? '' : read.fault.message).not.toContain('s'.repeat(50));
  });
});

test('names that differ, or stand in different objects, are no ambiguity', () => {
  const source = '[{"a": 1, "A": 2, "a ": 3}, {"a": {"a": {"a": []}}, "b": [{"a": 1}, {"a": 2}]}, "a", "a"]';
  expect(parseStrictJson(source)).toEqual({ ok: true, value: JSON.parse(source) });
});

test('whatever JSON.stringify writes is read back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (value, indent) => {
      const source = JSON.stringify(value, null, indent);
      expect(parseStrictJson(source)).toEqual({ ok: true, value: JSON.parse(source) });
    }),
  );
});

test('an object with a member doubled anywhere is refused', () => {
  const name = fc.string();
  fc.assert(
    fc.property(fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }), fc.nat(), (object, pick) => {
      const members = Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
      const again = members[pick % members.length];
      expect(parseStrictJson(`[{${[...members, again].join(', ')}}]`).ok).toBe(false);
    }),
  );
});
