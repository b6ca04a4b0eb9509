/** A schedule as a document: an array of events, or `{ "events": […] }`, in whatever notation it was written. */
import { parseEventSpec } from '../core/event-spec.ts';
import { type ReadFile, together, unreadable } from './read-file.ts';

/** Lines, counted from 1, of paths such as `[2].start.timeZone` or `events[2].start`. A path without one is not there. */
export type LinesOf = (paths: readonly string[]) => ReadonlyMap<string, number>;

/** Reads every event, so that all problems of a file are known at once. `calendar` is taken where an event names none. */
export function readEventList(document: unknown, calendar: string | null, linesOf: LinesOf): ReadFile {
  const found = eventsOf(document);
  if (found === null) {
    const message = 'is neither an array of events nor { "events": [ … ] }';
    return unreadable({ line: null, event: null, column: null, message });
  }
  const parsed = found.list.map((input, index) => ({
    place: `${found.prefix}[${index}]`,
    event: index + 1,
    result: parseEventSpec(withCalendar(input, calendar)),
  }));
  const wanted = parsed.flatMap(({ place, result }) =>
    result.ok ? [place] : [place, ...result.problems.flatMap(({ path }) => pathAndAncestors(place, path))],
  );
  const lines = linesOf(wanted);
  return together(
    parsed.map(({ place, event, result }): ReadFile => {
      if (result.ok)
        return { events: [{ spec: result.spec, line: lines.get(place) ?? null, event }], problems: [], notes: [] };
      const problems = result.problems.map(({ path, message }) => {
        const nearest = pathAndAncestors(place, path).find((candidate) => lines.has(candidate));
        return { line: lines.get(nearest ?? place) ?? null, event, column: path === '' ? null : path, message };
      });
      return { events: [], problems, notes: [] };
    }),
  );
}

/** From the path itself outwards: what is missing stands where the object is in which it is missing. */
function pathAndAncestors(place: string, path: string): readonly string[] {
  const full = path === '' ? place : `${place}.${path}`;
  const steps = [...full.slice(place.length).matchAll(/\.(?:"[^"]*"|[^.["]+)|\[\d+\]/g)].map(
    ({ index, 0: step }) => index + step.length,
  );
  return [...steps.reverse().map((end) => full.slice(0, place.length + end)), place];
}

function withCalendar(input: unknown, calendar: string | null): unknown {
  if (calendar === null || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return 'calendar' in input && input.calendar != null ? input : { ...input, calendar };
}

function eventsOf(value: unknown): { readonly list: readonly unknown[]; readonly prefix: string } | null {
  if (Array.isArray(value)) return { list: value, prefix: '' };
  if (typeof value !== 'object' || value === null || !('events' in value)) return null;
  return Array.isArray(value.events) && Object.keys(value).length === 1
    ? { list: value.events, prefix: 'events' }
    : null;
}
