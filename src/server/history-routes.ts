/** `/v1/events/{key}/history`: what happened to an event, by whom, and what was done about it in Google. */
import { z } from '@hono/zod-openapi';
import { type HistoryEntry, readHistory } from '../store/history.ts';
import { unknownKey } from '../write/cancel.ts';
import { type Answer, ok } from './answer.ts';
import { history } from './documents.ts';
import { problemAnswer } from './problem.ts';
import { problemOfWrite } from './problem-of-write.ts';
import { limit } from './query.ts';
import { type Call, defineRoute, type Route } from './route.ts';
import { keyOf } from './write-answer.ts';

export const historyRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/events/{key}/history',
    summary: 'What happened to an event: changes by its writers, changes in Google by others, our calls',
    description:
      'The newest entries, the oldest of them first; `whole` is false where there are older ones. Withdrawn keys have theirs.',
    scope: 'read',
    query: z.strictObject({ limit }),
    answers: { 200: history },
    problems: ['invalid_event', 'unknown_key'],
    serve: historyOf,
  }),
];

async function historyOf(call: Call<{ limit: number }>): Promise<Answer> {
  const key = keyOf(call);
  const { entries, isWhole } = await readHistory(call.db, key, call.query.limit);
  if (entries.length === 0) return problemAnswer(problemOfWrite([unknownKey(key)]), call.requestId);
  return ok({ key, entries: entries.map(entryDocument), whole: isWhole });
}

function entryDocument(entry: HistoryEntry): Readonly<Record<string, unknown>> {
  if (entry.kind === 'call')
    return { ...entry, at: entry.at.toISOString(), settledAt: entry.settledAt?.toISOString() ?? null };
  const { id: _id, ...change } = entry;
  return { ...change, at: entry.at.toISOString() };
}
