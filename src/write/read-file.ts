/** What a reader of a schedule file answers, whatever its format. */
import type { WrittenEvent } from '../core/event-spec.ts';
import type { FileProblem } from './file-problem.ts';

/** An event and where it stands. */
export interface FileEvent {
  readonly spec: WrittenEvent;
  readonly line: number | null;
  readonly event: number | null;
}

export interface ReadFile {
  readonly events: readonly FileEvent[];
  readonly problems: readonly FileProblem[];
  /** What the file has and an event cannot hold, one sentence each. */
  readonly notes: readonly string[];
}

/** A file of which nothing can be understood. */
export function unreadable(problem: FileProblem): ReadFile {
  return { events: [], problems: [problem], notes: [] };
}

/** What was read of several pieces of one file, together. */
export function together(pieces: readonly ReadFile[]): ReadFile {
  return {
    events: pieces.flatMap(({ events }) => events),
    problems: pieces.flatMap(({ problems }) => problems),
    notes: pieces.flatMap(({ notes }) => notes),
  };
}
