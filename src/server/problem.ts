/**
 * Problem documents (RFC 9457). A type is stable: programs decide by it. docs/http.md lists them, and a test compares the two.
 */
import type { Answer } from './answer.ts';

interface ProblemType {
  readonly status: number;
  readonly title: string;
}

export const problemTypes = {
  malformed_json: { status: 400, title: 'The body is not JSON, or could be read in two ways' },
  invalid_request: { status: 400, title: 'The request itself is wrong' },
  invalid_event: { status: 400, title: 'The event is not one that can be' },
  unknown_calendar: { status: 400, title: 'The calendar is not under management' },
  unauthorized: { status: 401, title: 'There is no valid bearer token' },
  forbidden: { status: 403, title: 'The token may not do this' },
  not_found: { status: 404, title: 'There is no such resource' },
  unknown_key: { status: 404, title: 'There is no such event' },
  method_not_allowed: { status: 405, title: 'The resource has no such method' },
  cancelled: { status: 409, title: 'The event is cancelled' },
  other_calendar: { status: 409, title: 'The event is on another calendar' },
  revision_needed: { status: 409, title: 'Taking attendees off needs the revision' },
  twin: { status: 409, title: 'Another event has the same calendar, time and title' },
  unknown_person: { status: 400, title: 'The person is not known' },
  person_without_address: { status: 409, title: 'The person has no calendar address' },
  not_the_persons_address: { status: 409, title: "The address is not that of the person's calendar" },
  conflict: { status: 409, title: 'The request does not go with what is there' },
  position_gone: { status: 410, title: 'The changes after this position are not all kept' },
  precondition_failed: { status: 412, title: 'The event is not as the request names it' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is of another type than the resource takes' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  too_many_requests: { status: 429, title: 'The token has used up its rate' },
  internal: { status: 500, title: 'Something in calsync is wrong' },
  unavailable: { status: 503, title: 'The database cannot be reached' },
  busy: { status: 503, title: 'Another writer holds the row' },
} as const satisfies Readonly<Record<string, ProblemType>>;

export type ProblemName = keyof typeof problemTypes;

/** What is wrong with one field: where, as `attendees[2].email`, and what to do. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export interface Problem {
  readonly name: ProblemName;
  /** What is wrong this time and what to do. */
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The event as it is now, for a 412; null where there is none. */
  readonly current?: unknown;
}

const uriPrefix = 'urn:calsync:problem:';

export function problemUri(name: ProblemName): string {
  return `${uriPrefix}${name}`;
}

/** Whether a body is a problem document of ours, by its type. */
export function isProblemDocument(body: unknown): boolean {
  return problemNameOf(body) !== null;
}

/** Which problem a body tells of; null for any other. */
export function problemNameOf(body: unknown): ProblemName | null {
  if (typeof body !== 'object' || body === null || !('type' in body) || typeof body.type !== 'string') return null;
  if (!body.type.startsWith(uriPrefix)) return null;
  return body.type.slice(uriPrefix.length) as ProblemName; // written by problemUri alone
}

/** The document of a problem; `instance` names the request. */
export function problemAnswer({ name, detail, errors, headers, current }: Problem, requestId: string): Answer {
  const { status, title } = problemTypes[name];
  const body = {
    type: problemUri(name),
    title,
    status,
    detail,
    instance: `urn:calsync:request:${requestId}`,
    ...(errors !== undefined && errors.length > 0 && { errors }),
    ...(current !== undefined && { current }),
  };
  return { status, headers: headers ?? {}, body };
}

/** Thrown by whatever serves a request, to be answered as a problem. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** A request that is wrong in one place. */
export function invalidRequest(field: string, message: string): Refusal {
  return new Refusal({ name: 'invalid_request', detail: `${field} ${message}`.trim(), errors: [{ field, message }] });
}
