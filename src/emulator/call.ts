import { ApiError, apiError } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { Json, JsonObject } from './model.ts';

/** A request as both doors, HTTP and in-process, hand it in. */
export interface Call {
  readonly method: string;
  /** Without the query, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for 204 and 304. */
  readonly body: string;
}

/** The connection breaks instead of an answer: the HTTP door resets it, the in-process door rejects. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export function jsonAnswer(status: number, body: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
    body: JSON.stringify(body),
  };
}

export function emptyAnswer(status: 204 | 304): Answer {
  return { status, headers: {}, body: '' };
}

export function errorAnswer(thrown: unknown): Answer {
  const error = thrown instanceof ApiError ? thrown : undefined;
  if (error === undefined) throw thrown;
  const challenge = { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' };
  return jsonAnswer(error.status, error.body, error.status === 401 ? challenge : {});
}

/** The JSON object of a body, empty for an empty one; 400 `parseError` for anything else. */
export function parseJsonBody(text: string): JsonObject {
  if (text === '') return {};
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    throw apiError('parseError');
  }
  if (!isObject(parsed)) throw apiError('parseError');
  return parsed;
}
