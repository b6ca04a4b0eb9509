/** A schedule in JSON: events as the contract writes them, in an array or in `{ "events": […] }`. */
import { parseEventSpec } from '../core/event-spec.ts';
import type { FileProblem } from './file-problem.ts';
import type { ReadFile } from './read-file.ts';

/** Reads every event, so that all problems of a file are known at once. `calendar` is taken where an event names none. */
export function readJsonSchedule(text: string, calendar: string | null): ReadFile {
  const parsed = parseJson(text);
  if ('problem' in parsed) return { events: [], problems: [parsed.problem] };
  const list = eventsOf(parsed.value);
  if (list === null) {
    const message = 'is neither an array of events nor { "events": [ … ] }';
    return { events: [], problems: [{ line: null, event: null, column: null, message }] };
  }
  const read = list.map((input, index) => readEvent(input, index + 1, calendar));
  return { events: read.flatMap(({ events }) => events), problems: read.flatMap(({ problems }) => problems) };
}

function readEvent(input: unknown, event: number, calendar: string | null): ReadFile {
  const parsed = parseEventSpec(withCalendar(input, calendar));
  if (parsed.ok) return { events: [{ spec: parsed.spec, line: null, event }], problems: [] };
  const problems = parsed.problems.map(({ path, message }) => ({
    line: null,
    event,
    column: path === '' ? null : path,
    message,
  }));
  return { events: [], problems };
}

function withCalendar(input: unknown, calendar: string | null): unknown {
  if (calendar === null || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return 'calendar' in input && input.calendar != null ? input : { ...input, calendar };
}

function eventsOf(value: unknown): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null || !('events' in value)) return null;
  return Array.isArray(value.events) && Object.keys(value).length === 1 ? value.events : null;
}

function parseJson(text: string): { readonly value: unknown } | { readonly problem: FileProblem } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(String(error)) ?? [];
    const place = column === undefined ? '' : `, at character ${column}`;
    return {
      problem: {
        line: line === undefined ? null : Number(line),
        event: null,
        column: null,
        message: `is not JSON${place}`,
      },
    };
  }
}
