/** What a request asks of its route: query, body, writer. */
import { repeatableRequest, writeOnce } from './idempotent.ts';
import type { RunningParts } from './parts.ts';
import type { Principal } from './principal.ts';
import { invalidRequest } from './problem.ts';
import { readQuery } from './query.ts';
import { readBytes, readJsonBody } from './read-body.ts';
import type { Call, Route } from './route.ts';

const mostActorCharacters = 200;

/** A request as it arrived. */
export interface Arrived {
  readonly request: Request;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Parts of the path, decoded once. */
  readonly params: Readonly<Record<string, string>>;
}

/** Throws a `Refusal` for what cannot be read; rejects where the client breaks off. */
export async function readCall(
  parts: RunningParts,
  route: Route,
  { request, target, params }: Arrived,
  principal: Principal,
  requestId: string,
): Promise<Call> {
  const { method, headers } = request;
  const query = readQuery(route.query, target);
  const bytes = route.method === 'GET' ? new Uint8Array() : await readBytes(request);
  return {
    parts,
    db: parts.db,
    principal,
    writer: { actor: actorOf(principal, headers.get('x-actor')), door: 'http', source: 'caller' },
    params,
    query,
    headers,
    body: bodyOf(route, bytes, headers),
    requestId,
    get signal() {
      return AbortSignal.any([request.signal, parts.closing]);
    },
    write(work) {
      const key = headers.get('idempotency-key');
      return writeOnce(parts.db, repeatableRequest(principal.id, key, { method, target, body: bytes }), work);
    },
  };
}

function bodyOf({ body }: Route, bytes: Uint8Array, headers: Headers): unknown {
  if (body !== undefined) return readJsonBody(bytes, headers, body.types, body);
  if (bytes.length > 0) throw invalidRequest('', 'this takes no body: send none');
  return undefined;
}

/** The token's name stands first, so that nobody writes in another's. */
function actorOf({ name }: Principal, onBehalfOf: string | null): string {
  if (onBehalfOf === null) return name;
  if (onBehalfOf.length > mostActorCharacters || !/^[ -~]+$/.test(onBehalfOf))
    throw invalidRequest('X-Actor', `must be 1 to ${mostActorCharacters} visible ASCII characters`);
  return `${name}: ${onBehalfOf}`;
}
