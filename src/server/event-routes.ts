/** `/v1/events`: what should be. */
import { z } from '@hono/zod-openapi';
import { parseEventSpec } from '../core/event-spec.ts';
import { cancelEvents, unknownKey } from '../write/cancel.ts';
import { getEvent, listEvents } from '../write/get.ts';
import { patchEvent } from '../write/patch-event.ts';
import { putEvents } from '../write/put.ts';
import type { WriteResult } from '../write/result.ts';
import { type Answer, ok } from './answer.ts';
import { event, eventInput, eventPage, eventPatchInput, written } from './documents.ts';
import { gotDocument } from './event-document.ts';
import { etagOf, expectedByPut, expectedNumbers, readPrecondition } from './precondition.ts';
import { invalidRequest, problemAnswer, Refusal } from './problem.ts';
import { problemOfSpec, problemOfWrite } from './problem-of-write.ts';
import { cursorOf, flag, limit, noQuery, plainText, readCursor, waitMs } from './query.ts';
import { jsonTypes, patchTypes } from './read-body.ts';
import { type Call, defineRoute, type Route } from './route.ts';
import { answerWrite, keyOf, requireMatchOnly } from './write-answer.ts';

const eventPath = '/v1/events/{key}';
const moveQuery = z.strictObject({ move: flag });

export const eventRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/events',
    summary: 'Events, page by page, in the order of their keys',
    description: 'Cancelled events are among them. `next` is the cursor of the next page, or null.',
    scope: 'read',
    query: z.strictObject({
      calendar: plainText.optional(),
      schedule: plainText.optional(),
      cursor: z.string().optional(),
      limit,
    }),
    answers: { 200: eventPage },
    problems: ['invalid_request'],
    serve: listAllEvents,
  }),
  defineRoute({
    method: 'GET',
    path: eventPath,
    summary: 'One event, as it should be, and how it stands',
    scope: 'read',
    description:
      '`wait` answers as soon as Google shows the event as it should be, or waiting would not help any more, at most after so long.',
    query: z.strictObject({ wait: waitMs }),
    answers: { 200: event },
    problems: ['invalid_event', 'unknown_key'],
    serve: getOneEvent,
  }),
  defineRoute({
    method: 'PUT',
    path: eventPath,
    summary: 'Say how an event should be',
    description:
      "Replaces the event's own fields; `attendees` left out: untouched. Taking anyone off with the list needs a revision in If-Match, another calendar `?move=true`, a cancelled event its generation.",
    scope: 'write',
    query: moveQuery,
    body: { types: jsonTypes, optional: false, schema: eventInput },
    conditional: 'match_or_create',
    answers: { 200: written, 201: written },
    problems: [
      'invalid_event',
      'unknown_calendar',
      'cancelled',
      'other_calendar',
      'revision_needed',
      'twin',
      'unknown_person',
      'person_without_address',
      'not_the_persons_address',
      'precondition_failed',
    ],
    serve: putEvent,
  }),
  defineRoute({
    method: 'PATCH',
    path: eventPath,
    summary: 'Change single fields of an event',
    description:
      'A JSON merge patch (RFC 7396), merged with the event as it is when it is written: patches of different fields both stay.',
    scope: 'write',
    query: moveQuery,
    body: { types: patchTypes, optional: false, schema: eventPatchInput },
    conditional: 'match',
    answers: { 200: written },
    problems: [
      'invalid_event',
      'unknown_key',
      'unknown_calendar',
      'cancelled',
      'other_calendar',
      'twin',
      'precondition_failed',
    ],
    serve: patchOneEvent,
  }),
  defineRoute({
    method: 'DELETE',
    path: eventPath,
    summary: 'Cancel an event',
    description: 'Its row and its attendees stay, closed. Cancelling it again changes nothing.',
    scope: 'write',
    query: noQuery,
    conditional: 'match',
    answers: { 200: written },
    problems: ['invalid_event', 'unknown_key', 'precondition_failed'],
    serve: cancelEvent,
  }),
];

async function listAllEvents(
  call: Call<{
    calendar?: string | undefined;
    schedule?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  }>,
): Promise<Answer> {
  const { calendar, schedule, cursor, limit: most } = call.query;
  const filter = { calendar: calendar ?? null, schedule: schedule ?? null };
  const page = await listEvents(call.db, filter, readCursor(cursor, 'string'), most);
  return ok({ events: page.events.map(gotDocument), next: cursorOf(page.lastKey) });
}

async function getOneEvent(call: Call<{ wait: number }>): Promise<Answer> {
  const key = keyOf(call);
  if (call.query.wait > 0) await waitForGoogle(call, key, call.query.wait);
  const got = await getEvent(call.db, key);
  if (got === null) return problemAnswer(problemOfWrite([unknownKey(key)]), call.requestId);
  return ok(gotDocument(got), { ETag: etagOf(got) });
}

/** Ends early when the server does: what is answered then is how the event stands. */
async function waitForGoogle({ parts, signal }: Call, key: string, mostMs: number): Promise<void> {
  try {
    await parts.waits.forGoogle(key, mostMs, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}

async function putEvent(call: Call<{ move: boolean }>): Promise<Answer> {
  const key = keyOf(call);
  const parsed = parseEventSpec(withKey(call.body, key));
  if (!parsed.ok) throw new Refusal(problemOfSpec(parsed.problems));
  if (parsed.spec.key !== key) throw invalidRequest('key', 'is another one than that of the path: leave it out');
  const precondition = preconditionOf(call);
  const options = { ...expectedByPut(precondition), move: call.query.move };
  return call.write(async (db) => {
    const result = await putEvents(db, [parsed.spec], call.writer, options);
    return answerWrite(db, call, key, asPrecondition(result), parsed.warnings);
  });
}

/** A put finds no row only where a generation was named, or any row: what was asked for is not there, and that is said first. */
function asPrecondition(result: WriteResult): WriteResult {
  if (result.kind === 'written') return result;
  const moved = result.problems.filter(({ kind }) => kind === 'unknown_key');
  const others = result.problems.filter(({ kind }) => kind !== 'unknown_key');
  return {
    ...result,
    problems: [...moved.map((problem) => ({ ...problem, kind: 'generation_moved' as const })), ...others],
  };
}

async function patchOneEvent(call: Call<{ move: boolean }>): Promise<Answer> {
  const key = keyOf(call);
  const { body } = call;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal(problemOfSpec([{ path: '', message: 'must be an object with the fields to change' }]));
  const precondition = preconditionOf(call);
  requireMatchOnly(precondition);
  const options = { ...expectedNumbers(precondition), move: call.query.move };
  return call.write(async (db) => {
    const result = await patchEvent(db, key, { ...body }, call.writer, options);
    if (result.kind === 'invalid') return problemAnswer(problemOfSpec(result.problems), call.requestId);
    return answerWrite(db, call, key, result, result.warnings);
  });
}

async function cancelEvent(call: Call): Promise<Answer> {
  const key = keyOf(call);
  const precondition = preconditionOf(call);
  requireMatchOnly(precondition);
  return call.write(async (db) =>
    answerWrite(db, call, key, await cancelEvents(db, [key], call.writer, expectedNumbers(precondition))),
  );
}

function preconditionOf({ headers }: Call) {
  return readPrecondition(headers.get('if-match'), headers.get('if-none-match'));
}

/** The key stands in the path; a body need not repeat it. */
function withKey(body: unknown, key: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || Object.hasOwn(body, 'key')) return body;
  return Object.fromEntries([['key', key], ...Object.entries(body)]);
}
