import { type Caller, openCalendar, type Reach, roleOn } from './access.ts';
import { changeRule, deleteRule, getRule, insertRule, listRules } from './acl.ts';
import type { Act } from './act.ts';
import { badParameter } from './api-error.ts';
import { deleteEntry, getEntry, insertEntry, listEntries } from './calendar-list.ts';
import { changeCalendar, clearCalendar, deleteCalendar, insertCalendar, renderCalendar } from './calendars.ts';
import { renderChannel, stopChannel, watch, watchedCalendar } from './channels.ts';
import { changeEvent } from './events-change.ts';
import { readEvent } from './events-find.ts';
import { importEvent, insertEvent } from './events-insert.ts';
import { listInstances } from './events-instances.ts';
import { type ListingFaults, listEvents } from './events-list.ts';
import { deleteEvent, moveEvent } from './events-remove.ts';
import { parseTimeZone } from './list-query.ts';
import { parseSendUpdates } from './mailings.ts';
import type { ChannelRow, EventRow, JsonObject } from './model.ts';
import { choice, conferenceVersion, flag, integer } from './query.ts';
import { renderEvent } from './render.ts';
import type { StoredCalendar } from './state.ts';

/** A request that passed its door: who asks, for what. */
export interface Request {
  readonly act: Act;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed when first asked for; 400 `parseError`. */
  readonly body: () => JsonObject;
  readonly ifMatch: string | undefined;
  readonly listing: ListingFaults;
  /** What the token's scopes leave of a role on a calendar. */
  readonly reach: Reach;
  /** The first message of a new channel. */
  readonly greet: (channel: ChannelRow) => void;
}

export interface Route {
  /** Google's own name (discovery document). */
  readonly operation: string;
  readonly method: string;
  /** Below `/calendar/v3/`. */
  readonly path: string;
  /** Scopes that do, besides the full one (discovery document). */
  readonly scopes: readonly string[];
  /** The answer's body; undefined for 204. Throws ApiError. */
  readonly run: (request: Request) => JsonObject | undefined;
}

const scope = (name: string): string => `https://www.googleapis.com/auth/calendar.${name}`;
const writeEvents = ['events', 'events.owned', 'app.created'].map(scope);
const moveEvents = ['events', 'events.owned'].map(scope);
const readOnly = ['events.readonly', 'events.owned.readonly', 'events.public.readonly', 'events.freebusy', 'readonly'];
const readEvents = [...writeEvents, ...readOnly.map(scope)];
const writeCalendars = ['app.created', 'calendars'].map(scope);
const readCalendars = [...writeCalendars, scope('calendars.readonly'), scope('readonly')];
const writeList = [scope('calendarlist')];
const listList = [...writeList, scope('calendarlist.readonly'), scope('readonly')];

const writeRules = [scope('acls')];
const listRulesScopes = [...writeRules, scope('acls.readonly')];
const stopChannels = [
  ...readEvents,
  ...listRulesScopes,
  ...[...writeList, scope('calendarlist.readonly'), scope('settings.readonly')],
];

const calendars = 'calendars/:calendarId';
const events = `${calendars}/events`;
const event = `${events}/:eventId`;
const entries = 'users/me/calendarList';
const rules = `${calendars}/acl`;
const rule = `${rules}/:ruleId`;

/** Every method that is emulated. */
export const routes: readonly Route[] = [
  route('calendars.insert', 'POST', 'calendars', writeCalendars, ({ act, body }) =>
    renderCalendar(insertCalendar(act, body())),
  ),
  route('calendars.get', 'GET', calendars, readCalendars, (request) =>
    renderCalendar(calendarOf(request, 'reader').row),
  ),
  route('calendars.patch', 'PATCH', calendars, writeCalendars, changeCalendarOf),
  route('calendars.update', 'PUT', calendars, writeCalendars, changeCalendarOf),
  route('calendars.delete', 'DELETE', calendars, writeCalendars, ({ act, path }) => {
    deleteCalendar(act, named(path, 'calendarId'));
    return undefined;
  }),
  route('calendars.clear', 'POST', `${calendars}/clear`, [scope('calendars')], ({ act, path }) => {
    clearCalendar(act, named(path, 'calendarId'));
    return undefined;
  }),
  route('calendarList.list', 'GET', entries, listList, ({ act, query }) => listEntries(act.state, act.email, query)),
  route('calendarList.insert', 'POST', entries, writeList, ({ act, body }) =>
    insertEntry(act.state, act.email, body()),
  ),
  route('calendarList.get', 'GET', `${entries}/:calendarId`, [...listList, scope('app.created')], ({ act, path }) =>
    getEntry(act.state, act.email, named(path, 'calendarId')),
  ),
  route('calendarList.delete', 'DELETE', `${entries}/:calendarId`, [...writeList, scope('app.created')], (request) => {
    deleteEntry(request.act.state, request.act.email, named(request.path, 'calendarId'));
    return undefined;
  }),
  route('events.list', 'GET', events, readEvents, (request) => {
    const calendar = calendarOf(request, 'freeBusyReader');
    return listEvents(request.act.state, callerOf(request, calendar), calendar, request.query, request.listing);
  }),
  route('events.insert', 'POST', events, writeEvents, (request) => {
    const calendar = calendarOf(request, 'writerWithoutPrivateAccess');
    return shown(request, calendar, insertEvent(request.act, calendar, eventBody(request), writeOptions(request)));
  }),
  route('events.import', 'POST', `${events}/import`, writeEvents, (request) => {
    const calendar = calendarOf(request, 'writerWithoutPrivateAccess');
    return shown(
      request,
      calendar,
      importEvent(request.act, calendar, request.body(), conferenceVersion(request.query)),
    );
  }),
  route('events.get', 'GET', event, readEvents, (request) => {
    const calendar = calendarOf(request, 'freeBusyReader');
    return shown(request, calendar, readEvent(request.act.state, calendar, named(request.path, 'eventId')));
  }),
  route('events.patch', 'PATCH', event, writeEvents, (request) => changeEventOf(request, 'patch')),
  route('events.update', 'PUT', event, writeEvents, (request) => changeEventOf(request, 'update')),
  route('events.delete', 'DELETE', event, writeEvents, (request) => {
    const eventId = named(request.path, 'eventId');
    const { ifMatch } = request;
    const sendUpdates = parseSendUpdates(request.query);
    deleteEvent(request.act, calendarOf(request, 'writerWithoutPrivateAccess'), { eventId, ifMatch, sendUpdates });
    return undefined;
  }),
  route('events.move', 'POST', `${event}/move`, moveEvents, moveEventOf),
  route('events.instances', 'GET', `${event}/instances`, readEvents, (request) => {
    const { act, query, path } = request;
    const calendar = calendarOf(request, 'reader');
    return listInstances(act.state, callerOf(request, calendar), calendar, named(path, 'eventId'), query);
  }),
  route('events.watch', 'POST', `${events}/watch`, readEvents, (request) => {
    const { act, body, greet } = request;
    const channel = watch(act, 'events', calendarOf(request, 'freeBusyReader').row.id, body());
    greet(channel);
    return renderChannel(act.state, channel);
  }),
  route('calendarList.watch', 'POST', `${entries}/watch`, listList, ({ act, body, greet }) => {
    const channel = watch(act, 'calendarList', act.email, body());
    greet(channel);
    return renderChannel(act.state, channel);
  }),
  route('acl.watch', 'POST', `${rules}/watch`, listRulesScopes, ({ act, path, body, greet }) => {
    const channel = watch(act, 'acl', watchedCalendar(act, named(path, 'calendarId')), body());
    greet(channel);
    return renderChannel(act.state, channel);
  }),
  route('channels.stop', 'POST', 'channels/stop', stopChannels, ({ act, body }) => {
    stopChannel(act, body());
    return undefined;
  }),
  route('acl.list', 'GET', rules, listRulesScopes, ({ act, path, query }) =>
    listRules(act, named(path, 'calendarId'), query),
  ),
  route('acl.insert', 'POST', rules, writeRules, (request) =>
    insertRule(request.act, named(request.path, 'calendarId'), ruleWrite(request)),
  ),
  route('acl.get', 'GET', rule, [...listRulesScopes, scope('readonly')], ({ act, path }) =>
    getRule(act, named(path, 'calendarId'), named(path, 'ruleId')),
  ),
  route('acl.patch', 'PATCH', rule, writeRules, changeRuleOf),
  route('acl.update', 'PUT', rule, writeRules, changeRuleOf),
  route('acl.delete', 'DELETE', rule, writeRules, ({ act, path, ifMatch }) => {
    deleteRule(act, named(path, 'calendarId'), named(path, 'ruleId'), ifMatch);
    return undefined;
  }),
];

function route(operation: string, method: string, path: string, scopes: readonly string[], run: Route['run']): Route {
  return { operation: `calendar.${operation}`, method, path, scopes, run };
}

function named(path: Request['path'], name: string): string {
  return path[name] ?? '';
}

function calendarOf({ act, path, reach }: Request, needed: Parameters<typeof openCalendar>[3]): StoredCalendar {
  return openCalendar(act.state, act.email, named(path, 'calendarId'), needed, reach);
}

function callerOf({ act, reach }: Request, calendar: StoredCalendar): Caller {
  return { email: act.email, role: reach(roleOn(calendar, act.email), calendar) };
}

function ruleWrite({ body, ifMatch, query }: Request) {
  return { body: body(), ifMatch, notify: query.get('sendNotifications') !== 'false' };
}

function changeRuleOf(request: Request): JsonObject {
  const { act, path } = request;
  return changeRule(act, named(path, 'calendarId'), named(path, 'ruleId'), ruleWrite(request));
}

function changeCalendarOf({ act, path, body, ifMatch }: Request): JsonObject {
  return renderCalendar(changeCalendar(act, named(path, 'calendarId'), body(), ifMatch));
}

/** Parameters say which fields a client speaks of; what it does not speak of is left out of its body (§2.3). */
function eventBody({ body, query }: Request): JsonObject {
  const { attachments, eventLabelId, colorId, ...rest } = body();
  const labels = choice(query, 'eventLabelVersion', ['0', '1']) === '1';
  return {
    ...rest,
    ...(flag(query, 'supportsAttachments') && attachments !== undefined ? { attachments } : {}),
    ...(labels && eventLabelId !== undefined ? { eventLabelId } : {}),
    ...(!labels && colorId !== undefined ? { colorId } : {}),
  };
}

function writeOptions({ query }: Request) {
  return {
    supportsAttachments: flag(query, 'supportsAttachments'),
    sendUpdates: parseSendUpdates(query),
    conferenceDataVersion: conferenceVersion(query),
  };
}

function changeEventOf(request: Request, mode: 'patch' | 'update'): JsonObject {
  const calendar = calendarOf(request, 'writerWithoutPrivateAccess');
  const eventId = named(request.path, 'eventId');
  const change = { mode, eventId, body: eventBody(request), ifMatch: request.ifMatch, ...writeOptions(request) };
  return shown(request, calendar, changeEvent(request.act, calendar, change));
}

function moveEventOf(request: Request): JsonObject {
  const { act, query, path, ifMatch } = request;
  const destinationId = query.get('destination');
  if (destinationId === null) throw badParameter('destination', 'Required parameter: destination');
  const source = calendarOf(request, 'writer');
  const destination = openCalendar(act.state, act.email, destinationId, 'writer', request.reach);
  const eventId = named(path, 'eventId');
  return shown(
    request,
    source,
    moveEvent(act, source, destination, { eventId, ifMatch, sendUpdates: parseSendUpdates(query) }),
  );
}

/** The event as the caller sees it. */
function shown(request: Request, calendar: StoredCalendar, row: EventRow): JsonObject {
  const { act, query } = request;
  const maxAttendees = integer(query, 'maxAttendees', 1);
  return renderEvent(row, {
    calendar: calendar.row,
    ...callerOf(request, calendar),
    shownZone: parseTimeZone(query) ?? calendar.row.timeZone,
    zones: act.state.zones,
    deletedDetails: true,
    ...(maxAttendees === undefined ? {} : { maxAttendees }),
  });
}
