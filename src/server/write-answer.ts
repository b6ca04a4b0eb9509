/** What a write of one event answers, and what its preconditions ask first. */
import type { SpecProblem } from '../core/spec-problem.ts';
import type { Tx } from '../store/database.ts';
import { lockDesired, readDesired } from '../store/desired.ts';
import { unknownKey } from '../write/cancel.ts';
import { expectationProblem } from '../write/put-decision.ts';
import type { WriteProblem, WriteResult } from '../write/result.ts';
import { type Answer, ok } from './answer.ts';
import { rowDocument } from './event-document.ts';
import { parsedKey } from './parsed-key.ts';
import { etagOf, expectedNumbers, type Precondition } from './precondition.ts';
import { mayDo } from './principal.ts';
import { type Problem, problemAnswer, Refusal } from './problem.ts';
import { problemOfWrite } from './problem-of-write.ts';
import type { Call } from './route.ts';

/** The key of the path. Throws a `Refusal` for one that no event can have. */
export function keyOf({ params }: Call): string {
  return parsedKey(params.key ?? '');
}

/** 201 with its place for a new event, else 200; a refusal as its problem. `tx` is the transaction of the write. */
export async function answerWrite(
  tx: Tx,
  call: Call,
  key: string,
  result: WriteResult,
  warnings: readonly SpecProblem[] = [],
): Promise<Answer> {
  if (result.kind === 'refused') return refused(tx, call, key, problemOfWrite(result.problems));
  const [now] = result.keys;
  if (now === undefined) return refused(tx, call, key, problemOfWrite([unknownKey(key)]));
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
async function refused(tx: Tx, call: Call, key: string, problem: Problem): Promise<Answer> {
  if (problem.name !== 'precondition_failed') return problemAnswer(problem, call.requestId);
  const stored = (await readDesired(tx, [key])).get(key);
  const current = stored === undefined ? null : rowDocument(stored);
  const headers = stored === undefined ? {} : { ETag: etagOf(stored) };
  return problemAnswer({ ...problem, headers, ...(mayDo(call.principal, 'read') && { current }) }, call.requestId);
}

/** For writes that take no numbers themselves: 412 where the row is not at the numbers that were named; null: go on. */
export async function answerUnlessNumbers(
  tx: Tx,
  call: Call,
  key: string,
  precondition: Precondition,
): Promise<Answer | null> {
  if (precondition.kind === 'none') return null;
  const stored = (await lockDesired(tx, [key])).get(key);
  if (stored === undefined) return null; // the write says that there is no such event
  const moved: WriteProblem | null = expectationProblem(key, stored, expectedNumbers(precondition));
  return moved === null ? null : refused(tx, call, key, problemOfWrite([moved]));
}

/** Refuses `If-None-Match` where nothing can be created. */
export function requireMatchOnly(precondition: Precondition): void {
  if (precondition.kind === 'absent')
    throw new Refusal({ name: 'invalid_request', detail: 'If-None-Match: * goes with PUT of an event only' });
}
