import { createHash } from 'node:crypto';
import { openCalendar, roleOn } from './access.ts';
import type { Act } from './act.ts';
import { type ApiError, badRequest, classicError } from './api-error.ts';
import { isObject } from './event-times.ts';
import type { ChannelCollection, ChannelRow, Json, JsonObject } from './model.ts';
import type { State } from './state.ts';

/** Push channels: watch, stop and who gets messages (API facts §6). Delivery is in `push.ts`. */
const dayMs = 86_400_000;
const defaultTtlSeconds = 604_800;
const idCharacters = 64;
const tokenCharacters = 256;
const projectNumber = '123456789012';
const apiRoot = 'https://www.googleapis.com/calendar/v3/';

/** A watch request: 400 for a bad channel, a used id or an address that is not https; 401 for an unverified host. */
export function watch(act: Act, collection: ChannelCollection, of: string, body: JsonObject): ChannelRow {
  const { state, email } = act;
  const id = channelId(state, body.id);
  const token = optionalText(body.token, 'token', tokenCharacters);
  const address = checkedAddress(state, body);
  const resourceId = createHash('sha256').update(`${email} ${collection} ${of}`).digest('base64url').slice(0, 27);
  return state.saveChannel({
    id,
    email,
    collection,
    of,
    resourceId,
    resourceUri: `${apiRoot}${pathOf(collection, of)}?alt=json`,
    address,
    ...(token === undefined ? {} : { token }),
    expiresAtMs: expiryOf(state, body),
    stopped: false,
    messageNumber: 0,
  });
}

/** The calendar that a watch names, which the caller must be able to see. */
export function watchedCalendar(act: Act, calendarId: string): string {
  return openCalendar(act.state, act.email, calendarId, 'freeBusyReader').row.id;
}

export function renderChannel(state: State, row: ChannelRow): JsonObject {
  const { id, resourceId, resourceUri, token, expiresAtMs } = row;
  const expiration = state.switches.channelExpiration === 'number' ? expiresAtMs : String(expiresAtMs);
  return { kind: 'api#channel', id, resourceId, resourceUri, ...(token === undefined ? {} : { token }), expiration };
}

/** channels.stop: 404 for an unknown channel, another resource id, or a channel of another user (§6.3). */
export function stopChannel({ state, email }: Act, body: JsonObject): void {
  const row = typeof body.id === 'string' ? state.channels.get(body.id) : undefined;
  const repeated = row?.stopped === true && state.switches.repeatedStop === 'not_found';
  if (row === undefined || row.email !== email || row.resourceId !== body.resourceId || repeated) {
    const message = `Channel '${String(body.id)}' not found for project '${projectNumber}'`;
    throw classicError({ status: 404, domain: 'global', reason: 'notFound', message });
  }
  state.saveChannel({ ...row, stopped: true });
}

/** True while Google would still send messages: not expired, not stopped (but by switch), and readable by its user. */
export function isLive(state: State, row: ChannelRow): boolean {
  if (row.expiresAtMs <= state.now()) return false;
  if (row.stopped && state.switches.pushAfterStop === 'none') return false;
  return row.collection === 'calendarList' || roleOn(state.calendars.get(row.of), row.email) !== 'none';
}

function pathOf(collection: ChannelCollection, of: string): string {
  return collection === 'calendarList' ? 'users/me/calendarList' : `calendars/${of}/${collection}`;
}

function channelId(state: State, value: Json | undefined): string {
  if (value === undefined || value === null || value === '') throw badRequest('required', 'Missing channel id.');
  if (typeof value !== 'string' || value.length > idCharacters || !/^[A-Za-z0-9\-_+/=]+$/.test(value)) {
    throw badRequest('invalid', 'Invalid channel id.');
  }
  if (!state.channels.has(value)) return value;
  const message = `Channel id ${value} not unique`;
  throw classicError({ status: 400, domain: 'global', reason: 'channelIdNotUnique', message });
}

function checkedAddress(state: State, body: JsonObject): string {
  if (body.type !== 'web_hook' && body.type !== 'webhook') throw badRequest('invalid', 'Unknown channel type.');
  const given = body.address;
  if (typeof given !== 'string' || !URL.canParse(given)) throw badRequest('invalid', 'Invalid channel address.');
  const { protocol, hostname } = new URL(given);
  if (!isAllowed(state.switches.webhookAddress, protocol, hostname)) {
    const message = `WebHook callback must be HTTPS: ${given}`;
    throw classicError({ status: 400, domain: 'global', reason: 'push.webhookUrlNotHttps', message });
  }
  if (state.switches.unverifiedHosts.includes(hostname)) throw unverified(given);
  return given;
}

function isAllowed(rule: State['switches']['webhookAddress'], protocol: string, hostname: string): boolean {
  if (protocol === 'https:') return true;
  if (protocol !== 'http:' || rule === 'https') return false;
  return rule === 'any' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

function unverified(address: string): ApiError {
  const message = `Unauthorized WebHook callback channel: ${address}`;
  return classicError({ status: 401, domain: 'global', reason: 'push.webhookUrlUnauthorized', message });
}

/** The stricter of the request's wishes and the limit `channelDays`; seven days when it has none. */
function expiryOf(state: State, body: JsonObject): number {
  const nowMs = state.now();
  const ttl = isObject(body.params) ? body.params.ttl : undefined;
  const wishes = [
    ttl === undefined ? undefined : nowMs + whole(ttl, 'params.ttl') * 1000,
    body.expiration === undefined || body.expiration === null ? undefined : whole(body.expiration, 'expiration'),
  ].filter((wish) => wish !== undefined);
  const wished = wishes.length === 0 ? nowMs + defaultTtlSeconds * 1000 : Math.min(...wishes);
  if (wished <= nowMs) throw badRequest('invalid', 'Invalid channel expiration.');
  return Math.min(wished, nowMs + state.limits.channelDays * dayMs);
}

function whole(value: Json, name: string): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw badRequest('invalid', `Invalid ${name}.`);
  return number;
}

function optionalText(value: Json | undefined, name: string, characters: number): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || value.length > characters) throw badRequest('invalid', `Invalid channel ${name}.`);
  return value;
}
