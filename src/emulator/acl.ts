import { atLeast, openCalendar } from './access.ts';
import type { Act } from './act.ts';
import { apiError, badParameter, badRequest, classicError } from './api-error.ts';
import { checkEtag } from './conditional.ts';
import { isObject } from './event-times.ts';
import { type CalendarRow, type JsonObject, type Role, roles } from './model.ts';
import { flag, integer } from './query.ts';
import { quoted } from './render.ts';
import type { State } from './state.ts';

/**
 * Rules of access (API facts §10). A rule's id is `user:address`, `group:…`, `domain:…` or `default`; a removed rule
 * has the role `none` and appears so in increments. Writers may read the rules, owners may change them.
 */
const defaultPage = 100;
const largestPage = 250;
const rulesPerCalendar = 6000;
const scopeTypes = ['default', 'user', 'group', 'domain'];

export interface RuleWrite {
  readonly body: JsonObject;
  readonly ifMatch: string | undefined;
  /** Unlike events, rules mail unless told not to. */
  readonly notify: boolean;
}

export function listRules({ state, email }: Act, calendarId: string, query: URLSearchParams): JsonObject {
  const { row } = openCalendar(state, email, calendarId, 'writer');
  const syncToken = query.get('syncToken');
  const since = syncToken === null ? 0 : parseToken(syncToken, row);
  const showDeleted = flag(query, 'showDeleted') || syncToken !== null;
  const from = parsePage(query.get('pageToken'));
  const to = from + Math.min(integer(query, 'maxResults', 1) ?? defaultPage, largestPage);
  const keys = Object.keys(row.roles)
    .filter((key) => showDeleted || row.roles[key] !== 'none')
    .filter((key) => since === 0 || stampOf(row, key) > since);
  const newest = Math.max(row.etag, ...Object.values(row.ruleStamps ?? {}));
  const token =
    to < keys.length ? { nextPageToken: `p${to}` } : { nextSyncToken: `${row.syncEpoch}.${String(newest)}` };
  const items = keys.slice(from, to).map((key) => render(row, key));
  return { kind: 'calendar#acl', etag: quoted(newest), ...token, items };
}

export function getRule({ state, email }: Act, calendarId: string, ruleId: string): JsonObject {
  const { row } = openCalendar(state, email, calendarId, 'writer');
  return render(row, knownKey(row, ruleId));
}

/** acl.insert; a rule that is there takes the new role. */
export function insertRule(act: Act, calendarId: string, { body, notify }: RuleWrite): JsonObject {
  const { row } = openCalendar(act.state, act.email, calendarId, 'owner');
  const key = keyOfScope(body);
  const role = roleOf(body);
  if (row.roles[key] === undefined && Object.keys(row.roles).length >= rulesPerCalendar)
    throw apiError('quotaExceeded');
  act.state.usage.spend('aclInsertsPerDay', act.email, 1);
  if (notify) mail(act, row, key, role);
  return render(setRole(act.state, row, key, role), key);
}

/** acl.patch and acl.update. Owners cannot change their own access. */
export function changeRule(act: Act, calendarId: string, ruleId: string, write: RuleWrite): JsonObject {
  const { row } = openCalendar(act.state, act.email, calendarId, 'owner');
  const key = knownKey(row, ruleId);
  checkEtag(stampOf(row, key), write.ifMatch);
  checkNotOwn(act, row, key);
  const role = write.body.role === undefined ? (row.roles[key] ?? 'none') : roleOf(write.body);
  if (write.notify) mail(act, row, key, role);
  return render(setRole(act.state, row, key, role), key);
}

export function deleteRule(act: Act, calendarId: string, ruleId: string, ifMatch: string | undefined): void {
  const { row } = openCalendar(act.state, act.email, calendarId, 'owner');
  const key = knownKey(row, ruleId);
  checkEtag(stampOf(row, key), ifMatch);
  checkNotOwn(act, row, key);
  setRole(act.state, row, key, 'none');
}

/** Gives or takes a role. By the switch `aclChange` the calendar's sync tokens end with it (§1.5). */
export function setRole(state: State, row: CalendarRow, key: string, role: Role): CalendarRow {
  const ends = state.switches.aclChange === 'ends_sync_tokens' ? 1 : 0;
  const stamp = state.nextStamp();
  return state.saveCalendar({
    ...row,
    roles: { ...row.roles, [key]: role },
    ruleStamps: { ...row.ruleStamps, [key]: stamp },
    syncEpoch: row.syncEpoch + ends,
  });
}

function render(row: CalendarRow, key: string): JsonObject {
  const { type, value } = scopeOf(key);
  return {
    kind: 'calendar#aclRule',
    etag: quoted(stampOf(row, key)),
    id: key === 'default' ? 'default' : `${type}:${value}`,
    scope: key === 'default' ? { type } : { type, value },
    role: row.roles[key] ?? 'none',
  };
}

function scopeOf(key: string): { type: string; value: string } {
  if (key === 'default') return { type: 'default', value: '' };
  const named = /^(group|domain):(.+)$/.exec(key);
  return named?.[1] === undefined || named[2] === undefined
    ? { type: 'user', value: key }
    : { type: named[1], value: named[2] };
}

function keyOfScope({ scope }: JsonObject): string {
  const { type, value } = isObject(scope) ? scope : {};
  if (typeof type !== 'string' || !scopeTypes.includes(type)) throw badRequest('required', 'Missing scope type.');
  if (type === 'default') return 'default';
  if (typeof value !== 'string' || value === '') throw badRequest('required', 'Missing scope value.');
  return type === 'user' ? value.toLowerCase() : `${type}:${value.toLowerCase()}`;
}

function knownKey(row: CalendarRow, ruleId: string): string {
  const key = ruleId.replace(/^user:/, '').toLowerCase();
  if (row.roles[key] === undefined || row.roles[key] === 'none') throw apiError('notFound');
  return key;
}

function roleOf({ role }: JsonObject): Role {
  const found = roles.find((name) => name === role);
  if (found === undefined) throw badRequest('invalid', 'Invalid value for: role');
  return found;
}

function checkNotOwn(act: Act, row: CalendarRow, key: string): void {
  if (key !== act.email && key !== row.dataOwner) return;
  const message = 'Cannot change your own access level.';
  throw classicError({ status: 403, domain: 'calendar', reason: 'cannotChangeOwnAcl', message });
}

function mail(act: Act, row: CalendarRow, key: string, role: Role): void {
  if (!key.includes('@') || !atLeast(role, 'freeBusyReader')) return;
  const { value } = scopeOf(key);
  const about = { atMs: act.state.now(), calendarId: row.id, eventId: '', actor: act.actor };
  act.mailings.push({ ...about, method: 'share', sendUpdates: 'all', guests: [value], why: { [value]: 'shared' } });
}

function stampOf(row: CalendarRow, key: string): number {
  return row.ruleStamps?.[key] ?? 1;
}

function parseToken(token: string, row: CalendarRow): number {
  const [epoch, stamp] = token.split('.').map(Number);
  if (epoch !== row.syncEpoch || stamp === undefined || !Number.isSafeInteger(stamp))
    throw apiError('fullSyncRequired');
  return stamp;
}

function parsePage(pageToken: string | null): number {
  if (pageToken === null) return 0;
  if (!/^p\d+$/.test(pageToken)) throw badParameter('pageToken');
  return Number(pageToken.slice(1));
}
