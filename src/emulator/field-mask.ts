import { badParameter } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { Json, JsonObject } from './model.ts';

/** A parsed `fields` parameter: names to keep, each with what to keep below it; `all` keeps everything. */
type Mask = { readonly kind: 'all' } | { readonly kind: 'some'; readonly names: ReadonlyMap<string, Mask> };

const all: Mask = { kind: 'all' };

/** Partial responses: `items(id,etag),nextPageToken`, `items/id`, `*`. 400 for a mask that cannot be read. */
export function applyFields(body: JsonObject, fields: string | null): JsonObject {
  if (fields === null || fields === '') return body;
  const parser = { text: fields, at: 0 };
  const mask = parseList(parser);
  if (parser.at !== fields.length) throw invalid();
  return keep(body, mask) as JsonObject;
}

interface Parser {
  readonly text: string;
  at: number;
}

function parseList(parser: Parser): Mask {
  const names = new Map<string, Mask>();
  let everything = false;
  do {
    const [name, below] = parseItem(parser);
    if (name === '*') everything = true;
    else names.set(name, merge(names.get(name), below));
  } while (eat(parser, ','));
  return everything ? all : { kind: 'some', names };
}

function parseItem(parser: Parser): [string, Mask] {
  const name = /^(\*|[A-Za-z][A-Za-z0-9_-]*)/.exec(parser.text.slice(parser.at))?.[0];
  if (name === undefined) throw invalid();
  parser.at += name.length;
  if (eat(parser, '/')) {
    const [next, below] = parseItem(parser);
    return [name, next === '*' ? all : { kind: 'some', names: new Map([[next, below]]) }];
  }
  if (!eat(parser, '(')) return [name, all];
  const below = parseList(parser);
  if (!eat(parser, ')')) throw invalid();
  return [name, below];
}

function merge(left: Mask | undefined, right: Mask): Mask {
  if (left === undefined) return right;
  if (left.kind === 'all' || right.kind === 'all') return all;
  const names = new Map(left.names);
  for (const [name, below] of right.names) names.set(name, merge(names.get(name), below));
  return { kind: 'some', names };
}

function keep(value: Json, mask: Mask): Json {
  if (mask.kind === 'all') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => keep(item, mask));
  if (!isObject(value)) return value;
  const kept: [string, Json][] = [];
  for (const [name, below] of mask.names) {
    const part = value[name];
    if (part !== undefined) kept.push([name, keep(part, below)]);
  }
  return Object.fromEntries(kept);
}

function eat(parser: Parser, character: string): boolean {
  if (parser.text[parser.at] !== character) return false;
  parser.at += 1;
  return true;
}

function invalid(): Error {
  return badParameter('fields', 'Invalid field selection');
}
