/**
 * Where a text stops being JSON. The engine's own message names a place only sometimes, and quotes the text, which may hold what nobody
 * should read in a log.
 */
export interface JsonFault {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
  /** Such as `expected a value`. */
  readonly message: string;
}

const blank = /[ \t\r\n]*/y;
const text = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Finds the first fault of a text that `JSON.parse` refuses. */
export function findJsonFault(source: string): JsonFault {
  const open: ('object' | 'array')[] = [];
  let at = skip(source, blank, 0);
  const faultAt = (offset: number, message: string): JsonFault => ({
    ...placeOf(source, offset),
    message: offset >= source.length ? `the text ends, but ${message}` : message,
  });

  // One step per value: `at` stands where a value has to begin.
  for (;;) {
    if (source[at] === '{' || source[at] === '[') {
      const kind = source[at] === '{' ? 'object' : 'array';
      at = skip(source, blank, at + 1);
      if (source[at] !== (kind === 'object' ? '}' : ']')) {
        open.push(kind);
        if (kind === 'array') continue;
        const named = skipName(source, at);
        if (typeof named !== 'number') return faultAt(named.at, named.expected);
        at = named;
        continue;
      }
      at += 1;
    } else {
      const end = source[at] === '"' ? skip(source, text, at) : skip(source, scalar, at);
      if (end === at)
        return faultAt(at, source[at] === '"' ? 'a text that begins here has no proper end' : 'expected a value');
      at = end;
    }
    // After a value: close what ends, up to the next value.
    for (at = skip(source, blank, at); ; at = skip(source, blank, at + 1)) {
      const kind = open.at(-1);
      if (kind === undefined) return faultAt(at, 'expected nothing more');
      const close = kind === 'object' ? '}' : ']';
      if (source[at] === close) open.pop();
      else if (source[at] === ',') break;
      else return faultAt(at, `expected , or ${close}`);
    }
    at = skip(source, blank, at + 1);
    if (open.at(-1) === 'array') continue;
    const named = skipName(source, at);
    if (typeof named !== 'number') return faultAt(named.at, named.expected);
    at = named;
  }
}

/** To where the value of a member begins. */
function skipName(source: string, from: number): number | { readonly at: number; readonly expected: string } {
  const end = skip(source, text, from);
  if (end === from) return { at: from, expected: 'expected a name in double quotes' };
  const colon = skip(source, blank, end);
  return source[colon] === ':' ? skip(source, blank, colon + 1) : { at: colon, expected: 'expected :' };
}

function skip(source: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(source) ? pattern.lastIndex : from;
}

/** Line and column of an offset, counted from 1. */
export function placeOf(source: string, offset: number): Pick<JsonFault, 'line' | 'column'> {
  const before = source.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
