/** What a write did to each key, or why nothing at all was written. */
import { CalsyncError } from '../core/error.ts';

export type WrittenKind = 'created' | 'changed' | 'unchanged' | 'cancelled' | 'revived' | 'restored';

export interface WrittenKey {
  readonly kind: WrittenKind;
  readonly key: string;
  readonly generation: number;
  readonly revision: number;
}

export type WriteProblemKind =
  | 'duplicate_key'
  | 'unknown_key'
  | 'key_exists'
  | 'unknown_calendar'
  | 'other_calendar'
  | 'other_schedule'
  | 'cancelled'
  | 'generation_moved'
  | 'revision_moved'
  | 'revision_needed'
  | 'twin'
  | 'unknown_person'
  | 'person_without_address'
  | 'not_the_persons_address'
  | 'nothing_to_restore';

export interface WriteProblem {
  readonly kind: WriteProblemKind;
  readonly key: string;
  /** The field that it is about, as the contract writes it; null for the event as a whole. */
  readonly field: string | null;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** Refused means that nothing was written: all problems are found before the first write. */
export type WriteResult =
  | { readonly kind: 'written'; readonly keys: readonly WrittenKey[] }
  | { readonly kind: 'refused'; readonly problems: readonly WriteProblem[] };

const mostProblemsInMessage = 20;

/** The keys that were written. Throws `conflict`, with every problem in its message and the first one's kind as reason. */
export function requireWritten(result: WriteResult): readonly WrittenKey[] {
  if (result.kind === 'written') return result.keys;
  const lines = result.problems.slice(0, mostProblemsInMessage).map(({ message }) => message);
  const more = result.problems.length - lines.length;
  if (more > 0) lines.push(`… and ${more} more`);
  throw new CalsyncError('conflict', lines.join('\n'), { reason: result.problems[0]?.kind ?? 'refused' });
}
