/** `/v1/events/{key}/attendees/{address}`: enrolling and leaving, one guest at a time, without touching any other. */
import { parseAddress } from '../core/address.ts';
import { issueProblems } from '../core/spec-issue.ts';
import { eventSchema } from '../core/spec-schema.ts';
import { addAttendees, type Enrolment, removeAttendeesOf } from '../write/attendees.ts';
import type { Answer } from './answer.ts';
import { attendeeInput, written } from './documents.ts';
import { readPrecondition } from './precondition.ts';
import { Refusal } from './problem.ts';
import { problemOfSpec } from './problem-of-write.ts';
import { noQuery } from './query.ts';
import { jsonTypes } from './read-body.ts';
import { type Call, defineRoute, type Route } from './route.ts';
import { answerUnlessNumbers, answerWrite, keyOf, requireMatchOnly } from './write-answer.ts';

const path = '/v1/events/{key}/attendees/{address}';

export const attendeeRoutes: readonly Route[] = [
  defineRoute({
    method: 'PUT',
    path,
    summary: 'Add a guest, or restate what is said of one',
    description: 'What the body leaves out stays as it is. Changes the revision of the event and not its generation.',
    scope: 'write',
    query: noQuery,
    body: { types: jsonTypes, optional: true, schema: attendeeInput },
    conditional: 'match',
    answers: { 200: written },
    problems: ['invalid_event', 'unknown_key', 'cancelled', 'precondition_failed'],
    serve: addAttendee,
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Take a guest off',
    description: 'In whatever spelling of the mailbox. One who is not on the event changes nothing.',
    scope: 'write',
    query: noQuery,
    conditional: 'match',
    answers: { 200: written },
    problems: ['invalid_event', 'unknown_key', 'precondition_failed'],
    serve: removeAttendee,
  }),
];

async function addAttendee(call: Call): Promise<Answer> {
  const enrolment = readEnrolment(addressOf(call), call.body);
  return changeAttendees(call, async (tx, key) => addAttendees(tx, key, [enrolment], call.writer));
}

async function removeAttendee(call: Call): Promise<Answer> {
  const address = addressOf(call);
  return changeAttendees(call, async (tx, key) => removeAttendeesOf(tx, key, [address], call.writer));
}

type Change = (tx: Parameters<Parameters<Call['write']>[0]>[0], key: string) => ReturnType<typeof addAttendees>;

async function changeAttendees(call: Call, change: Change): Promise<Answer> {
  const key = keyOf(call);
  const precondition = readPrecondition(call.headers.get('if-match'), call.headers.get('if-none-match'));
  requireMatchOnly(precondition);
  return call.write(async (tx) => {
    const early = await answerUnlessNumbers(tx, call, key, precondition);
    return early ?? answerWrite(tx, call, key, await change(tx, key));
  });
}

function addressOf({ params }: Call): string {
  const parsed = parseAddress(params.address ?? '');
  if (parsed.ok) return parsed.address;
  throw new Refusal(problemOfSpec([{ path: 'email', message: parsed.problem }]));
}

/** By the door's own rule for an attendee of an event. */
function readEnrolment(email: string, body: unknown): Enrolment {
  const stated = body ?? {};
  const entry = typeof stated === 'object' && !Array.isArray(stated) ? { ...stated, email } : stated;
  const parsed = eventSchema.shape.attendees.safeParse([entry]);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      issueProblems({ ...issue, path: issue.path.slice(1) }, entry),
    );
    throw new Refusal(problemOfSpec(problems));
  }
  const said = new Set(Object.entries(entry).flatMap(([name, value]) => (value === null ? [] : [name])));
  const [attendee] = parsed.data ?? [];
  if (attendee === undefined) throw new Refusal(problemOfSpec([{ path: '', message: 'must be an object' }]));
  return {
    email,
    ...(said.has('displayName') && { displayName: attendee.displayName }),
    ...(said.has('optional') && { optional: attendee.optional }),
  };
}
