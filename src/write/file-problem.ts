/** What cannot be understood in a file, and where. */
import { CalsyncError } from '../core/error.ts';

export interface FileProblem {
  /** Counted from 1; null for the file as a whole. */
  readonly line: number | null;
  /** The how-manieth event of a document (JSON, YAML), counted from 1; null in formats of lines. */
  readonly event: number | null;
  /** The column, or the field with its path; null for the line or file as a whole. */
  readonly column: string | null;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** `line 12, column start: is missing`. */
export function fileProblemText({ line, event, column, message }: FileProblem): string {
  const place = [
    ...(line === null ? [] : [`line ${line}`]),
    ...(event === null ? [] : [`event ${event}`]),
    ...(column === null ? [] : [`${event === null ? 'column' : 'field'} ${column}`]),
  ];
  return place.length === 0 ? message : `${place.join(', ')}: ${message}`;
}

const mostProblemsInMessage = 50;

/** All problems as one error of the kind `usage`. */
export function unreadableFile(name: string, problems: readonly FileProblem[]): CalsyncError {
  const shown = problems.slice(0, mostProblemsInMessage).map((problem) => `  ${fileProblemText(problem)}`);
  const more = problems.length > shown.length ? [`  … and ${problems.length - shown.length} more`] : [];
  const head = `${name} cannot be understood, so nothing of it was applied:`;
  return new CalsyncError('usage', [head, ...shown, ...more].join('\n'), { reason: 'unreadable_file' });
}
