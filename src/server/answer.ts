/** What a route answers: data, so that it can be kept for a request that comes again. */
export interface Answer {
  readonly status: number;
  /** Those that belong to this answer, such as its ETag; the type of the body is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON document. */
  readonly body: unknown;
}

export const jsonType = 'application/json; charset=utf-8';
export const problemType = 'application/problem+json; charset=utf-8';

export function ok(body: unknown, headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers, body };
}

/** Whether it says that something was done or found. */
export function isSuccess({ status }: Answer): boolean {
  return status < 400;
}
