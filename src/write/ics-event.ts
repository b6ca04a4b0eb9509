/** One VEVENT as an event in the form of the contract, without its calendar. */
import type { FileProblem } from './file-problem.ts';
import type { IcsComponent } from './ics-lines.ts';
import { type IcsProperty, readProperty } from './ics-property.ts';
import { type IcsTime, icsEnd, icsTime, recurrenceLine } from './ics-times.ts';
import type { IcsZones } from './ics-zones.ts';

export interface ReadVevent {
  readonly event: Readonly<Record<string, unknown>>;
  readonly problems: readonly FileProblem[];
  /** Properties that were not taken, each by its name and once. */
  readonly leftAside: readonly string[];
}

/** What says nothing about the event itself, or repeats what is known. */
const silent = new Set([
  'DTSTAMP',
  'CREATED',
  'LAST-MODIFIED',
  'SEQUENCE',
  'ORGANIZER',
  'STATUS',
  'TRANSP',
  'CLASS',
  'PRIORITY',
]);
const taken = new Set([
  'UID',
  'SUMMARY',
  'DESCRIPTION',
  'LOCATION',
  'DTSTART',
  'DTEND',
  'DURATION',
  'ATTENDEE',
  'RRULE',
  'EXRULE',
  'RDATE',
  'EXDATE',
]);
const once = ['UID', 'SUMMARY', 'DESCRIPTION', 'LOCATION', 'DTSTART', 'DTEND', 'DURATION', 'RECURRENCE-ID', 'STATUS'];
const isRule = /^(RRULE|EXRULE)\b/i;

export function eventOfVevent({ lines, line, components }: IcsComponent, zones: IcsZones): ReadVevent {
  const problems: FileProblem[] = [];
  const refuse = (at: number, column: string | null, message: string): null => {
    problems.push({ line: at, event: null, column, message });
    return null;
  };
  const properties = lines
    .filter(({ text }) => !isRule.test(text))
    .flatMap((each) => {
      const property = readProperty(each);
      return property ?? refuse(each.line, null, 'is no property of iCalendar') ?? [];
    });
  const only = (name: string): IcsProperty | null => properties.find((property) => property.name === name) ?? null;
  const textOf = (name: string): string | undefined => {
    const value = only(name)?.values[0];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  for (const name of once) {
    const [, second] = properties.filter((property) => property.name === name);
    if (second !== undefined) refuse(second.line, name, 'stands twice in one VEVENT');
  }

  const occurrence = only('RECURRENCE-ID');
  if (occurrence !== null)
    refuse(
      occurrence.line,
      'RECURRENCE-ID',
      'changes one occurrence of a series, which a row cannot say: take the VEVENT out, or make it an event of its own',
    );
  const status = only('STATUS');
  if (textOf('STATUS')?.toUpperCase() === 'CANCELLED')
    refuse(
      status?.line ?? line,
      'STATUS',
      'is CANCELLED: a schedule adds and changes; cancel the key with `calsync cancel`',
    );
  if (only('UID') === null) refuse(line, 'UID', 'is missing: every event needs a permanent name of its own');

  const start = only('DTSTART');
  const startTime = start === null ? refuse(line, 'DTSTART', 'is missing') : timeOr(start, zones, refuse);
  const endTime = startTime === null ? null : endOr(startTime, only('DTEND'), only('DURATION'), zones, line, refuse);
  const recurrence = lines.flatMap((each) => {
    if (isRule.test(each.text)) return [each.text];
    const property = properties.find(
      (candidate) => candidate.line === each.line && /^(RDATE|EXDATE)$/.test(candidate.name),
    );
    if (property === undefined) return [];
    const written = recurrenceLine(property, startTime, zones);
    return written.ok ? [written.value] : (refuse(each.line, property.name, written.message) ?? []);
  });
  const attendees = properties.filter(({ name }) => name === 'ATTENDEE').map(attendeeOf);
  const others = [...properties.map(({ name }) => name), ...components.map(({ name }) => name)];
  return {
    event: {
      key: textOf('UID'),
      summary: textOf('SUMMARY'),
      description: textOf('DESCRIPTION'),
      location: textOf('LOCATION'),
      start: startTime?.written,
      end: endTime?.written,
      ...(recurrence.length > 0 && { recurrence }),
      ...(attendees.length > 0 && { attendees }),
    },
    problems,
    leftAside: [...new Set(others)].filter((name) => !taken.has(name) && !silent.has(name) && !name.startsWith('X-')),
  };
}

type Refuse = (line: number, column: string | null, message: string) => null;

function timeOr(property: IcsProperty, zones: IcsZones, refuse: Refuse): IcsTime | null {
  const time = icsTime(property, zones);
  return time.ok ? time.value : refuse(property.line, property.name, time.message);
}

function endOr(
  start: IcsTime,
  end: IcsProperty | null,
  duration: IcsProperty | null,
  zones: IcsZones,
  line: number,
  refuse: Refuse,
): IcsTime | null {
  if (end !== null && duration !== null)
    return refuse(duration.line, 'DURATION', 'stands beside DTEND: keep one of them');
  if (end !== null) return timeOr(end, zones, refuse);
  const computed = icsEnd(start, duration);
  return computed.ok
    ? computed.value
    : refuse(duration?.line ?? line, duration === null ? 'DTEND' : 'DURATION', computed.message);
}

function attendeeOf({ params, values }: IcsProperty): Readonly<Record<string, unknown>> {
  const { cn, role } = params;
  return {
    email: String(values[0] ?? '').replace(/^mailto:/i, ''),
    ...(typeof cn === 'string' && cn !== '' && { displayName: cn }),
    ...(String(role).toUpperCase() === 'OPT-PARTICIPANT' && { optional: true }),
  };
}
