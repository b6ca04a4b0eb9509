/** What the write path refuses, as a problem: the one table from its kinds to statuses. */
import type { SpecProblem } from '../core/spec-problem.ts';
import type { WriteProblem, WriteProblemKind } from '../write/result.ts';
import type { Problem, ProblemName } from './problem.ts';

const nameByKind: Readonly<Record<WriteProblemKind, ProblemName>> = {
  duplicate_key: 'conflict',
  unknown_key: 'unknown_key',
  key_exists: 'precondition_failed',
  unknown_calendar: 'unknown_calendar',
  other_calendar: 'other_calendar',
  other_schedule: 'conflict',
  cancelled: 'cancelled',
  generation_moved: 'precondition_failed',
  revision_moved: 'precondition_failed',
  revision_needed: 'revision_needed',
  twin: 'twin',
  unknown_person: 'unknown_person',
  person_without_address: 'person_without_address',
  not_the_persons_address: 'not_the_persons_address',
  nothing_to_restore: 'unknown_key',
};

/** One problem for all of them: the first says what it is, each names its field. */
export function problemOfWrite(problems: readonly WriteProblem[]): Problem {
  const [first] = problems;
  return {
    name: first === undefined ? 'conflict' : nameByKind[first.kind],
    detail: first === undefined ? 'the write was refused' : first.message,
    errors: problems.map(({ field, message }) => ({ field: field ?? '', message })),
  };
}

/** What the door says of an event that cannot be. */
export function problemOfSpec(problems: readonly SpecProblem[]): Problem {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return {
    name: 'invalid_event',
    detail: `the event has ${count}, and nothing was written`,
    errors: problems.map(({ path, message }) => ({ field: path, message })),
  };
}
