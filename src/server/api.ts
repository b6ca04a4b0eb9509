/** The HTTP door: routes in, one `fetch` out. Paths are matched as they were sent and their parts decoded once, after matching. */
import { Hono } from 'hono';
import { attendeeRoutes } from './attendee-routes.ts';
import { calendarRoutes } from './calendar-routes.ts';
import { changeRoutes } from './change-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { findingRoutes } from './finding-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { historyRoutes } from './history-routes.ts';
import { descriptionRoute } from './openapi.ts';
import type { ServerParts } from './parts.ts';
import { peopleRoutes } from './people-routes.ts';
import type { Problem } from './problem.ts';
import { rateLimit } from './rate-limit.ts';
import type { Route } from './route.ts';
import { type Door, serveRoute } from './serve-route.ts';
import { isDecodable, targetOf } from './target.ts';
import { tokenDirectory } from './token-directory.ts';
import { createWaits } from './wait-for-google.ts';

/** Every route but the description of them. */
const describedRoutes: readonly Route[] = [
  ...eventRoutes,
  ...attendeeRoutes,
  ...calendarRoutes,
  ...findingRoutes,
  ...historyRoutes,
  ...changeRoutes,
  ...peopleRoutes,
  ...healthRoutes,
];

export const routes: readonly Route[] = [...describedRoutes, descriptionRoute(describedRoutes)];

export interface Api {
  fetch(request: Request): Promise<Response>;
}

export function createApi(given: ServerParts): Api {
  const parts = { ...given, waits: createWaits(given) };
  const tokens = tokenDirectory(parts.db, parts.clock, parts.adminToken);
  const door: Door = { parts, tokens, rates: rateLimit(parts.clock) };
  const app = new Hono({ getPath: (request) => targetOf(request).path });
  for (const route of routes) {
    app.on(route.method, honoPath(route), (context) => {
      const target = targetOf(context.req.raw);
      const arrived = { request: context.req.raw, target: target.whole, params: context.req.param() };
      return serveRoute(door, isDecodable(target) ? route : undecodable, arrived);
    });
  }
  app.notFound((context) => {
    const target = targetOf(context.req.raw);
    const arrived = { request: context.req.raw, target: target.whole, params: {} };
    return serveRoute(door, isDecodable(target) ? nothingAt(target.path) : undecodable, arrived);
  });
  return { fetch: async (request) => app.fetch(request) };
}

function honoPath({ path }: Route): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

const undecodable: Problem = { name: 'invalid_request', detail: 'the path is not percent-encoded UTF-8' };

function nothingAt(path: string): Problem {
  const methods = routes.filter((route) => patternOf(route).test(path)).map(({ method }) => method);
  if (methods.length === 0)
    return { name: 'not_found', detail: 'there is nothing at this path: look at /v1/openapi.json' };
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  return { name: 'method_not_allowed', detail: `this resource has ${allowed}`, headers: { Allow: allowed } };
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
