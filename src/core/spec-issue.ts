/** Zod's issues in the words of the door. */
import type { z } from 'zod';
import { nearestName, pathOf, type SpecProblem } from './spec-problem.ts';
import { eventSchema } from './spec-schema.ts';

type Issue = z.core.$ZodIssue;

const fieldsByPath: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(eventSchema.shape),
  start: ['date', 'dateTime', 'timeZone'],
  end: ['date', 'dateTime', 'timeZone'],
  'attendees[]': ['email', 'person', 'displayName', 'optional'],
  reminders: ['useDefault', 'overrides'],
  'reminders.overrides[]': ['method', 'minutes'],
};

/** What other programs call these fields, in small letters without separators. */
const synonyms: Readonly<Record<string, string>> = {
  id: 'key',
  uid: 'key',
  calendarid: 'calendar',
  title: 'summary',
  subject: 'summary',
  name: 'summary',
  notes: 'description',
  body: 'description',
  room: 'location',
  venue: 'location',
  starttime: 'start',
  endtime: 'end',
  guests: 'attendees',
  invitees: 'attendees',
  rrule: 'recurrence',
  repeat: 'recurrence',
  tags: 'labels',
  notify: 'sendUpdates',
  sendnotifications: 'sendUpdates',
  alarms: 'reminders',
  tz: 'timeZone',
  zone: 'timeZone',
  datetime: 'dateTime',
  mail: 'email',
  address: 'email',
  personid: 'person',
  userid: 'person',
};

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** One problem for an issue; one for each name if it is about unknown fields. */
export function issueProblems(issue: Issue, input: unknown): readonly SpecProblem[] {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => unknownField(issue.path, name));
    case 'invalid_type':
      return [{ path, message: typeMessage(issue, valueAt(input, issue.path)) }];
    case 'invalid_value':
      return [{ path, message: `must be one of ${issue.values.map(String).join(', ')}` }];
    case 'invalid_key':
      return issue.issues.map(({ message }) => ({ path, message }));
    default:
      return [{ path, message: issue.message }];
  }
}

function unknownField(parent: readonly PropertyKey[], name: string): SpecProblem {
  const place = pathOf(parent).replaceAll(/\[\d+\]/g, '[]');
  const accepted = fieldsByPath[place] ?? [];
  const nearest = nearestName(name, accepted, synonyms);
  const hint = nearest === null ? `known are ${accepted.join(', ')}` : `did you mean ${nearest}?`;
  return { path: pathOf([...parent, name]), message: `is not a known field: ${hint}` };
}

function typeMessage(issue: Extract<Issue, { code: 'invalid_type' }>, value: unknown): string {
  const expected = typeNames[issue.expected] ?? issue.expected;
  if (value !== undefined) return `must be ${expected}`;
  return issue.path.length === 0 ? `must be ${expected}` : `is missing: it must be ${expected}`;
}

/** Zod leaves the input out of its issues, for good reason. */
function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, segment) => (typeof value === 'object' && value !== null ? Reflect.get(value, segment) : undefined),
    input,
  );
}
