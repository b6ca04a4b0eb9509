/** The HTTP door over a database of its own, without a socket. */
import type { Pool } from 'pg';
import { type Api, createApi } from '../../src/server/api.ts';
import type { RequestEntry } from '../../src/server/request-log.ts';
import type { Db } from '../../src/store/database.ts';
import { openMigratedDatabase, systemRandom } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';

export const adminToken = 'the-admin-token-of-the-tests';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into documents as a client would
  readonly body: any;
}

export interface AServer {
  readonly api: Api;
  readonly db: Db;
  readonly pool: Pool;
  readonly url: string;
  readonly log: RequestEntry[];
  /** Moves the server's clock. */
  advance(ms: number): void;
  /** Begins its end. */
  end(): void;
  /** One request as JSON, by the admin token unless headers say otherwise. */
  send(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  close(): Promise<void>;
}

/** A calendar `classes` is under management. */
export async function aServer(): Promise<AServer> {
  const database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  const log: RequestEntry[] = [];
  const closing = new AbortController();
  let offsetMs = 0;
  const clock = {
    now: () => Date.now() + offsetMs,
    sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
  };
  const api = createApi({
    db: database.db,
    clock,
    random: systemRandom,
    adminToken,
    onRequest: (entry) => log.push(entry),
    closing: closing.signal,
  });
  return {
    api,
    db: database.db,
    pool: database.pool,
    url: database.url,
    log,
    advance: (ms) => {
      offsetMs += ms;
    },
    end: () => closing.abort(),
    send: async (method, path, body, headers = {}) => {
      const text =
        body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      const response = await api.fetch(
        new Request(`http://calsync.test${path}`, {
          method,
          headers: {
            authorization: `Bearer ${adminToken}`,
            ...(text !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(text !== undefined && { body: text }),
        }),
      );
      const answered = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: answered === '' ? null : JSON.parse(answered),
      };
    },
    close: () => database.close(),
  };
}

/** An event as a caller writes it. */
export function anEvent(fields: object = {}): Record<string, unknown> {
  return {
    calendar: 'classes',
    summary: 'Algebra',
    start: { dateTime: '2027-03-01T10:00:00', timeZone: 'Europe/Copenhagen' },
    end: { dateTime: '2027-03-01T11:00:00', timeZone: 'Europe/Copenhagen' },
    ...fields,
  };
}
