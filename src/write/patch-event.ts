/** `patch`: single fields of an event, as a JSON merge patch (RFC 7396) of the event as written. Everything else stays as it is by then. */
import { eventDocument } from '../core/event-document.ts';
import { parseEventSpec } from '../core/event-spec.ts';
import type { SpecProblem } from '../core/spec-problem.ts';
import type { Db } from '../store/database.ts';
import type { Writer } from '../store/transaction.ts';
import { unknownKey } from './cancel.ts';
import { decidePuts, type PutOptions } from './put.ts';
import type { WriteResult } from './result.ts';
import { decideAndWrite, refusal } from './write-decided.ts';

export type PatchResult =
  /** With `warnings` where something was written that may be and is hardly meant. */
  | (WriteResult & { readonly warnings?: readonly SpecProblem[] })
  /** The patched event would not be one. */
  | { readonly kind: 'invalid'; readonly problems: readonly SpecProblem[] };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Changes the stated fields of one event; null makes a field one that is not stated. Merged with the row as it is when it is written, so that two
 * patches of different fields both stay. Refused for an event that is cancelled.
 */
export async function patchEvent(
  db: Db,
  key: string,
  patch: Fields,
  writer: Writer,
  options: PutOptions = {},
): Promise<PatchResult> {
  const early = patchProblems(key, patch);
  if (early.length > 0) return { kind: 'invalid', problems: early };
  return decideAndWrite<PatchResult>(db, writer, {
    keys: [key],
    decide: async (reader, found) => {
      const stored = found.rows.get(key);
      if (stored === undefined) return refusal(unknownKey(key));
      if (stored.cancelledAt !== null) {
        const message = `the event ${key} is cancelled: to bring it back put it, naming its generation, ${stored.generation}`;
        return refusal({ kind: 'cancelled', key, field: null, message });
      }
      const parsed = parseEventSpec(mergePatch(eventDocument({ ...stored.spec, attendees: null }), patch));
      if (!parsed.ok) return { kind: 'answer', answer: { kind: 'invalid', problems: parsed.problems } };
      const { warnings } = parsed;
      const decided = await decidePuts(reader, [parsed.spec], found, options);
      if (decided.kind === 'answer') return { kind: 'answer', answer: warned(decided.answer, warnings) };
      return { ...decided, answerOf: (numbers) => warned(decided.answerOf(numbers), warnings) };
    },
  });
}

function warned(result: WriteResult, warnings: readonly SpecProblem[]): PatchResult {
  return result.kind === 'written' ? { ...result, warnings } : result;
}

function patchProblems(key: string, patch: Fields): readonly SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (Object.hasOwn(patch, 'key') && patch.key !== key)
    problems.push({ path: 'key', message: 'is another one than that of the event: a key is permanent' });
  if (Object.hasOwn(patch, 'attendees'))
    problems.push({ path: 'attendees', message: 'are not patched: add and remove them one by one' });
  return problems;
}

/** RFC 7396, section 2. Members are copied, never assigned: `__proto__` stays a name like any other. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const kept = isObject(target) ? Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name)) : [];
  const changed = Object.entries(patch)
    .filter(([, value]) => value !== null)
    .map(([name, value]): [string, unknown] => [name, mergePatch(memberOf(target, name), value)]);
  return Object.fromEntries([...kept, ...changed]);
}

function memberOf(target: unknown, name: string): unknown {
  return isObject(target) && Object.hasOwn(target, name) ? target[name] : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
