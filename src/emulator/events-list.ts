import type { Caller } from './access.ts';
import { apiError, badParameter } from './api-error.ts';
import { type CalendarView, viewAt } from './calendar-view.ts';
import { instantOf } from './event-times.ts';
import { instancesOf, seriesOf } from './instances.ts';
import { type Filter, passes } from './list-filter.ts';
import { givesSyncToken, type ListQuery, parseListQuery } from './list-query.ts';
import { decodeToken, encodeToken, type PageToken, type SyncToken } from './list-tokens.ts';
import type { EventRow, JsonObject } from './model.ts';
import { quoted, renderEvent } from './render.ts';
import type { State, StoredCalendar } from './state.ts';

/** What faults do to one listing. */
export interface ListingFaults {
  readonly olderByVersions: number;
  readonly empty: boolean;
  readonly hiddenIds: ReadonlySet<string>;
  readonly repeatPage: boolean;
  readonly dropPage: boolean;
  readonly wipeTokens: boolean;
}

/** Where a listing stands: what it shows, since when, and where its next page begins. */
interface Walk {
  readonly calendarId: string;
  readonly query: ListQuery;
  readonly since: SyncToken | undefined;
  readonly page: PageToken | undefined;
  readonly view: CalendarView;
  readonly filter: Filter;
}

const dayMs = 86_400_000;

/**
 * events.list (API facts §1). Every page shows the calendar as page 1 saw it, and the sync token of the last
 * page is minted for that version, so that what changed during the walk comes with the first increment.
 */
export function listEvents(
  state: State,
  caller: Caller,
  calendar: StoredCalendar,
  search: URLSearchParams,
  faults: ListingFaults,
): JsonObject {
  const asked = parseListQuery(search);
  // With free/busy access a listing acts as if it were expanded (§1.4).
  const query = caller.role === 'freeBusyReader' ? { ...asked, singleEvents: true } : asked;
  const walk = startWalk(state, calendar, query, faults);
  if (walk.page?.blank === true) return collection(state, caller, walk, calendar, [], walk.page.position);
  if (faults.empty) return collection(state, caller, walk, calendar, [], undefined);
  if (walk.page === undefined && state.switches.emptyPages === 'everywhere') {
    return collection(state, caller, walk, calendar, [], firstPosition(walk));
  }
  const { rows, next } = nextRows(walk, state);
  const shown = rows.filter((row) => !faults.hiddenIds.has(row.id));
  return collection(state, caller, walk, calendar, shown, faultyNext(walk, state, faults, next));
}

/** Where the next page begins; a fault leads back to this page, or past the next one. */
function faultyNext(walk: Walk, state: State, faults: ListingFaults, next: number | undefined): number | undefined {
  if (next === undefined) return undefined;
  if (faults.repeatPage) return walk.page?.position ?? firstPosition(walk);
  if (!faults.dropPage) return next;
  const page: PageToken = { ...pageFrom(walk, state), position: next };
  return nextRows({ ...walk, page }, state).next;
}

function startWalk(state: State, stored: StoredCalendar, query: ListQuery, faults: ListingFaults): Walk {
  const calendar = faults.wipeTokens ? withoutTokens(state, stored) : stored;
  const { id, timeZone } = calendar.row;
  const since = query.syncToken === undefined ? undefined : readSyncToken(state, calendar, query, query.syncToken);
  const page = query.pageToken === undefined ? undefined : readPageToken(id, query, query.pageToken);
  checkUpdatedMin(state, query);
  const fresh = laggedVersion(state, calendar);
  const stale = Math.max(since?.version ?? 0, fresh - faults.olderByVersions);
  const view = viewAt(calendar.events, page?.version ?? stale, timeZone);
  const window = since === undefined ? query.window : windowOf(since);
  const horizonMs = (page?.nowMs ?? state.now()) + state.limits.expansionDays * dayMs;
  const filter = { query, window, view, state, horizonMs, incremental: since !== undefined };
  return { calendarId: id, query, since, page, view, filter };
}

function laggedVersion({ limits, now }: State, { events }: StoredCalendar): number {
  return limits.readLagMs === 0 ? events.version : events.versionAt(now() - limits.readLagMs);
}

function withoutTokens(state: State, { row, events }: StoredCalendar): StoredCalendar {
  return { row: state.saveCalendar({ ...row, syncEpoch: row.syncEpoch + 1 }), events };
}

function windowOf({ fromMs, toMs }: SyncToken): ListQuery['window'] {
  return { ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
}

function readSyncToken(state: State, { row, events }: StoredCalendar, query: ListQuery, encoded: string): SyncToken {
  const token = decodeToken('sync', row.id, encoded);
  const oldestMs = state.now() - state.limits.syncTokenDays * dayMs;
  if (token === undefined || token.epoch !== row.syncEpoch || token.mintedAtMs < oldestMs) {
    throw apiError('fullSyncRequired');
  }
  if (token.version > events.version) throw apiError('fullSyncRequired');
  if (token.parameters !== query.parameters) {
    const rule = state.switches.otherParametersWithSyncToken;
    if (rule === 'refuse') throw apiError('syncTokenWithRestrictions');
    if (rule === 'full_sync_required') throw apiError('fullSyncRequired');
  }
  return token;
}

function readPageToken(calendarId: string, query: ListQuery, encoded: string): PageToken {
  const token = decodeToken('page', calendarId, encoded);
  if (token === undefined || token.parameters !== query.parameters) throw badParameter('pageToken');
  return token;
}

function checkUpdatedMin(state: State, { updatedMinMs }: ListQuery): void {
  if (updatedMinMs === undefined) return;
  if (updatedMinMs < state.now() - state.limits.updatedMinDays * dayMs) throw apiError('updatedMinTooLongAgo');
}

interface Rows {
  readonly rows: readonly EventRow[];
  /** Undefined on the last page. */
  readonly next: number | undefined;
}

function nextRows(walk: Walk, state: State): Rows {
  const { query, view, since, page, filter } = walk;
  if (isSorted(query)) return sorted(walk, state);
  if (since !== undefined) {
    const changed = view.changedSince(page?.position ?? since.version);
    return take(changed, filter, query.maxResults, (row) => row.version - 1);
  }
  return take(view.inOrder(page?.position ?? 0), filter, query.maxResults, (row) => row.seq);
}

/** One page of rows, and the place of the first row after it. */
function take(source: Iterable<EventRow>, filter: Filter, maximum: number, place: (row: EventRow) => number): Rows {
  const rows: EventRow[] = [];
  for (const row of source) {
    if (!passes(row, filter)) continue;
    if (rows.length === maximum) return { rows, next: place(row) };
    rows.push(row);
  }
  return { rows, next: undefined };
}

function isSorted({ singleEvents, orderBy }: ListQuery): boolean {
  return singleEvents || orderBy !== undefined;
}

function firstPosition({ query, since }: Walk): number {
  return isSorted(query) ? 0 : (since?.version ?? 0);
}

/** Expanded or ordered listings need the whole set, which their pages share. */
function sorted(walk: Walk, state: State): Rows {
  const { query, view, since, filter } = walk;
  const bounds = [filter.horizonMs, filter.window.fromMs, filter.window.toMs].join();
  const key = [walk.calendarId, view.version, since?.version, query.parameters, bounds].join(' ');
  const rows = state.walks.rows(key, () => ordered(walk, state));
  const from = walk.page?.position ?? 0;
  const to = from + query.maxResults;
  return { rows: rows.slice(from, to), next: to < rows.length ? to : undefined };
}

function ordered(walk: Walk, state: State): EventRow[] {
  const rows = [...expanded(walk, state)];
  const { orderBy } = walk.query;
  if (orderBy === 'updated') rows.sort((left, right) => left.updatedMs - right.updatedMs);
  if (orderBy === 'startTime') {
    const { timeZone } = walk.view;
    const key = (row: EventRow): number => instantOf(row.start, timeZone, state.zones);
    rows.sort((left, right) => key(left) - key(right));
  }
  return rows;
}

function* expanded({ query, view, since, filter }: Walk, state: State): Generator<EventRow> {
  const source = since === undefined ? view.inOrder(0) : view.changedSince(since.version);
  const seen = new Set<string>();
  for (const row of source) {
    const parts = query.singleEvents ? occurrences(row, view, filter, state) : [row];
    for (const part of parts) {
      if (seen.has(part.id) || !passes(part, filter)) continue;
      seen.add(part.id);
      yield part;
    }
  }
}

/** A master stands for its occurrences; an exception comes with its master, or alone in an increment. */
function occurrences(row: EventRow, view: CalendarView, filter: Filter, state: State): Iterable<EventRow> {
  if (seriesOf(row) === undefined) return [row];
  return instancesOf(view, row, filter.window, filter.horizonMs, state.zones);
}

function collection(
  state: State,
  caller: Caller,
  walk: Walk,
  calendar: StoredCalendar,
  rows: readonly EventRow[],
  next: number | undefined,
): JsonObject {
  const { row: own, events } = calendar;
  const { email, role } = caller;
  const shownZone = walk.query.timeZone ?? own.timeZone;
  const deletedDetails = walk.query.showDeleted;
  const { maxAttendees } = walk.query;
  const view = { calendar: own, role, email, shownZone, zones: state.zones, deletedDetails };
  const eventView = maxAttendees === undefined ? view : { ...view, maxAttendees };
  const stamp = Math.max(own.etag, events.lastEtag / 2);
  return {
    kind: 'calendar#events',
    etag: quoted(stamp),
    summary: own.summary,
    ...(own.description === undefined ? {} : { description: own.description }),
    updated: new Date(Math.floor(stamp / 1000)).toISOString(),
    timeZone: shownZone,
    accessRole: role,
    defaultReminders: [],
    ...tokens(state, walk, calendar, next),
    items: rows.map((row) => renderEvent(row, eventView)),
  };
}

/** Exactly one of the two, but for listings that give no sync token. */
function tokens(state: State, walk: Walk, { row }: StoredCalendar, next: number | undefined): JsonObject {
  const { query, view, page, filter } = walk;
  const shared = { calendarId: row.id, version: view.version, parameters: query.parameters };
  if (next !== undefined) {
    const blank = state.switches.emptyPages !== 'never' && page?.blank !== true && !isFirstBlank(walk, state);
    return { nextPageToken: encodeToken({ ...pageFrom(walk, state), position: next, blank }) };
  }
  if (!givesSyncToken(query)) return {};
  const { window } = filter;
  const minted = { epoch: row.syncEpoch, mintedAtMs: state.now() };
  return { nextSyncToken: encodeToken({ kind: 'sync', ...shared, ...minted, ...window }) };
}

/** A page token but for its place. */
function pageFrom({ calendarId, query, view, page }: Walk, state: State): PageToken {
  const pinned = { calendarId, version: view.version, parameters: query.parameters };
  return { kind: 'page', ...pinned, position: 0, nowMs: page?.nowMs ?? state.now(), blank: false };
}

function isFirstBlank({ page }: Walk, state: State): boolean {
  return page === undefined && state.switches.emptyPages === 'everywhere';
}
