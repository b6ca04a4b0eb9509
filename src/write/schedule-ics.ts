/**
 * A schedule in iCalendar (RFC 5545): every VEVENT is an event whose key is its UID. What an event of calsync cannot say is refused by name
 * where leaving it out would make it another event (a changed occurrence, a cancellation, a time without a zone), and noted where not.
 */
import { parseEventSpec } from '../core/event-spec.ts';
import type { FileProblem } from './file-problem.ts';
import { eventOfVevent } from './ics-event.ts';
import { type IcsComponent, readIcsStream } from './ics-lines.ts';
import { type IcsZones, icsZones } from './ics-zones.ts';
import { type ReadFile, together, unreadable } from './read-file.ts';

/** Reads every VEVENT, so that all problems of a file are known at once. `calendar` is the calendar of all of them. */
export function readIcsSchedule(text: string, calendar: string | null): ReadFile {
  const stream = readIcsStream(text.replace(/^\ufeff/, ''));
  if (!stream.ok) return problemAt(stream.line, null, stream.message);
  if (stream.calendars.length === 0) return problemAt(1, null, 'holds no VCALENDAR');
  const leftAside = new Map<string, number>();
  const read = stream.calendars.flatMap((each) => {
    const zones = icsZones(each);
    return each.components.map((component) => readComponent(component, zones, calendar, leftAside));
  });
  const notes = [...leftAside]
    .sort()
    .map(([name, count]) => `left aside, as an event here has no such field: ${name} (${count})`);
  return together([...read, { events: [], problems: [], notes }]);
}

function readComponent(
  component: IcsComponent,
  zones: IcsZones,
  calendar: string | null,
  leftAside: Map<string, number>,
): ReadFile {
  const { name, line } = component;
  if (name === 'VTIMEZONE') return together([]);
  if (name !== 'VEVENT') return problemAt(line, name, 'is no event: take it out');
  const { event, problems, leftAside: names } = eventOfVevent(component, zones);
  if (problems.length > 0) return { events: [], problems, notes: [] };
  const parsed = parseEventSpec({ ...event, calendar: calendar ?? undefined });
  if (parsed.ok) {
    for (const each of names) leftAside.set(each, (leftAside.get(each) ?? 0) + 1);
    return { events: [{ spec: parsed.spec, line, event: null }], problems: [], notes: [] };
  }
  return together(parsed.problems.map(({ path, message }) => problemAt(lineOf(component, path), path, message)));
}

const propertyByField: Readonly<Record<string, string>> = {
  key: 'UID',
  summary: 'SUMMARY',
  description: 'DESCRIPTION',
  location: 'LOCATION',
  start: 'DTSTART',
  end: 'DTEND',
  attendees: 'ATTENDEE',
};

/** The line of the property behind a path of the event, or where the component begins. */
function lineOf({ lines, line }: IcsComponent, path: string): number {
  const [, field = '', index = '0'] = /^(\w+)(?:\[(\d+)\])?/.exec(path) ?? [];
  const isRecurrence = field === 'recurrence';
  const name = propertyByField[field];
  const found = lines.filter(({ text }) =>
    isRecurrence
      ? /^(RRULE|EXRULE|RDATE|EXDATE)\b/i.test(text)
      : name !== undefined && new RegExp(`^${name}\\b`, 'i').test(text),
  );
  return found[Number(index)]?.line ?? line;
}

function problemAt(line: number, column: string | null, message: string): ReadFile {
  const problem: FileProblem = { line, event: null, column: column === '' ? null : column, message };
  return unreadable(problem);
}
