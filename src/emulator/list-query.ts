import { apiError, badParameter } from './api-error.ts';
import type { TimeWindow } from './instances.ts';
import { parameterHash } from './list-tokens.ts';
import { choice, flag, instant, integer } from './query.ts';
import { isZone } from './zones.ts';

/** What an events.list asks for, checked (API facts §1.2 and §1.4). */
export interface ListQuery {
  readonly showDeleted: boolean;
  readonly singleEvents: boolean;
  readonly orderBy: 'startTime' | 'updated' | undefined;
  readonly window: TimeWindow;
  readonly updatedMinMs: number | undefined;
  readonly iCalUID: string | undefined;
  readonly text: string | undefined;
  readonly eventTypes: readonly string[];
  readonly privateProperties: readonly string[];
  readonly sharedProperties: readonly string[];
  readonly maxResults: number;
  readonly maxAttendees: number | undefined;
  readonly timeZone: string | undefined;
  readonly syncToken: string | undefined;
  readonly pageToken: string | undefined;
  readonly parameters: string;
}

/** Of the discovery document. */
export const eventTypes: readonly string[] = [
  'default',
  'birthday',
  'focusTime',
  'fromGmail',
  'outOfOffice',
  'workingLocation',
];

const defaultPage = 250;
const largestPage = 2500;
const refusedWithSyncToken = [
  'iCalUID',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
];
/** May differ between the requests of one walk, and between a listing and its increments. */
const free = ['maxResults', 'pageToken', 'syncToken', 'fields', 'alt', 'key', 'prettyPrint', 'quotaUser', 'userIp'];
const freeParameters = new Set([...free, 'access_token', 'oauth_token', 'timeMin', 'timeMax']);

export function parseListQuery(query: URLSearchParams): ListQuery {
  const syncToken = query.get('syncToken') ?? undefined;
  if (syncToken !== undefined) refuseWithSyncToken(query);
  const parsed: ListQuery = {
    showDeleted: flag(query, 'showDeleted'),
    singleEvents: flag(query, 'singleEvents'),
    orderBy: choice(query, 'orderBy', ['startTime', 'updated']),
    window: parseWindow(query),
    updatedMinMs: instant(query, 'updatedMin'),
    iCalUID: query.get('iCalUID') ?? undefined,
    text: query.get('q')?.toLowerCase() ?? undefined,
    eventTypes: parseEventTypes(query),
    privateProperties: query.getAll('privateExtendedProperty'),
    sharedProperties: query.getAll('sharedExtendedProperty'),
    maxResults: Math.min(integer(query, 'maxResults', 1) ?? defaultPage, largestPage),
    maxAttendees: integer(query, 'maxAttendees', 1),
    timeZone: parseTimeZone(query),
    syncToken,
    pageToken: query.get('pageToken') ?? undefined,
    parameters: parameterHash(query, freeParameters),
  };
  if (parsed.orderBy === 'startTime' && !parsed.singleEvents) throw apiError('orderingNotAvailable');
  return parsed;
}

/** Listings with an order or a filter other than a time window give no sync token (§1.1, from memory). */
export function givesSyncToken(query: ListQuery): boolean {
  return (
    query.orderBy === undefined &&
    query.updatedMinMs === undefined &&
    query.iCalUID === undefined &&
    query.text === undefined &&
    query.privateProperties.length === 0 &&
    query.sharedProperties.length === 0
  );
}

/** Repeatable; 400 for a type that the API does not know. */
function parseEventTypes(query: URLSearchParams): readonly string[] {
  const types = query.getAll('eventTypes');
  if (types.some((type) => !eventTypes.includes(type))) throw badParameter('eventTypes');
  return types;
}

/** The zone in which an answer shows instants. */
export function parseTimeZone(query: URLSearchParams): string | undefined {
  const zone = query.get('timeZone') ?? undefined;
  if (zone !== undefined && !isZone(zone)) throw badParameter('timeZone');
  return zone;
}

function refuseWithSyncToken(query: URLSearchParams): void {
  if (query.has('orderBy')) throw apiError('syncTokenWithOrdering');
  // §0.1: `showDeleted=false` beside a sync token is refused by the reference; leaving it out is not.
  const hidden = query.get('showDeleted') === 'false';
  if (hidden || refusedWithSyncToken.some((name) => query.has(name))) throw apiError('syncTokenWithRestrictions');
}

export function parseWindow(query: URLSearchParams): TimeWindow {
  const fromMs = instant(query, 'timeMin');
  const toMs = instant(query, 'timeMax');
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) throw apiError('timeRangeEmpty');
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}
