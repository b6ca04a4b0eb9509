/** Whether the process lives, and whether it can serve. For whoever starts, stops and routes to it. */
import { CalsyncError } from '../core/error.ts';
import { requireWritableDatabase } from '../store/connection-errors.ts';
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
    summary: 'Whether it can serve: the database takes writes, and the server is not about to end',
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
    return ok({ status: 'ok' });
  } catch (thrown) {
    if (thrown instanceof CalsyncError) return notReady('no_database');
    throw thrown;
  }
}

function notReady(status: 'closing' | 'no_database'): Answer {
  return { status: 503, headers: {}, body: { status } };
}
