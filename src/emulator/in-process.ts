import { type Answer, type Call, ConnectionLost } from './call.ts';

/** A fetch that stays in this process: no port, no sockets. Lost connections reject as fetch's own do. */
export function createFetch(
  handle: (request: Request) => Promise<Response>,
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      return await Promise.race([handle(request), aborted]);
    } catch (thrown) {
      if (!(thrown instanceof ConnectionLost)) throw thrown;
      throw new TypeError('fetch failed', {
        cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
      });
    }
  };
}

export async function callOfRequest(request: Request): Promise<Call> {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    header: (name) => request.headers.get(name) ?? undefined,
    body: request.body === null ? '' : await request.text(),
  };
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(status === 204 || status === 304 ? null : body, { status, headers: { ...headers } });
}
