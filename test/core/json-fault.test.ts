import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findJsonFault } from '../../src/core/json-fault.ts';

describe('the place where a text stops being JSON', () => {
  test.each([
    ['', 1, 1, 'the text ends, but expected a value'],
    ['abc', 1, 1, 'expected a value'],
    ['{"a": tru}', 1, 7, 'expected a value'],
    ['{\n  "a": 1,\n}', 3, 1, 'expected a name in double quotes'],
    ['{"a" 1}', 1, 6, 'expected :'],
    ['{"a": 1 "b": 2}', 1, 9, 'expected , or }'],
    ['[1, 2', 1, 6, 'the text ends, but expected , or ]'],
    ['[1, 2,]', 1, 7, 'expected a value'],
    ['[1] 2', 1, 5, 'expected nothing more'],
    ["{'a': 1}", 1, 2, 'expected a name in double quotes'],
    ['["a\nb"]', 1, 2, 'a text that begins here has no proper end'],
    ['[{"a": [{}, []]}, 01]', 1, 20, 'expected , or ]'],
    ['{"key": "x"\n', 2, 1, 'the text ends, but expected , or }'],
  ])('%j', (source, line, column, message) => {
    expect(() => JSON.parse(source)).toThrow();
    expect(findJsonFault(source)).toEqual({ line, column, message });
  });

  test('deep nesting needs no stack', () => {
    expect(findJsonFault('['.repeat(200_000)).column).toBe(200_001);
  });

  test('it is where the engine says, whenever the engine says where', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '}', ']', ',', '"', 'x', ':', '\n'))
      .map(([json, at, insert]) => {
        const place = at % (json.length + 1);
        return insert === '' ? json.slice(0, place) : `${json.slice(0, place)}${insert}${json.slice(place)}`;
      });
    let compared = 0;
    const agree = (source: string): void => {
      const place = placeByEngine(source);
      if (place === null) return;
      compared += 1;
      expect(findJsonFault(source)).toMatchObject(place);
    };
    fc.assert(fc.property(damaged, agree), { numRuns: 10_000 });
    expect(compared).toBeGreaterThan(1_000);
  });
});

/** Null where it takes the text or names no place, and for faults inside a text, number or word: those it places within, not at the begin. */
function placeByEngine(source: string): { readonly line: number; readonly column: number } | null {
  try {
    JSON.parse(source);
    return null;
  } catch (thrown) {
    const message = String(thrown);
    if (!/Expected|non-whitespace/.test(message)) return null;
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
    return line === undefined || column === undefined ? null : { line: Number(line), column: Number(column) };
  }
}
