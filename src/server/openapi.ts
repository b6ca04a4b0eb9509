/** The description of the API (OpenAPI 3.1), made from the routes themselves. */
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { ok, problemType } from './answer.ts';
import { problem } from './documents.ts';
import { type ProblemName, problemTypes } from './problem.ts';
import { noQuery } from './query.ts';
import { defineRoute, type Route } from './route.ts';

const version = '1';
const securityScheme = 'token';
/** What any route may answer that asks for a token. */
const ofEveryRoute: readonly ProblemName[] = ['invalid_request', 'internal', 'unavailable'];
const ofTokens: readonly ProblemName[] = ['unauthorized', 'forbidden', 'too_many_requests'];
const ofBodies: readonly ProblemName[] = ['malformed_json', 'too_large', 'unsupported_media_type'];
const ofWrites: readonly ProblemName[] = ['conflict', 'idempotency_key_reused', 'busy'];

/** The route that answers the description of `routes` and of itself. */
export function descriptionRoute(routes: readonly Route[]): Route {
  let made: unknown;
  const itself: Route = defineRoute({
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'This description',
    scope: null,
    query: noQuery,
    answers: { 200: z.looseObject({ openapi: z.literal('3.1.0') }) },
    problems: [],
    async serve() {
      made ??= describe([...routes, itself]);
      return ok(made);
    },
  });
  return itself;
}

function describe(routes: readonly Route[]): unknown {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', securityScheme, { type: 'http', scheme: 'bearer' });
  for (const route of routes) app.openAPIRegistry.registerPath(operationOf(route));
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'calsync',
      version,
      description: 'Says what should be in Google Calendar, and tells how it stands.',
    },
  });
}

type Operation = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0];

function operationOf(route: Route): Operation {
  const { body } = route;
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const content =
    body === undefined ? {} : Object.fromEntries(body.types.map((type) => [type, { schema: body.schema }]));
  return {
    method: route.method.toLowerCase() as Lowercase<Route['method']>,
    path: route.path,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    security: route.scope === null ? [] : [{ [securityScheme]: [route.scope] }],
    request: {
      ...(names.length > 0 && { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) }),
      query: route.query as z.ZodObject, // a strict object, as every route states it
      headers: z.object(headersOf(route)),
      ...(body !== undefined && { body: { required: !body.optional, content } }),
    },
    responses: responsesOf(route),
  };
}

function headersOf({ method, conditional, scope }: Route): Record<string, z.ZodType> {
  const text = (description: string) => z.string().optional().openapi({ description });
  return {
    ...(method !== 'GET' && {
      'Idempotency-Key': text(
        '1 to 255 visible characters; the same request with it is done once, and answered again for 30 days',
      ),
      'X-Actor': text("on whose behalf it is written; stands behind the token's name in the history"),
    }),
    ...(conditional !== undefined && { 'If-Match': text('"<generation>", "<generation>.<revision>" or *') }),
    ...(conditional === 'match_or_create' && { 'If-None-Match': text('*: only if there is no such event') }),
    ...(scope === null && {}),
  };
}

function responsesOf(route: Route): Operation['responses'] {
  const successes = Object.entries(route.answers).map(([status, schema]): [string, Operation['responses'][string]] => [
    status,
    {
      description: Number(status) < 300 ? 'Done' : 'Not now',
      ...(route.conditional !== undefined && { headers: { ETag: { schema: { type: 'string' as const } } } }),
      ...(schema !== null && { content: { 'application/json': { schema } } }),
    },
  ]);
  const byStatus = Map.groupBy(problemsOf(route), (name) => problemTypes[name].status);
  const refusals = [...byStatus].map(([status, names]): [string, Operation['responses'][string]] => [
    String(status),
    {
      description: names.map((name) => `\`${name}\`: ${problemTypes[name].title}`).join('; '),
      content: { [problemType.split(';')[0] ?? '']: { schema: problem } },
    },
  ]);
  return Object.fromEntries([...refusals, ...successes]);
}

/** Everything that a route may refuse. */
function problemsOf({ method, scope, body, problems }: Route): readonly ProblemName[] {
  return [
    ...new Set([
      ...ofEveryRoute,
      ...(scope === null ? [] : ofTokens),
      ...(body === undefined ? [] : ofBodies),
      ...(method === 'GET' ? [] : ofWrites),
      ...problems,
    ]),
  ];
}
