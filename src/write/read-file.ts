/** What a reader of a schedule file answers, whatever its format. */
import type { EventSpec } from '../core/event-spec.ts';
import type { FileProblem } from './file-problem.ts';

/** An event and where it stands. */
export interface FileEvent {
  readonly spec: EventSpec;
  readonly line: number | null;
  readonly event: number | null;
}

export interface ReadFile {
  readonly events: readonly FileEvent[];
  readonly problems: readonly FileProblem[];
}
