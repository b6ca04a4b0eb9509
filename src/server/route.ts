/** A route of the API: what it is, who may use it, what it takes, and what serves it. The API description is made from the same value. */
import type { z } from '@hono/zod-openapi';
import type { ApiScope } from '../core/api-scope.ts';
import type { Db } from '../store/database.ts';
import type { Writer } from '../store/transaction.ts';
import type { Answer } from './answer.ts';
import type { RunningParts } from './parts.ts';
import type { Principal } from './principal.ts';
import type { ProblemName } from './problem.ts';

export type Method = 'GET' | 'PUT' | 'PATCH' | 'DELETE' | 'POST';

/** A body that is JSON. */
export interface BodyShape {
  readonly types: readonly string[];
  readonly optional: boolean;
  /** For the description; what reads the body judges it. */
  readonly schema: z.ZodType;
}

/** One request, read and authorised. */
export interface Call<Query = unknown> {
  readonly parts: RunningParts;
  readonly db: Db;
  readonly principal: Principal;
  /** As whom it writes. */
  readonly writer: Writer;
  /** Parts of the path, decoded once. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: Headers;
  /** The JSON value of the body; undefined where there is none. */
  readonly body: unknown;
  readonly requestId: string;
  /** Aborted when the client is gone or the server is to end. */
  readonly signal: AbortSignal;
  /**
   * Does the one write of this request, once for each Idempotency-Key. With one `db` is the transaction in which its answer is kept,
   * without one the write has a transaction of its own.
   */
  write(work: (db: Db) => Promise<Answer>): Promise<Answer>;
}

export interface RouteShape<Query extends z.ZodType> {
  readonly method: Method;
  /** With parts in braces: `/v1/events/{key}`. */
  readonly path: string;
  /** One line for people. */
  readonly summary: string;
  readonly description?: string;
  /** Null: open to everyone. */
  readonly scope: ApiScope | null;
  /** A strict object of texts: any other parameter is refused by name. */
  readonly query: Query;
  readonly body?: BodyShape;
  /** Takes `If-Match`, and `If-None-Match: *` where it can create. */
  readonly conditional?: 'match' | 'match_or_create';
  /** What it answers when all is well, by status; null: not JSON. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** What it may refuse besides what every route may. */
  readonly problems: readonly ProblemName[];
  serve(call: Call<z.output<Query>>): Promise<Answer | Response>;
}

export type Route = RouteShape<z.ZodType>;

/** Keeps the type of the query between its schema and what serves the route. */
export function defineRoute<Query extends z.ZodType>(shape: RouteShape<Query>): Route {
  return shape as unknown as Route; // the query that is handed over is the output of this very schema
}
