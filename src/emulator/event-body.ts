import { badRequest } from './api-error.ts';
import { parseAttendees } from './attendees.ts';
import { parseExtendedProperties, parseReminders } from './event-properties.ts';
import { checkOrder, isObject, parseWhen, renderWhen, type TimeContext } from './event-times.ts';
import { sanitiseHtml } from './html.ts';
import type { EventContent, EventRow, EventStatus, Json, JsonObject, When } from './model.ts';
import { checkRecurrence } from './recurrence.ts';
import type { Limits } from './switches.ts';

/**
 * Bodies of writes: what a client sends becomes what Google stores. Unknown and read-only fields are ignored;
 * empty text, empty lists and defaults are not kept, as recorded answers leave them out.
 */
export interface BodyContext extends TimeContext {
  readonly limits: Limits;
}

export interface ParsedBody {
  readonly start: When;
  readonly end: When;
  readonly status: EventStatus;
  readonly content: EventContent;
}

const texts = ['summary', 'description', 'location', 'colorId', 'eventLabelId'] as const;
const flags = {
  guestsCanInviteOthers: true,
  guestsCanModify: false,
  guestsCanSeeOtherGuests: true,
  anyoneCanAddSelf: false,
} as const;
const choices = {
  transparency: ['opaque', 'transparent'],
  visibility: ['default', 'public', 'private', 'confidential'],
} as const;
const opaque = [
  'attachments',
  'source',
  'birthdayProperties',
  'focusTimeProperties',
  'outOfOfficeProperties',
  'workingLocationProperties',
] as const;
const attachmentCount = 25;
const statuses: readonly string[] = ['confirmed', 'tentative', 'cancelled'];

/** Throws 400 for a field of the wrong type or value. Conference data is not read here. */
export function parseBody(body: JsonObject, context: BodyContext): ParsedBody {
  const start = parseWhen(body.start, 'start', context);
  const end = parseWhen(body.end, 'end', context);
  checkOrder(start, end);
  const recurrence = parseRecurrence(body.recurrence, start, context);
  const attendees = parseAttendees(body.attendees, context.limits.attendeesPerEvent, context.switches);
  const extendedProperties = parseExtendedProperties(body.extendedProperties);
  const content: EventContent = {
    ...parseTexts(body, context),
    ...parseChoices(body),
    ...parseFlags(body),
    ...(recurrence.length === 0 ? {} : { recurrence }),
    ...(attendees.length === 0 ? {} : { attendees }),
    reminders: parseReminders(body.reminders),
    ...(extendedProperties === undefined ? {} : { extendedProperties }),
    ...parseOpaque(body),
  };
  return { start, end, status: parseStatus(body.status), content };
}

/** The writable fields of a stored event as a body, for PATCH to merge into. */
export function bodyOf(row: EventRow, { zones, calendarZone }: TimeContext): JsonObject {
  return {
    ...(row.content as unknown as JsonObject),
    status: row.status,
    start: renderWhen(row.start, calendarZone, zones),
    end: renderWhen(row.end, calendarZone, zones),
  };
}

/** RFC 7386: objects merge, everything else replaces, `null` clears (API facts §3.1). */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const old = merged[key];
    if (value === null) delete merged[key];
    else if (isObject(value)) merged[key] = mergePatch(isObject(old) ? old : {}, value);
    else if (value !== undefined) merged[key] = value;
  }
  return merged;
}

function parseTexts(body: JsonObject, { switches }: BodyContext): Partial<EventContent> {
  const kept: Record<string, string> = {};
  for (const name of texts) {
    const value = body[name];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') throw badRequest('invalid', `Invalid value for: ${name}`);
    kept[name] = name === 'description' && switches.descriptionHtml === 'sanitise' ? sanitiseHtml(value) : value;
  }
  return kept;
}

function parseChoices(body: JsonObject): Partial<EventContent> {
  const kept: Record<string, string> = {};
  for (const [name, allowed] of Object.entries(choices)) {
    const value = body[name];
    if (value === undefined || value === null || value === allowed[0]) continue;
    if (typeof value !== 'string' || !(allowed as readonly string[]).includes(value)) {
      throw badRequest('invalid', `Invalid value for: ${name}`);
    }
    kept[name] = value;
  }
  return kept;
}

function parseFlags(body: JsonObject): Partial<EventContent> {
  const kept: Record<string, boolean> = {};
  for (const [name, usual] of Object.entries(flags)) {
    const value = body[name];
    if (value === undefined || value === null || value === usual) continue;
    if (typeof value !== 'boolean') throw badRequest('invalid', `Invalid value for: ${name}`);
    kept[name] = value;
  }
  return kept;
}

function parseOpaque(body: JsonObject): Partial<EventContent> {
  const kept: Record<string, Json> = {};
  for (const name of opaque) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (name === 'attachments' && Array.isArray(value) && value.length > attachmentCount) {
      throw badRequest('invalid', 'Too many attachments.');
    }
    kept[name] = value;
  }
  return kept;
}

function parseStatus(value: Json | undefined): EventStatus {
  if (value === undefined || value === null) return 'confirmed';
  if (typeof value === 'string' && statuses.includes(value)) return value as EventStatus;
  throw badRequest('invalid', 'Invalid value for: status');
}

function parseRecurrence(value: Json | undefined, start: When, { zones }: BodyContext): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.some((line) => typeof line !== 'string')) {
    throw badRequest('invalid', 'Invalid value for: recurrence');
  }
  const lines = value as readonly string[];
  if (lines.length === 0) return lines;
  if (start.kind === 'instant' && start.timeZone === null) {
    throw badRequest('required', 'Missing time zone definition for start time.');
  }
  const zone = start.kind === 'instant' ? (start.timeZone ?? 'UTC') : 'UTC';
  checkRecurrence({ lines, start, zone }, zones);
  return lines;
}
