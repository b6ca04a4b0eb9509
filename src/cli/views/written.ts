import type { WriteProblem, WrittenKey, WrittenKind } from '../../write/result.ts';
import { countOf } from './units.ts';

/** More are counted, not listed. */
const mostListed = 20;

const order: readonly WrittenKind[] = ['created', 'changed', 'revived', 'restored', 'cancelled', 'unchanged'];

/** What a write did: key by key, or in numbers when there are many. */
export function writtenText(keys: readonly WrittenKey[]): string {
  if (keys.length <= mostListed)
    return keys
      .map(({ kind, key, generation, revision }) => `${kind} ${key} (generation ${generation}, revision ${revision})`)
      .join('\n');
  const counts = order
    .map((kind) => ({ kind, count: keys.filter((each) => each.kind === kind).length }))
    .filter(({ count }) => count > 0);
  return `${countOf(keys.length, 'event')}: ${counts.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`;
}

export function writtenDocument(keys: readonly WrittenKey[]): unknown {
  return { keys: keys.map(({ key, kind, generation, revision }) => ({ key, kind, generation, revision })) };
}

export function refusedDocument(problems: readonly WriteProblem[]): unknown {
  return { keys: [], problems: problems.map(({ key, field, kind, message }) => ({ key, field, kind, message })) };
}
