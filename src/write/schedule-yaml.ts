/**
 * A schedule in YAML 1.2, core schema: what JSON can say, more comfortably. Dates are texts. What could be read in two ways, or make little
 * text into much, is refused: names that stand twice, tags of one's own, several documents, aliases without measure.
 */
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { pathOf } from '../core/spec-problem.ts';
import type { FileProblem } from './file-problem.ts';
import { type ReadFile, unreadable } from './read-file.ts';
import { readEventList } from './schedule-events.ts';

/** How many nodes all aliases may stand for: a zone named once and used in every event of a term. */
const mostAliasedNodes = 20_000;
/** `events[2].reminders.overrides[0].minutes` */
const mostDepthOfFields = 8;

/** Reads every event, so that all problems of a file are known at once. `calendar` is taken where an event names none. */
export function readYamlSchedule(text: string, calendar: string | null): ReadFile {
  const counter = new LineCounter();
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  const refuse = (offset: number, message: string): ReadFile =>
    unreadable({ line: lineAt(offset), event: null, column: null, message });
  const documents = parseDocuments(text, counter);
  if (documents === null) return refuse(0, tooDeep);
  const [document, second] = documents;
  if (document === undefined) return refuse(0, 'the file is empty');
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }): FileProblem => {
    return { line: lineAt(pos[0]), event: null, column: null, message: wordsOf(code) };
  });
  if (problems.length > 0) return { events: [], problems: onePerLine(problems), notes: [] };
  if (second !== undefined) return refuse(second.range[0], 'a second document begins here: a schedule is one');
  const value = jsonOf(document);
  if (value.kind === 'refused') return refuse(0, value.message);
  return readEventList(value.value, calendar, (paths) => linesIn(document, new Set(paths), lineAt));
}

/** None where the file has nothing in it; null where it is nested deeper than the parser can follow. */
function parseDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] | null {
  try {
    const documents = parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      uniqueKeys: true,
      merge: false,
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter,
    });
    return 'empty' in documents ? [] : documents;
  } catch (thrown) {
    if (thrown instanceof RangeError) return null; // it calls itself for each level
    throw thrown;
  }
}

type Value =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly message: string };

function jsonOf(document: Document.Parsed): Value {
  try {
    return { kind: 'value', value: document.toJS({ maxAliasCount: mostAliasedNodes }) as unknown };
  } catch (thrown) {
    if (thrown instanceof ReferenceError)
      return {
        kind: 'refused',
        message: /unresolved/i.test(thrown.message)
          ? 'an alias (*…) stands for something that has no anchor (&…) before it'
          : 'its aliases stand for more than a schedule can hold',
      };
    if (thrown instanceof RangeError) return { kind: 'refused', message: tooDeep };
    throw thrown;
  }
}

const tooDeep = 'is nested deeper than any schedule';

function linesIn(
  document: Document.Parsed,
  wanted: ReadonlySet<string>,
  lineAt: (offset: number) => number,
): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const note = (shown: unknown, path: readonly (string | number)[]): void => {
    const written = pathOf(path);
    if (wanted.has(written) && isNode(shown) && shown.range != null) lines.set(written, lineAt(shown.range[0]));
  };
  const walk = (node: unknown, segments: readonly (string | number)[]): void => {
    if (segments.length > mostDepthOfFields) return;
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        const path = [...segments, isScalar(key) ? String(key.value) : ''];
        note(key, path);
        walk(value, path);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        note(item, [...segments, index]);
        walk(item, [...segments, index]);
      }
    }
  };
  walk(document.contents, []);
  return lines;
}

/** One slip makes the parser stumble several times. */
function onePerLine(problems: readonly FileProblem[]): readonly FileProblem[] {
  return problems.filter(({ line }, index) => problems.findIndex((other) => other.line === line) === index);
}

function wordsOf(code: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return 'a name stands twice in one object';
    case 'TAG_RESOLVE_FAILED':
      return 'a tag (!…) stands here: write the value itself';
    case 'MULTIPLE_DOCS':
      return 'a second document begins here: a schedule is one';
    default:
      return 'is not YAML from here on: look at indentation (spaces, no tabs) and quotes';
  }
}
