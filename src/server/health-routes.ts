/** Whether the process lives, and whether it can serve. For whoever starts, stops and routes to it. */
import type { z } from '@hono/zod-openapi';
import { CalsyncError } from '../core/error.ts';
import { asConnectionError, requireWritableDatabase } from '../store/connection-errors.ts';
import type { Db } from '../store/database.ts';
import { checkMigrations } from '../store/migrate.ts';
import { type Answer, ok } from './answer.ts';
import { health } from './documents.ts';
import { noQuery } from './query.ts';
import { type Call, defineRoute, type Route } from './route.ts';

export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process lives',
    scope: null,
    query: noQuery,
    answers: { 200: health },
    problems: [],
    serve: async () => ok({ status: 'ok' }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    summary:
      'Whether it can serve: the database takes writes and has the schema of this program, and the server is not about to end',
    scope: null,
    query: noQuery,
    answers: { 200: health, 503: health },
    problems: [],
    serve: readiness,
  }),
];

async function readiness({ db, parts }: Call): Promise<Answer> {
  if (parts.closing.aborted) return notReady('closing');
  try {
    await requireWritableDatabase(db);
    const { pending } = await migrationsOf(db);
    return pending.length === 0 ? ok({ status: 'ok' }) : notReady('schema_older');
  } catch (thrown) {
    if (thrown instanceof CalsyncError)
      return notReady(thrown.reason === 'schema_newer' ? 'schema_newer' : 'no_database');
    throw thrown;
  }
}

async function migrationsOf(db: Db): ReturnType<typeof checkMigrations> {
  try {
    return await checkMigrations(db);
  } catch (thrown) {
    throw asConnectionError(thrown);
  }
}

function notReady(status: Exclude<z.output<typeof health>['status'], 'ok'>): Answer {
  return { status: 503, headers: {}, body: { status } };
}
