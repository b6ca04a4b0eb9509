/**
 * JSON as every door reads it. What `JSON.parse` lets pass in silence is refused: bytes that are not UTF-8, a name that stands twice in one
 * object (RFC 8259 §4 leaves open which one counts), and nesting that nobody means.
 */
import { findJsonFault, type JsonFault, placeOf } from './json-fault.ts';
import { pathOf, quoted } from './spec-problem.ts';

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly fault: JsonFault;
      /** The member that it is about, such as `start.timeZone`; '' for the text as a whole. */
      readonly path: string;
    };

/** Deeper than anything that calsync takes. */
const mostDepth = 32;

/** Reads UTF-8 bytes, with or without a byte order mark. Never throws; messages hold no more of the text than a name. */
export function readStrictJson(bytes: Uint8Array): StrictJson {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { ok: false, fault: { line: 1, column: 1, message: 'the bytes are not UTF-8 text' }, path: '' };
  }
  return parseStrictJson(source);
}

/** The same for text that is decoded already. */
export function parseStrictJson(source: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { ok: false, fault: findJsonFault(source), path: '' };
  }
  const fault = findAmbiguity(source);
  return fault === null ? { ok: true, value } : { ok: false, ...fault };
}

/** An open object with the names it has so far, or an open array. */
interface Open {
  readonly names: Set<string> | null;
  at: string | number;
}

/** What has a meaning for nesting: everything between two of these is a number, a word, a colon or white space. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/** Looks through a text that is JSON. */
function findAmbiguity(source: string): { readonly fault: JsonFault; readonly path: string } | null {
  const open: Open[] = [];
  let expectsName = false;
  for (const { 0: found, index } of source.matchAll(token)) {
    const inner = open.at(-1);
    switch (found) {
      case '{':
      case '[':
        if (open.length === mostDepth) {
          const message = `is nested more than ${mostDepth} levels deep`;
          return { fault: { ...placeOf(source, index), message }, path: pathOf(open.slice(0, 3).map(({ at }) => at)) };
        }
        open.push(found === '{' ? { names: new Set(), at: '' } : { names: null, at: 0 });
        expectsName = found === '{';
        break;
      case '}':
      case ']':
        open.pop();
        expectsName = false;
        break;
      case ',':
        if (typeof inner?.at === 'number') inner.at += 1;
        else expectsName = true;
        break;
      default:
        if (!expectsName || inner === undefined || inner.names === null) break;
        expectsName = false;
        inner.at = String(JSON.parse(found));
        if (inner.names.has(inner.at)) {
          const message = `the name ${quoted(inner.at)} stands twice in one object`;
          return { fault: { ...placeOf(source, index), message }, path: pathOf(open.map(({ at }) => at)) };
        }
        inner.names.add(inner.at);
    }
  }
  return null;
}
