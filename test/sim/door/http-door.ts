/** The HTTP door in process: the production application, its requests and answers, without a socket. */
import { createApi } from '../../../src/server/api.ts';
import { Dice } from '../dice.ts';
import type { Actor } from '../scheduler.ts';
import type { Site, World } from '../world.ts';
import { type Ask, guestOf, type Heard, type Numbers, patchedText } from './ask.ts';

const adminToken = 'token-of-the-simulation';
const origin = 'http://calsync.test';

type Api = ReturnType<typeof createApi>;

const apis = new WeakMap<Site, Map<Actor, Api>>();

/** One process of the server for each application. */
function apiOf(world: World, site: Site, actor: Actor): Api {
  const known = apis.get(site) ?? new Map<Actor, Api>();
  apis.set(site, known);
  const api =
    known.get(actor) ??
    createApi({
      db: site.connection.databaseOf(actor),
      clock: world.scheduler.clockOf(actor),
      random: new Dice(`${world.seed} ${actor.name} requests`),
      adminToken,
      onRequest: () => undefined,
      closing: new AbortController().signal,
    });
  known.set(actor, api);
  return api;
}

/** Sends it. A 5xx says no more than a broken connection. */
export async function askOverHttp(world: World, site: Site, actor: Actor, ask: Ask): Promise<Heard> {
  const response = await apiOf(world, site, actor).fetch(requestOf(ask));
  const text = await response.text();
  if (response.status >= 500) return { kind: 'unknown', why: `${response.status} ${typeIn(text)}` };
  if (response.status === 401 || response.status === 404 || response.status === 405) {
    const expected = typeIn(text) === 'unknown_key';
    if (!expected)
      world.fail('door', `${ask.tag} does not get as far as the write path: ${response.status} ${typeIn(text)}`);
  }
  if (response.status >= 400) return { kind: 'refused', why: `${response.status} ${typeIn(text)}` };
  const { kind, generation, revision } = JSON.parse(text) as Numbers & { kind: string };
  const whole = `${response.status} ${response.headers.get('etag')} ${text}`;
  return { kind: 'done', did: kind, numbers: { generation, revision }, whole };
}

/** What GET says of an event: the numbers of its version, or that there is none; null where it could not be read. */
export async function readOverHttp(
  world: World,
  site: Site,
  actor: Actor,
  key: string,
): Promise<Numbers | 'no_row' | null> {
  const url = `${origin}/v1/events/${encodeURIComponent(key)}`;
  const response = await apiOf(world, site, actor).fetch(
    new Request(url, { headers: { authorization: `Bearer ${adminToken}` } }),
  );
  if (response.status === 404) return 'no_row';
  if (response.status !== 200) return null;
  const { generation, revision } = (await response.json()) as Numbers;
  return { generation, revision };
}

/** Tells the server that mail to an address came back. */
export async function postBounce(
  world: World,
  site: Site,
  actor: Actor,
  address: string,
  atMs: number,
): Promise<string> {
  const body = JSON.stringify({ address, reason: '550 no such user', at: new Date(atMs).toISOString() });
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const request = new Request(`${origin}/v1/bounces`, { method: 'POST', headers, body });
  const response = await apiOf(world, site, actor).fetch(request);
  if (response.status !== 200)
    world.fail('door', `a bounce is answered ${response.status} ${typeIn(await response.text())}`);
  return String(response.status);
}

/** What GET says when it may wait: the status of the event, null where there is none. */
export async function waitOverHttp(
  world: World,
  site: Site,
  actor: Actor,
  key: string,
  waitMs: number,
): Promise<string | null> {
  const url = `${origin}/v1/events/${encodeURIComponent(key)}?wait=${waitMs}ms`;
  const request = new Request(url, { headers: { authorization: `Bearer ${adminToken}` } });
  const response = await apiOf(world, site, actor).fetch(request);
  if (response.status === 404) return null;
  if (response.status !== 200) world.fail('door', `a waiting GET is answered ${response.status}`);
  return ((await response.json()) as { readonly status: string }).status;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

function requestOf(ask: Ask): Request {
  const { method, path, body } = sentFor(ask);
  return new Request(`${origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      'x-actor': ask.tag,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ask.deed.keyed ? { 'idempotency-key': ask.tag } : {}),
      ...preconditionOf(ask),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function sentFor({ deed, key, tag, event }: Ask): Sent {
  const path = `/v1/events/${encodeURIComponent(key ?? '')}`;
  switch (deed.kind) {
    case 'put':
      return { method: 'PUT', path: `${path}?move=true`, body: event };
    case 'patch':
      return { method: 'PATCH', path, body: { [deed.field]: patchedText(deed.field, tag) } };
    case 'cancel':
      return { method: 'DELETE', path };
    case 'enrol':
      return { method: 'PUT', path: `${path}/attendees/${guestOf(deed.guest)}`, body: { displayName: tag } };
    case 'leave':
      return { method: 'DELETE', path: `${path}/attendees/${guestOf(deed.guest)}` };
    case 'restore':
    case 'go_back':
    case 'invite_person':
    case 'rehome':
      throw new Error(`${deed.kind} is asked for in TypeScript`);
  }
}

function preconditionOf({ deed, seen }: Ask): Readonly<Record<string, string>> {
  if (seen === null) return {};
  if (seen === 'no_row') return deed.kind === 'put' ? { 'if-none-match': '*' } : {};
  const version = deed.names === 'version' ? `${seen.generation}.${seen.revision}` : String(seen.generation);
  return { 'if-match': `"${version}"` };
}

function typeIn(text: string): string {
  const { type } = JSON.parse(text) as { type?: string };
  return (type ?? 'without a type').replace('urn:calsync:problem:', '');
}
