/** The door: an event as a caller writes it becomes an event spec, or every problem with it is named at once. */
import type { z } from 'zod';
import { type EventTime, readEventTime, spanProblems } from './event-time.ts';
import { startOccurrence } from './occurrences.ts';
import { recurrenceProblems } from './recurrence-door.ts';
import { issueProblems } from './spec-issue.ts';
import type { SpecProblem } from './spec-problem.ts';
import { eventSchema } from './spec-schema.ts';

export type { EventTime } from './event-time.ts';

export interface Reminder {
  readonly method: 'email' | 'popup';
  readonly minutes: number;
}

/** What is compared with Google. `null` means not stated, so not ours. */
export interface EventFields {
  readonly summary: string | null;
  readonly description: string | null;
  readonly location: string | null;
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence: readonly string[] | null;
  readonly reminders: { readonly useDefault: boolean; readonly overrides: readonly Reminder[] } | null;
}

export interface AttendeeSpec {
  readonly email: string;
  readonly displayName: string | null;
  readonly optional: boolean;
  /** Whose calendar address it is; absent for a guest who is known by address alone. */
  readonly person?: string;
}

/** A guest named as a person: the address of their calendar is looked up when it is written. */
export interface PersonSpec {
  readonly email: null;
  readonly person: string;
  readonly displayName: string | null;
  readonly optional: boolean;
}

export interface EventSpec extends EventFields {
  readonly key: string;
  readonly calendar: string;
  readonly schedule: string | null;
  /** null: not stated, so the list is left alone. */
  readonly attendees: readonly AttendeeSpec[] | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly sendUpdates: 'all' | 'externalOnly' | 'none' | null;
  readonly allowTwin: boolean;
}

/** An event as a caller states it: the same, but that guests may be named as people. */
export interface WrittenEvent extends Omit<EventSpec, 'attendees'> {
  /** null: not stated, so the list is left alone. */
  readonly attendees: readonly (AttendeeSpec | PersonSpec)[] | null;
}

export type ParsedEventSpec =
  | {
      readonly ok: true;
      readonly spec: WrittenEvent;
      /** What is allowed but hardly meant, such as a series whose rule does not generate its start. */
      readonly warnings: readonly SpecProblem[];
    }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

type EventInput = z.output<typeof eventSchema>;

/** Reads an event as the contract writes it ("An event, as written"). Never throws; messages say what to do. */
export function parseEventSpec(input: unknown): ParsedEventSpec {
  const parsed = eventSchema.safeParse(input);
  const shape = parsed.success ? [] : parsed.error.issues.flatMap((issue) => issueProblems(issue, input));
  const times = readTimes(parsed.success ? parsed.data : input);
  const problems = distinct([...shape, ...times.problems]);
  if (!parsed.success || times.start === null || times.end === null || problems.length > 0)
    return { ok: false, problems };
  return { ok: true, spec: specOf(parsed.data, times.start, times.end), warnings: times.warnings };
}

interface Times {
  readonly start: EventTime | null;
  readonly end: EventTime | null;
  readonly problems: readonly SpecProblem[];
  readonly warnings: readonly SpecProblem[];
}

/** Start, end and recurrence are judged together, even when other fields are wrong: what can be said is said at once. */
function readTimes(input: unknown): Times {
  const problems: SpecProblem[] = [];
  const start = readTimeOf('start', input, problems);
  const end = readTimeOf('end', input, problems);
  const lines = linesOf(input);
  if (start !== null && end !== null) problems.push(...spanProblems(start, end, lines.length > 0));
  const linesProblems = recurrenceProblems(lines, start?.kind ?? kindMeant(input)).map(({ line, message }) => ({
    path: line === null ? 'recurrence' : `recurrence[${line}]`,
    message,
  }));
  if (start === null || linesProblems.length > 0)
    return { start, end, problems: [...problems, ...linesProblems], warnings: [] };
  const judged = judgeStart(start, lines);
  return { start, end, problems: [...problems, ...judged.problems], warnings: judged.warnings };
}

/** What a start that cannot be read was going to be. */
function kindMeant(input: unknown): EventTime['kind'] {
  return typeof memberOf(memberOf(input, 'start'), 'date') === 'string' ? 'date' : 'time';
}

/** Null where the shape is wrong already, which the schema reports, or where the time is, which goes to `problems`. */
function readTimeOf(field: 'start' | 'end', input: unknown, problems: SpecProblem[]): EventTime | null {
  const shape = eventSchema.shape[field].safeParse(memberOf(input, field));
  if (!shape.success) return null;
  const read = readEventTime(shape.data);
  if (read.ok) return read.time;
  problems.push(
    ...read.problems.map(({ path, message }) => ({ path: path === '' ? field : `${field}.${path}`, message })),
  );
  return null;
}

function judgeStart(start: EventTime, lines: readonly string[]): Pick<Times, 'problems' | 'warnings'> {
  const occurrence = startOccurrence(start, lines);
  switch (occurrence.kind) {
    case 'starts_series':
      return { problems: [], warnings: [] };
    case 'begins_later':
      return {
        problems: [],
        warnings: [
          {
            path: 'start',
            message: `is no occurrence of its own recurrence, which begins at ${occurrence.first}: calendars differ on what that means`,
          },
        ],
      };
    case 'empty':
      return { problems: [{ path: 'recurrence', message: 'has no occurrence at or after start' }], warnings: [] };
  }
}

function specOf(input: EventInput, start: EventTime, end: EventTime): WrittenEvent {
  return {
    key: input.key,
    calendar: input.calendar,
    schedule: input.schedule ?? null,
    summary: input.summary ?? null,
    description: input.description ?? null,
    location: input.location ?? null,
    start,
    end,
    recurrence: input.recurrence?.map((line) => line.trim()) ?? null,
    reminders: input.reminders ?? null,
    attendees: input.attendees ?? null,
    labels: input.labels ?? {},
    sendUpdates: input.sendUpdates ?? null,
    allowTwin: input.allowTwin ?? false,
  };
}

function linesOf(input: unknown): readonly string[] {
  const lines = eventSchema.shape.recurrence.safeParse(memberOf(input, 'recurrence'));
  return lines.success ? (lines.data ?? []) : [];
}

function memberOf(input: unknown, field: string): unknown {
  return typeof input === 'object' && input !== null ? Reflect.get(input, field) : undefined;
}

function distinct(problems: readonly SpecProblem[]): readonly SpecProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem])).values()];
}
