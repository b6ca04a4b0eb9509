/** The description of the API against what is served, and what is answered against the description. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from '../../src/server/api.ts';
import { problemTypes, problemUri } from '../../src/server/problem.ts';
import { type AServer, anEvent, aServer } from './a-server.ts';

let server: AServer;
// biome-ignore lint/suspicious/noExplicitAny: a document of another standard
let description: any;
beforeAll(async () => {
  server = await aServer();
  description = (await server.send('GET', '/v1/openapi.json')).body;
});
afterAll(() => server.close());

test('every route that is served is described, and nothing else is', () => {
  const described = Object.entries(description.paths).flatMap(([path, operations]) =>
    Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

test('every described path is answered by its route and not by a 404 or 405', async () => {
  for (const { method, path } of routes) {
    if (path === '/v1/changes') continue; // a stream; it has tests of its own
    const { status, body } = await server.send(method, path.replaceAll(/\{\w+\}/g, 'some'), undefined, {
      authorization: '',
    });
    expect([status, body.type], `${method} ${path}`).not.toEqual([404, problemUri('not_found')]);
    expect(status, `${method} ${path}`).not.toBe(405);
  }
});

test('a route that asks for a token says which scope, and takes none without it', async () => {
  for (const { method, path, scope } of routes) {
    const operation = description.paths[path][method.toLowerCase()];
    expect(operation.security).toEqual(scope === null ? [] : [{ token: [scope] }]);
    const { status } = await server.send(method, path.replaceAll(/\{\w+\}/g, 'some'), undefined, { authorization: '' });
    if (scope === null) expect(status).toBe(200);
    else expect(status).toBe(401);
  }
});

test('every reference in the description leads somewhere', () => {
  const text = JSON.stringify(description);
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(description.components.schemas).toHaveProperty(name);
});

test('what is answered is what is described', async () => {
  const event = anEvent({
    summary: 'described',
    schedule: 'term',
    recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'],
    reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 10 }] },
    labels: { payment: 'open' },
    sendUpdates: 'none',
    attendees: [{ email: 'ada@example.com', displayName: 'Ada' }],
  });
  const path = '/v1/events/described';
  const asked: readonly [string, string, unknown?, Record<string, string>?][] = [
    ['PUT', path, event],
    ['PUT', path, event],
    ['PUT', path, { ...event, sumary: 'x' }],
    ['PUT', path, event, { 'if-match': '"9"' }],
    ['PUT', path, '{'],
    ['PUT', path, event, { 'content-type': 'text/plain' }],
    ['PUT', '/v1/events/described-twin', event],
    ['PATCH', path, { location: 'Room 5' }],
    ['PATCH', '/v1/events/nowhere', { location: 'Room 5' }],
    ['GET', path],
    ['GET', `${path}?wait=1ms`],
    ['GET', '/v1/events/nowhere'],
    ['GET', `${path}/history`],
    ['GET', '/v1/events/nowhere/history'],
    ['GET', '/v1/events?limit=1'],
    ['GET', '/v1/events?limit=x'],
    ['PUT', `${path}/attendees/bob@example.com`, { optional: true }],
    ['PUT', `${path}/attendees/nobody`],
    ['DELETE', `${path}/attendees/bob@example.com`],
    ['PUT', `${path}/attendees/bob@example.com`, { person: 'nobody' }],
    [
      'PUT',
      '/v1/people/p-17',
      { displayName: 'Ada', calendarAddress: 'ada@example.com', loginAddresses: ['a@example.com'] },
    ],
    ['PUT', '/v1/people/p-17', { calendarAddress: 'nobody' }],
    ['GET', '/v1/people/p-17'],
    ['PUT', `${path}/people/p-17`, { optional: true }],
    ['PUT', `${path}/people/p-99`],
    ['DELETE', `${path}/people/p-17`],
    ['GET', '/v1/people/p-18'],
    ['POST', '/v1/bounces', { address: 'ada@example.com', reason: 'no such mailbox' }],
    ['POST', '/v1/bounces', { address: 'nobody' }],
    ['GET', '/v1/calendars'],
    ['GET', '/v1/findings'],
    ['DELETE', path],
    ['GET', path],
    ['GET', '/healthz'],
    ['GET', '/readyz'],
    ['GET', '/v1/openapi.json'],
  ];
  for (const [method, target, body, headers] of asked) {
    const answer = await server.send(method, target, body, headers);
    const what = `${method} ${target} → ${answer.status}`;
    const operation = description.paths[patternOf(target)]?.[method.toLowerCase()];
    const content = operation?.responses?.[String(answer.status)]?.content;
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    expect(Object.keys(content ?? {}), what).toContain(type);
    const judged = judgeOf(content[type].schema).safeParse(answer.body);
    expect(judged.error?.issues ?? [], what).toEqual([]);
  }
});

test('docs/http.md has a row for every problem, with its status, and for every route', () => {
  const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, name, status]) => [name, Number(status)]);
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(problemTypes).map(([name, { status }]) => [name, status])),
  );
  for (const { method, path } of routes)
    expect(page).toMatch(new RegExp(`\`[A-Z|]*${method}[A-Z|]* ${path.replaceAll(/[{}.]/g, '\\$&')}`));
});

function patternOf(target: string): string {
  const path = target.replace(/\?.*/, '');
  const found = Object.keys(description.paths).find((pattern) =>
    new RegExp(`^${pattern.replaceAll('.', '[.]').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
  );
  return found ?? path;
}

/** A validator for a schema of the description, references and all. */
function judgeOf(schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: description.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}
