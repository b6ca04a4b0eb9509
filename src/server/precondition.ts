/** `If-Match`, `If-None-Match` and `ETag` (RFC 9110 §13): what is named is an event's generation, or generation and revision. */
import type { KeyNumbers } from '../store/desired.ts';
import type { PutOptions } from '../write/put.ts';
import { invalidRequest } from './problem.ts';

export type Precondition =
  | { readonly kind: 'none' }
  /** `If-Match: *`: there is a row. */
  | { readonly kind: 'exists' }
  /** `If-None-Match: *`: there is no row. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'numbers'; readonly generation: number; readonly revision: number | null };

export function etagOf({ generation, revision }: Pick<KeyNumbers, 'generation' | 'revision'>): string {
  return `"${generation}.${revision}"`;
}

/** `W/` is what a proxy that compresses makes of a tag; it names the same numbers. */
const numbersForm = /^(?:W\/)?"(\d{1,15})(?:\.(\d{1,15}))?"$/;

/** Throws a `Refusal` for a header that names none. */
export function readPrecondition(ifMatch: string | null, ifNoneMatch: string | null): Precondition {
  if (ifNoneMatch !== null) {
    if (ifNoneMatch.trim() !== '*') throw invalidRequest('If-None-Match', 'must be *: write only if there is no event');
    if (ifMatch !== null) throw invalidRequest('If-None-Match', 'cannot stand beside If-Match');
    return { kind: 'absent' };
  }
  if (ifMatch === null) return { kind: 'none' };
  const text = ifMatch.trim();
  if (text === '*') return { kind: 'exists' };
  const [, generation, revision] = numbersForm.exec(text) ?? [];
  if (generation === undefined)
    throw invalidRequest(
      'If-Match',
      'must be one ETag of the event, as "3" (its generation) or "3.5" (and its revision)',
    );
  return {
    kind: 'numbers',
    generation: Number(generation),
    revision: revision === undefined ? null : Number(revision),
  };
}

/** What a put is to find, as the write path takes it. */
export function expectedByPut(precondition: Precondition): PutOptions {
  switch (precondition.kind) {
    case 'none':
      return {};
    case 'exists':
      return { exists: true };
    case 'absent':
      return { exists: false };
    case 'numbers':
      return expectedNumbers(precondition);
  }
}

/** Generation and revision as the write path takes them; nothing where none are named. */
export function expectedNumbers(precondition: Precondition): {
  readonly generation?: number;
  readonly revision?: number;
} {
  if (precondition.kind !== 'numbers') return {};
  const { generation, revision } = precondition;
  return { generation, ...(revision !== null && { revision }) };
}
