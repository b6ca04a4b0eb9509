import { type Answer, ConnectionLost, errorAnswer, jsonAnswer } from './call.ts';
import { errorNamed, type FaultAction, type FaultError, type Hit, type RetryAfter } from './faults.ts';

const never = new Promise<never>(() => {});
const htmlPage =
  '<!DOCTYPE html><html><head><title>Error 502 (Server Error)!!1</title></head><body><p><b>502.</b> That’s an error.</body></html>';

/**
 * Carries out the faults around a request. `apply` runs the request; it runs at most once, and not at all when a
 * fault stands before it. Several hits act in the order of their rules. `now` is read for dates in answers.
 */
export async function answerThrough(
  hits: readonly Hit[],
  { sleep, now }: { readonly sleep: (delayMs: number) => Promise<void>; readonly now: () => number },
  apply: () => Answer,
): Promise<Answer> {
  for (const { action } of hits) {
    if (action.kind === 'delay') await sleep(action.delayMs);
    if (action.kind === 'never_answer' && action.apply !== true) return never;
    const early = answerBefore(action, now());
    if (early !== undefined) return early;
  }
  let answer = apply();
  for (const { action } of hits) {
    if (action.kind === 'never_answer') return never;
    answer = answerAfter(action, answer, now());
  }
  return answer;
}

function answerBefore(action: FaultAction, nowMs: number): Answer | undefined {
  switch (action.kind) {
    case 'error':
      return refusal(action, nowMs);
    case 'answer':
      return typeof action.body === 'string'
        ? { status: action.status, headers: { 'content-type': action.contentType ?? 'text/plain' }, body: action.body }
        : jsonAnswer(action.status, action.body ?? {});
    case 'html':
      return { status: action.status ?? 502, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: htmlPage };
    default:
      return undefined;
  }
}

function answerAfter(action: FaultAction, answer: Answer, nowMs: number): Answer {
  switch (action.kind) {
    case 'lose_answer':
      throw new ConnectionLost('the connection was lost after the request was applied');
    case 'error_after':
      return refusal(action, nowMs);
    case 'truncate':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    default:
      return answer;
  }
}

function refusal(asked: { readonly error: FaultError; readonly retryAfter?: RetryAfter }, nowMs: number): Answer {
  const answer = errorAnswer(errorNamed(asked.error));
  if (asked.retryAfter === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, 'retry-after': headerOf(asked.retryAfter, nowMs) } };
}

function headerOf({ seconds, as }: RetryAfter, nowMs: number): string {
  return as === 'seconds' ? String(seconds) : new Date(nowMs + seconds * 1_000).toUTCString();
}
