/** `/v1/findings`: named differences between the table and Google. */
import { z } from '@hono/zod-openapi';
import { type ListedFinding, readFindingPage } from '../store/finding-page.ts';
import { ok } from './answer.ts';
import { findingPage } from './documents.ts';
import { cursorOf, flag, limit, plainText, readCursor } from './query.ts';
import { defineRoute, type Route } from './route.ts';

export const findingRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/findings',
    summary: 'Differences between the table and Google, the newest first',
    description:
      '`state` is open when not given. Those of test calendars come with `includeTest=true`, or where a calendar or a key is named. `next` is the cursor of the next page, or null.',
    scope: 'read',
    query: z.strictObject({
      calendar: plainText.optional(),
      key: plainText.optional(),
      kind: plainText.optional(),
      includeTest: flag,
      state: z.enum(['open', 'closed', 'all'], { error: 'must be open, closed or all' }).default('open'),
      cursor: z.string().optional(),
      limit,
    }),
    answers: { 200: findingPage },
    problems: ['invalid_request'],
    async serve({ db, query }) {
      const { calendar = null, key = null, kind = null, state, includeTest, cursor } = query;
      const open = state === 'all' ? null : state === 'open';
      const page = await readFindingPage(
        db,
        { calendar, key, kind, open, includeTest },
        readCursor(cursor, 'number'),
        query.limit,
      );
      return ok({ findings: page.findings.map(findingDocument), next: cursorOf(page.lastId) });
    },
  }),
];

function findingDocument({ id, openedAt, closedAt, ...finding }: ListedFinding): Readonly<Record<string, unknown>> {
  return { finding: id, ...finding, openedAt: openedAt.toISOString(), closedAt: closedAt?.toISOString() ?? null };
}
