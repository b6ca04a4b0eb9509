/*
 * A report as people read it: words and numbers, before anyone decides whether they become text or HTML. Both are made from this alone,
 * so neither can say what the other does not.
 */
export interface Report {
  /** Holds no event text: subjects are logged by every mail server on the way. */
  readonly subject: string;
  readonly title: string;
  readonly period: string;
  readonly figures: readonly Figure[];
  readonly sections: readonly Section[];
  readonly footer: string;
}

export type Tone = 'alert' | 'notice' | 'good' | 'plain';

export interface Figure {
  readonly count: number;
  readonly label: string;
  readonly tone: Tone;
}

export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
  readonly groups: readonly Group[];
}

export interface Group {
  readonly heading: string;
  readonly tone: Tone;
  readonly entries: readonly Entry[];
  /** Entries that are not shown. */
  readonly left: number;
}

export interface Entry {
  readonly title: string;
  /** Which event it is, where the title does not say so. */
  readonly about: string | null;
  readonly lines: readonly string[];
  readonly values: readonly FieldValues[];
  readonly commands: readonly Command[];
}

/** What a field is on each side; null: nothing is stated, was written, or is shown. */
export interface FieldValues {
  readonly field: string;
  readonly table: string | null;
  readonly written: string | null;
  readonly google: string | null;
}

export interface Command {
  readonly purpose: string;
  readonly command: string;
}

export function moreText(left: number): string {
  return `… and ${left} more`;
}
