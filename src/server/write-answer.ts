/** What a write of one event answers. */
import type { SpecProblem } from '../core/spec-problem.ts';
import type { Db } from '../store/database.ts';
import { readDesired } from '../store/desired.ts';
import { unknownKey } from '../write/cancel.ts';
import type { WriteResult } from '../write/result.ts';
import { type Answer, ok } from './answer.ts';
import { rowDocument } from './event-document.ts';
import { parsedKey } from './parsed-key.ts';
import { etagOf, type Precondition } from './precondition.ts';
import { mayDo } from './principal.ts';
import { type Problem, problemAnswer, Refusal } from './problem.ts';
import { problemOfWrite } from './problem-of-write.ts';
import type { Call } from './route.ts';

/** The key of the path. Throws a `Refusal` for one that no event can have. */
export function keyOf({ params }: Call): string {
  return parsedKey(params.key ?? '');
}

/** 201 with its place for a new event, else 200; a refusal as its problem. `db` is what the write was done with. */
export async function answerWrite(
  db: Db,
  call: Call,
  key: string,
  result: WriteResult,
  warnings: readonly SpecProblem[] = [],
): Promise<Answer> {
  if (result.kind === 'refused') return refused(db, call, key, problemOfWrite(result.problems));
  const [now] = result.keys;
  if (now === undefined) return refused(db, call, key, problemOfWrite([unknownKey(key)]));
  const body = {
    key: now.key,
    kind: now.kind,
    generation: now.generation,
    revision: now.revision,
    ...(warnings.length > 0 && { warnings: warnings.map(({ path, message }) => ({ field: path, message })) }),
  };
  const headers = { ETag: etagOf(now) };
  if (now.kind !== 'created') return ok(body, headers);
  return { status: 201, headers: { ...headers, Location: `/v1/events/${encodeURIComponent(key)}` }, body };
}

/** A 412 carries the event as it is, for those who may read. */
async function refused(db: Db, call: Call, key: string, problem: Problem): Promise<Answer> {
  if (problem.name !== 'precondition_failed') return problemAnswer(problem, call.requestId);
  const stored = (await readDesired(db, [key])).get(key);
  const current = stored === undefined ? null : rowDocument(stored);
  const headers = stored === undefined ? {} : { ETag: etagOf(stored) };
  return problemAnswer({ ...problem, headers, ...(mayDo(call.principal, 'read') && { current }) }, call.requestId);
}

/** Refuses `If-None-Match` where nothing can be created. */
export function requireMatchOnly(precondition: Precondition): void {
  if (precondition.kind === 'absent')
    throw new Refusal({ name: 'invalid_request', detail: 'If-None-Match: * goes with PUT of an event only' });
}
