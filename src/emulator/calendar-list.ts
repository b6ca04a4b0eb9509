import { atLeast, roleOn } from './access.ts';
import { apiError, badParameter, badRequest } from './api-error.ts';
import type { CalendarRow, JsonObject } from './model.ts';
import { type Role, roles } from './model.ts';
import { choice, flag, integer } from './query.ts';
import { quoted } from './render.ts';
import type { State, StoredCalendar } from './state.ts';

/**
 * The caller's calendar list (API facts §10). Sharing puts nothing on it; `insert` does. Its sync tokens are the
 * stamp of the last change, as recorded ones are.
 */
const defaultPage = 100;
const largestPage = 250;

function renderEntry(calendar: StoredCalendar, email: string): JsonObject {
  const { row } = calendar;
  const accessRole = roleOn(calendar, email);
  const removed = accessRole === 'none' || (row.listedBy[email] ?? 0) <= 0;
  const named = { kind: 'calendar#calendarListEntry', etag: quoted(entryStamp(row, email)), id: row.id };
  if (removed) return { ...named, deleted: true };
  return {
    ...named,
    summary: row.summary,
    ...(row.description === undefined ? {} : { description: row.description }),
    ...(row.location === undefined ? {} : { location: row.location }),
    timeZone: row.timeZone,
    colorId: '14',
    backgroundColor: '#9fe1e7',
    foregroundColor: '#000000',
    selected: true,
    accessRole,
    defaultReminders: [],
    ...(row.id === email ? { primary: true } : { dataOwner: row.dataOwner }),
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
  };
}

/** calendarList.get: 404 for a calendar that is not on the list. */
export function getEntry(state: State, email: string, calendarId: string): JsonObject {
  const calendar = state.calendars.get(calendarId === 'primary' ? email : calendarId);
  if (calendar === undefined || roleOn(calendar, email) === 'none' || (calendar.row.listedBy[email] ?? 0) <= 0) {
    throw apiError('notFound');
  }
  return renderEntry(calendar, email);
}

/** calendarList.insert: puts a calendar that the caller may see on their list. */
export function insertEntry(state: State, email: string, body: JsonObject): JsonObject {
  if (typeof body.id !== 'string') throw badRequest('required', 'Missing calendar id.');
  const calendar = state.calendars.get(body.id);
  if (calendar === undefined || roleOn(calendar, email) === 'none') throw apiError('notFound');
  if ((calendar.row.listedBy[email] ?? 0) <= 0) saveEntry(state, calendar.row, email, state.nextStamp());
  return getEntry(state, email, body.id);
}

/** calendarList.delete: not for the data owner (measured, §10). */
export function deleteEntry(state: State, email: string, calendarId: string): void {
  getEntry(state, email, calendarId);
  const calendar = state.calendars.get(calendarId === 'primary' ? email : calendarId);
  if (calendar === undefined || calendar.row.dataOwner === email) throw apiError('dataOwnerCannotRemove');
  saveEntry(state, calendar.row, email, -state.nextStamp());
}

export function listEntries(state: State, email: string, query: URLSearchParams): JsonObject {
  const syncToken = query.get('syncToken');
  const minimum = choice<Role>(query, 'minAccessRole', roles);
  if (syncToken !== null && (minimum !== undefined || query.has('showOwnOrganizationOnly')))
    throw apiError('syncTokenWithRestrictions');
  const since = syncToken === null ? 0 : parseStamp(syncToken);
  const showDeleted = flag(query, 'showDeleted') || syncToken !== null;
  const from = parsePage(query.get('pageToken'));
  const to = from + Math.min(integer(query, 'maxResults', 1) ?? defaultPage, largestPage);
  const entries = [...state.calendars.values()]
    .filter(({ row }) => row.listedBy[email] !== undefined && entryStamp(row, email) > since)
    .filter((calendar) => isShown(calendar, email, minimum, showDeleted));
  const newest = Math.max(since, 0, ...entries.map(({ row }) => entryStamp(row, email)));
  const token = to < entries.length ? { nextPageToken: `p${to}` } : { nextSyncToken: String(newest).padStart(20, '0') };
  const items = entries.slice(from, to).map((calendar) => renderEntry(calendar, email));
  return { kind: 'calendar#calendarList', etag: quoted(newest), ...token, items };
}

function isShown(calendar: StoredCalendar, email: string, minimum: Role | undefined, showDeleted: boolean): boolean {
  const role = roleOn(calendar, email);
  const removed = role === 'none' || (calendar.row.listedBy[email] ?? 0) <= 0;
  return removed ? showDeleted : minimum === undefined || atLeast(role, minimum);
}

function entryStamp(row: CalendarRow, email: string): number {
  return Math.max(row.etag, Math.abs(row.listedBy[email] ?? 0));
}

function saveEntry(state: State, row: CalendarRow, email: string, stamp: number): void {
  state.saveCalendar({ ...row, listedBy: { ...row.listedBy, [email]: stamp } });
}

function parseStamp(syncToken: string): number {
  if (!/^\d{20}$/.test(syncToken)) throw apiError('fullSyncRequired');
  return Number(syncToken);
}

function parsePage(pageToken: string | null): number {
  if (pageToken === null) return 0;
  if (!/^p\d+$/.test(pageToken)) throw badParameter('pageToken');
  return Number(pageToken.slice(1));
}
