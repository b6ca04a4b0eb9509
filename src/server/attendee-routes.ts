/** `/v1/events/{key}/attendees/{address}` and `…/people/{person}`: enrolling and leaving, one guest at a time, without touching any other. */
import { parseAddress } from '../core/address.ts';
import { issueProblems } from '../core/spec-issue.ts';
import { eventSchema, personId } from '../core/spec-schema.ts';
import type { Db } from '../store/database.ts';
import { addAttendees, type Enrolment, type GuestName, removeAttendeesOf } from '../write/attendees.ts';
import type { WriteResult } from '../write/result.ts';
import type { Answer } from './answer.ts';
import { attendeeInput, roleInput, written } from './documents.ts';
import { expectedNumbers, readPrecondition } from './precondition.ts';
import { Refusal } from './problem.ts';
import { problemOfSpec } from './problem-of-write.ts';
import { noQuery } from './query.ts';
import { jsonTypes } from './read-body.ts';
import { type Call, defineRoute, type Route } from './route.ts';
import { answerWrite, keyOf, requireMatchOnly } from './write-answer.ts';

const byAddress = '/v1/events/{key}/attendees/{address}';
const byPerson = '/v1/events/{key}/people/{person}';

export const attendeeRoutes: readonly Route[] = [
  defineRoute({
    method: 'PUT',
    path: byAddress,
    summary: 'Add a guest, or restate what is said of one',
    description:
      'What the body leaves out stays as it is. A `person` has to be the one whose calendar has the address. Changes the revision of the event and not its generation.',
    scope: 'write',
    query: noQuery,
    body: { types: jsonTypes, optional: true, schema: attendeeInput },
    conditional: 'match',
    answers: { 200: written },
    problems: [
      'invalid_event',
      'unknown_key',
      'cancelled',
      'unknown_person',
      'person_without_address',
      'not_the_persons_address',
      'precondition_failed',
    ],
    serve: (call) => addGuest(call, { email: addressOf(call) }),
  }),
  defineRoute({
    method: 'DELETE',
    path: byAddress,
    summary: 'Take a guest off',
    description: 'In whatever spelling of the mailbox. One who is not on the event changes nothing.',
    scope: 'write',
    query: noQuery,
    conditional: 'match',
    answers: { 200: written },
    problems: ['invalid_event', 'unknown_key', 'precondition_failed'],
    serve: (call) => removeGuest(call, { email: addressOf(call) }),
  }),
  defineRoute({
    method: 'PUT',
    path: byPerson,
    summary: 'Add a person, at the address of their calendar, or restate what is said of them',
    description: 'What the body leaves out stays as it is. Changes the revision of the event and not its generation.',
    scope: 'write',
    query: noQuery,
    body: { types: jsonTypes, optional: true, schema: roleInput },
    conditional: 'match',
    answers: { 200: written },
    problems: [
      'invalid_event',
      'unknown_key',
      'cancelled',
      'unknown_person',
      'person_without_address',
      'precondition_failed',
    ],
    serve: (call) => addGuest(call, { person: personOf(call) }),
  }),
  defineRoute({
    method: 'DELETE',
    path: byPerson,
    summary: 'Take a person off, under whatever address they were invited',
    description: 'One who is not on the event changes nothing.',
    scope: 'write',
    query: noQuery,
    conditional: 'match',
    answers: { 200: written },
    problems: ['invalid_event', 'unknown_key', 'precondition_failed'],
    serve: (call) => removeGuest(call, { person: personOf(call) }),
  }),
];

async function addGuest(call: Call, guest: GuestName): Promise<Answer> {
  const enrolment = readEnrolment(guest, call.body);
  return changeAttendees(call, async (db, key, expected) =>
    aboutTheGuest(await addAttendees(db, key, [enrolment], call.writer, expected)),
  );
}

/** One guest is at hand, so fields are named as those of a guest: `email`, not `attendees[0].email`. */
function aboutTheGuest(result: WriteResult): WriteResult {
  if (result.kind === 'written') return result;
  const problems = result.problems.map((problem) => ({
    ...problem,
    field: problem.field?.replace(/^attendees\[0\]\./, '') ?? null,
  }));
  return { ...result, problems };
}

async function removeGuest(call: Call, guest: GuestName): Promise<Answer> {
  return changeAttendees(call, (db, key, expected) => removeAttendeesOf(db, key, [guest], call.writer, expected));
}

type Change = (db: Db, key: string, expected: ReturnType<typeof expectedNumbers>) => Promise<WriteResult>;

async function changeAttendees(call: Call, change: Change): Promise<Answer> {
  const key = keyOf(call);
  const precondition = readPrecondition(call.headers.get('if-match'), call.headers.get('if-none-match'));
  requireMatchOnly(precondition);
  const expected = expectedNumbers(precondition);
  return call.write(async (db) => answerWrite(db, call, key, await change(db, key, expected)));
}

function addressOf({ params }: Call): string {
  const parsed = parseAddress(params.address ?? '');
  if (parsed.ok) return parsed.address;
  throw new Refusal(problemOfSpec([{ path: 'email', message: parsed.problem }]));
}

function personOf({ params }: Call): string {
  const parsed = personId.safeParse(params.person ?? '');
  if (parsed.success) return parsed.data;
  throw new Refusal(problemOfSpec(parsed.error.issues.map(({ message }) => ({ path: 'person', message }))));
}

/** By the door's own rule for an attendee of an event. Who it is about stands in the path: the body need not repeat it, nor say otherwise. */
function readEnrolment(guest: GuestName, body: unknown): Enrolment {
  const stated = body ?? {};
  const entry = isObject(stated) ? Object.fromEntries([...Object.entries(stated), ...named(guest, stated)]) : stated;
  const parsed = eventSchema.shape.attendees.safeParse([entry]);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issueProblems({ ...issue, path: issue.path.slice(1) }, entry),
    );
    throw new Refusal(problemOfSpec(problems));
  }
  const [attendee] = parsed.data ?? [];
  if (attendee === undefined || !isObject(entry))
    throw new Refusal(problemOfSpec([{ path: '', message: 'must be an object' }]));
  const { email, displayName, optional } = attendee;
  const name =
    'person' in attendee ? { person: attendee.person, ...(email !== null && { email }) } : { email: attendee.email };
  return {
    ...name,
    ...(entry.displayName != null && { displayName }),
    ...(entry.optional != null && { optional }),
  };
}

/** Throws a `Refusal` where the body names another guest than the path. */
function named(guest: GuestName, stated: Fields): readonly (readonly [string, string])[] {
  const problems = Object.entries(guest).flatMap(([field, value]) =>
    stated[field] == null || stated[field] === value
      ? []
      : [{ path: field, message: 'is another one than that of the path: leave it out' }],
  );
  if ('person' in guest && stated.email != null)
    problems.push({ path: 'email', message: 'is not stated here: it is the one of the calendar of the person' });
  if (problems.length > 0) throw new Refusal(problemOfSpec(problems));
  return Object.entries(guest);
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
