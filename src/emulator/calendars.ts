import { openCalendar } from './access.ts';
import { type Act, putRow } from './act.ts';
import { apiError, badRequest } from './api-error.ts';
import { encodeBase32Hex } from './base32hex.ts';
import { checkEtag } from './conditional.ts';
import type { CalendarRow, Json, JsonObject } from './model.ts';
import { quoted } from './render.ts';
import type { State, StoredCalendar } from './state.ts';
import { isZone } from './zones.ts';

/** The `calendars` resource (API facts §10). */
export function renderCalendar(row: CalendarRow): JsonObject {
  return {
    kind: 'calendar#calendar',
    etag: quoted(row.etag),
    id: row.id,
    summary: row.summary,
    ...(row.description === undefined ? {} : { description: row.description }),
    ...(row.location === undefined ? {} : { location: row.location }),
    timeZone: row.timeZone,
    conferenceProperties: { allowedConferenceSolutionTypes: ['hangoutsMeet'] },
    ...(row.primary ? {} : { dataOwner: row.dataOwner }),
  };
}

/** calendars.insert: needs `summary`; 403 `quotaExceeded` past the account's limit, which deleting does not refund. */
export function insertCalendar(act: Act, body: JsonObject): CalendarRow {
  const { state, email } = act;
  const account = state.accounts.get(email);
  if (account === undefined) throw apiError('notFound');
  if (typeof body.summary !== 'string' || body.summary === '') throw badRequest('required', 'Missing summary.');
  if (account.calendarsCreated >= state.limits.calendarsPerAccount) throw apiError('quotaExceeded');
  state.saveAccount({ ...account, calendarsCreated: account.calendarsCreated + 1 });
  const id = `c_${encodeBase32Hex(Buffer.from(state.nextHex('calendar').slice(0, 40), 'hex'))}@group.calendar.google.com`;
  const fields = { timeZone: 'UTC', ...texts(body), summary: body.summary };
  const byClient = act.clientId === undefined ? {} : { createdByClient: act.clientId };
  return createCalendar(state, email, id, { ...fields, ...byClient });
}

export interface CalendarTexts {
  readonly summary: string;
  readonly timeZone: string;
  readonly description?: string;
  readonly location?: string;
  readonly createdByClient?: string;
}

/** Makes a secondary calendar of that id, owned by the account and on its list. */
export function createCalendar(state: State, owner: string, id: string, fields: CalendarTexts): CalendarRow {
  const etag = state.nextStamp();
  return state.saveCalendar({
    id,
    ...fields,
    dataOwner: owner,
    primary: false,
    deleted: false,
    etag,
    syncEpoch: 1,
    roles: { [owner]: 'owner' },
    listedBy: { [owner]: etag },
  });
}

/** calendars.patch and calendars.update. Content that is there already does not move the etag (measured, §3.1). */
export function changeCalendar(
  act: Act,
  calendarId: string,
  body: JsonObject,
  ifMatch: string | undefined,
): CalendarRow {
  const { row } = openCalendar(act.state, act.email, calendarId, 'owner');
  checkEtag(row.etag, ifMatch);
  const changed = { ...row, ...texts(body) };
  const same = (['summary', 'description', 'location', 'timeZone'] as const).every(
    (name) => row[name] === changed[name],
  );
  return same ? row : act.state.saveCalendar({ ...changed, etag: act.state.nextStamp() });
}

/** calendars.delete: secondary ones only. From then on everything under it is 404. */
export function deleteCalendar(act: Act, calendarId: string): void {
  const { row } = openCalendar(act.state, act.email, calendarId, 'owner');
  if (row.primary) {
    throw act.state.switches.deletePrimaryStatus === 403
      ? apiError('forbidden')
      : badRequest('invalid', 'The primary calendar cannot be deleted.');
  }
  setDeleted(act.state, row, true);
}

export function setDeleted(state: State, row: CalendarRow, deleted: boolean): CalendarRow {
  return state.saveCalendar({ ...row, deleted, etag: state.nextStamp() });
}

/** calendars.clear: primary calendars only; 400 for others (measured, §10). */
export function clearCalendar(act: Act, calendarId: string): void {
  const calendar: StoredCalendar = openCalendar(act.state, act.email, calendarId, 'owner');
  if (!calendar.row.primary) throw badRequest('invalid', 'Only primary calendars can be cleared.');
  for (const row of [...calendar.events.byVersion()]) {
    if (row.status === 'cancelled') continue;
    putRow(act, calendar, { ...row, status: 'cancelled', updatedMs: act.state.now() });
  }
}

function texts(body: JsonObject): Partial<CalendarTexts> {
  const zone = text(body.timeZone);
  if (zone !== undefined && !isZone(zone)) throw badRequest('invalid', 'Invalid time zone.');
  const [summary, description, location] = [text(body.summary), text(body.description), text(body.location)];
  return {
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...(location === undefined ? {} : { location }),
    ...(zone === undefined ? {} : { timeZone: zone }),
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
