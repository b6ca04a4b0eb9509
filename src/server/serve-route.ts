/** From a request to its answer, and one line about it for the log. */
import { asConnectionError } from '../store/connection-errors.ts';
import { type Answer, jsonType, problemType } from './answer.ts';
import { authorise } from './authorise.ts';
import type { RunningParts } from './parts.ts';
import type { Principal } from './principal.ts';
import { isProblemDocument, type Problem, problemAnswer, problemNameOf } from './problem.ts';
import { problemOfError } from './problem-of-error.ts';
import type { RateLimit } from './rate-limit.ts';
import { type Arrived, readCall } from './read-call.ts';
import { faultOf } from './request-log.ts';
import type { Route } from './route.ts';
import type { TokenDirectory } from './token-directory.ts';

const requestIdBytes = 8;

export interface Door {
  readonly parts: RunningParts;
  readonly tokens: TokenDirectory;
  readonly rates: RateLimit;
}

/** Who a route that is open to everyone is served as. */
const anyone: Principal = { id: 'anyone', name: 'anyone', scopes: [], ratePerMinute: null };

interface Served {
  readonly answer: Answer | Response;
  readonly principal: Principal;
  readonly thrown: unknown;
}

/** Serves a route, or refuses where there is none. Never throws; every request is told of once. */
export async function serveRoute(door: Door, route: Route | Problem, arrived: Arrived): Promise<Response> {
  const { parts } = door;
  const startedAt = parts.clock.now();
  const requestId = parts.random.hex(requestIdBytes);
  const { answer, principal, thrown } = await answerTo(door, route, arrived, requestId);
  const response = answer instanceof Response ? answer : responseOf(answer, requestId, parts);
  parts.onRequest({
    requestId,
    method: arrived.request.method,
    route: 'path' in route ? route.path : null,
    status: response.status,
    durationMs: parts.clock.now() - startedAt,
    token: principal === anyone ? null : principal.id,
    problem: answer instanceof Response ? null : problemNameOf(answer.body),
    fault: response.status >= 500 && thrown !== undefined ? faultOf(asConnectionError(thrown)) : null,
  });
  return response;
}

async function answerTo(
  { parts, tokens, rates }: Door,
  route: Route | Problem,
  arrived: Arrived,
  requestId: string,
): Promise<Served> {
  let principal = anyone;
  try {
    if (!('path' in route)) return { answer: problemAnswer(route, requestId), principal, thrown: undefined };
    if (route.scope !== null) principal = await authorise(tokens, rates, route.scope, arrived.request.headers);
    const call = await readCall(parts, route, arrived, principal, requestId);
    return { answer: await route.serve(call), principal, thrown: undefined };
  } catch (thrown) {
    return { answer: problemAnswer(problemOfError(thrown), requestId), principal, thrown };
  }
}

function responseOf({ status, headers, body }: Answer, requestId: string, { closing }: RunningParts): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': isProblemDocument(body) ? problemType : jsonType,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
      ...(closing.aborted && { Connection: 'close' }),
      ...headers,
    },
  });
}
