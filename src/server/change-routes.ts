/** `/v1/changes`: what changes, as it changes. */
import { z } from '@hono/zod-openapi';
import { ChangeFeed } from './change-feed.ts';
import type { ServerParts } from './parts.ts';
import { invalidRequest } from './problem.ts';
import { plainText } from './query.ts';
import { defineRoute, type Route } from './route.ts';

const mostNames = 50;
const names = z.array(plainText).max(mostNames, `names more than ${mostNames}`).default([]);

const position = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a position: a whole number')
  .transform(Number)
  .optional()
  .openapi({ type: 'integer', minimum: 0 });

export const changeRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/changes',
    summary: 'What changes in the table and, by other hands, in Google, as server-sent events',
    description:
      'Begins now, or after the position in `Last-Event-ID`, else in `after`. An event’s id is its position, its name the kind of the change. `calendar`, `schedule` and `person` may be repeated.',
    scope: 'read',
    query: z.strictObject({ after: position, calendar: names, schedule: names, person: names }),
    answers: { 200: null },
    problems: ['invalid_request', 'position_gone'],
    async serve({ parts, query, headers, requestId }) {
      const filter = { calendars: query.calendar, schedules: query.schedule, people: query.person };
      const after = lastEventId(headers) ?? query.after ?? null;
      const stream = await feedOf(parts).open({ after, filter });
      return new Response(stream, {
        headers: {
          'Content-Type': 'text/event-stream; charset=utf-8',
          'Cache-Control': 'no-store',
          'X-Accel-Buffering': 'no', // a proxy in front is not to collect events
          'X-Content-Type-Options': 'nosniff',
          'X-Request-Id': requestId,
        },
      });
    },
  }),
];

/** What a client that comes back sends by itself; it goes before the address, which still says where it first began. */
function lastEventId(headers: Headers): number | null {
  const text = headers.get('Last-Event-ID');
  if (text === null || text === '') return null;
  if (!/^\d{1,15}$/.test(text)) throw invalidRequest('Last-Event-ID', 'must be a position: a whole number');
  return Number(text);
}

const feeds = new WeakMap<ServerParts, ChangeFeed>();

/** The one feed of a server. */
function feedOf(parts: ServerParts): ChangeFeed {
  const known = feeds.get(parts);
  if (known !== undefined) return known;
  const feed = new ChangeFeed(parts);
  feeds.set(parts, feed);
  return feed;
}
