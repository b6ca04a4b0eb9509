import { gaxios } from 'google-auth-library';
import { asCalsyncError, CalsyncError } from '../core/error.ts';

/** What is known of a request that did not end in a good answer. */
export type Failure =
  | { readonly kind: 'answer'; readonly answer: BadAnswer }
  | Silence
  /** Not about the request at all. */
  | { readonly kind: 'other'; readonly error: CalsyncError };

/** No answer, or none that can be read: `reason` is `timeout`, `malformed_answer` or the network's code. */
export interface Silence {
  readonly kind: 'silence';
  readonly reason: string;
  /** True when no byte of the request can have left. */
  readonly neverSent: boolean;
}

export interface BadAnswer {
  readonly status: number;
  /** The parsed body; text where it is no JSON. */
  readonly body: unknown;
  readonly retryAfterMs?: number;
}

/** Codes of failures that happen before the first byte of a request leaves. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const MAX_CAUSE_DEPTH = 5;

/** The answer is not what this call gives: truncated, HTML with status 200, another resource. */
export function malformedAnswer(what: string): CalsyncError {
  return new CalsyncError('transient', `the answer is not ${what}`, { reason: 'malformed_answer' });
}

/**
 * Reads what the client threw. Its own error object goes no further: it holds the request, with bearer token and
 * event text.
 */
export function readFailure(thrown: unknown, nowMs: number): Failure {
  if (thrown instanceof CalsyncError) return readOurs(thrown);
  if (!(thrown instanceof gaxios.GaxiosError)) return { kind: 'other', error: asCalsyncError(thrown) };
  const { response } = thrown;
  if (response === undefined) return readSilence(thrown);
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), nowMs);
  const answer = { status: response.status, body: response.data as unknown };
  return { kind: 'answer', answer: retryAfterMs === undefined ? answer : { ...answer, retryAfterMs } };
}

function readOurs(error: CalsyncError): Failure {
  if (error.reason === 'timeout' || error.reason === 'malformed_answer') {
    return { kind: 'silence', reason: error.reason, neverSent: false };
  }
  return { kind: 'other', error };
}

function readSilence(thrown: Error): Failure {
  let reason = 'network';
  let link: unknown = thrown;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && link instanceof Error; depth++) {
    // The innermost code is the operating system's; the transports put names of their own above it.
    if ('code' in link && typeof link.code === 'string') reason = link.code;
    link = link.cause;
  }
  return { kind: 'silence', reason, neverSent: NEVER_SENT.has(reason) };
}

/** `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110, 10.2.3); nonsense is undefined. */
function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const dateMs = Date.parse(header);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
