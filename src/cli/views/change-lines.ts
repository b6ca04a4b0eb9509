/** What a change of a row, of a guest or of an event in Google was, field by field, for people. */
import type { HistoryChange } from '../../store/history.ts';
import { printable } from './printable.ts';

/** Of each value; the whole of it is in `--json`. */
const mostCharacters = 120;
/** What counts and dates a row by itself tells nobody anything. */
const bookkeeping: ReadonlySet<string> = new Set(
  ['key', 'generation', 'revision', 'attendees_version', 'created_at', 'updated_at', 'cancelled_at'].concat([
    'normal_address',
    'added_at',
    'state',
    'updated',
    'eventId',
    'recurringEventId',
  ]),
);
/** Fields in the order in which people read them; others come after these. */
const readingOrder: readonly string[] = [
  'summary',
  'calendar',
  'schedule',
  'start_date',
  'start_local',
  'start_zone',
  'start',
].concat(['end_date', 'end_local', 'end_zone', 'end', 'location', 'description', 'recurrence', 'attendees']);
const labels: Readonly<Record<string, string>> = {
  summary: 'title',
  start_local: 'start',
  start_date: 'start',
  start_zone: 'zone of the start',
  end_local: 'end',
  end_date: 'end',
  end_zone: 'zone of the end',
  on_delete: 'on-delete policy',
  on_move: 'on-move policy',
  display_name: 'name',
};

/** What happened, in words after the name of who did it. */
export function deedText({ kind, before, after }: HistoryChange): string {
  switch (kind) {
    case 'inserted':
      return 'put the event into the table';
    case 'updated':
      return 'changed the event';
    case 'cancelled':
      return 'cancelled the event';
    case 'revived':
      return 'took the cancellation back';
    case 'withdrawn':
      return 'withdrew the event: its row is gone';
    case 'rekeyed':
      return 'let this key take over the event of another one';
    case 'attendee_added':
      return `added the guest ${addressOf(after)}`;
    case 'attendee_changed':
      return `changed what is said of the guest ${addressOf(after)}`;
    case 'attendee_removed':
      return `took the guest ${addressOf(before)} off`;
    case 'google_changed':
      return statusOf(after) === 'cancelled' ? 'cancelled one occurrence in Google' : 'changed the event in Google';
    case 'google_deleted':
      return 'deleted the event in Google';
    case 'google_answered':
      return `set the answer of the guest ${guestIn(after).email}: ${answerText(before)} → ${answerText(after)}`;
  }
}

/** Kinds of which the deed says everything. */
const isTold: ReadonlySet<HistoryChange['kind']> = new Set([
  'attendee_added',
  'attendee_removed',
  'cancelled',
  'revived',
  'google_answered',
]);

/** `title: Algebra → Geometry`; of what came or went whole, only what it was. */
export function changeLines({ kind, before, after }: HistoryChange): readonly string[] {
  if (isTold.has(kind)) return [];
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  if (kind === 'inserted') return [...is].map(([name, value]) => `${labelOf(name)}: ${value}`);
  if (kind === 'withdrawn' || kind === 'google_deleted')
    return [...was].map(([name, value]) => `${labelOf(name)}: ${value}`);
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
  return names.map((name) => `${labelOf(name)}: ${was.get(name) ?? '(nothing)'} → ${is.get(name) ?? '(nothing)'}`);
}

function labelOf(name: string): string {
  return labels[name] ?? name.replaceAll('_', ' ');
}

function fieldsOf(side: unknown): ReadonlyMap<string, string> {
  if (typeof side !== 'object' || side === null) return new Map();
  const fields = Object.entries(side)
    .filter(([name]) => !bookkeeping.has(name))
    .sort(([a], [b]) => placeOf(a) - placeOf(b));
  return new Map(fields.map(([name, value]) => [name, shown(value)] as const).filter(([, text]) => text !== ''));
}

function placeOf(name: string): number {
  const place = readingOrder.indexOf(name);
  return place === -1 ? readingOrder.length : place;
}

function shown(value: unknown): string {
  const text = printable(textOf(value)).replaceAll('\n', ' ');
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}

function textOf(value: unknown): string {
  if (value === null || value === false || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(guestOrText).sort().join(', ');
  if (typeof value !== 'object') return String(value);
  const { dateTime, date, timeZone } = value as Readonly<Record<string, unknown>>;
  if (typeof dateTime === 'string') return typeof timeZone === 'string' ? `${dateTime} (${timeZone})` : dateTime;
  if (typeof date === 'string') return date;
  return Object.keys(value).length === 0 ? '' : JSON.stringify(value);
}

function guestOrText(entry: unknown): string {
  if (typeof entry === 'object' && entry !== null && 'email' in entry) return String(entry.email);
  return textOf(entry);
}

function addressOf(side: unknown): string {
  const address = typeof side === 'object' && side !== null && 'address' in side ? side.address : '';
  return printable(String(address));
}

const answers: Readonly<Record<string, string>> = {
  needsAction: 'none yet',
  accepted: 'yes',
  declined: 'no',
  tentative: 'maybe',
};

/** `yes, brings 2, “see you”`. */
function answerText(side: unknown): string {
  const { responseStatus, additionalGuests, comment } = guestIn(side);
  return [
    answers[responseStatus] ?? responseStatus,
    ...(additionalGuests === '0' ? [] : [`brings ${additionalGuests}`]),
    ...(comment === '' ? [] : [`“${comment}”`]),
  ].join(', ');
}

/** The one guest that an answer is about, fit to be shown. */
function guestIn(side: unknown): Readonly<Record<'email' | 'responseStatus' | 'additionalGuests' | 'comment', string>> {
  const guests = typeof side === 'object' && side !== null && 'attendees' in side ? side.attendees : [];
  const [guest] = (Array.isArray(guests) ? guests : []) as readonly Readonly<Record<string, unknown>>[];
  return {
    email: shown(guest?.email),
    responseStatus: shown(guest?.responseStatus ?? 'needsAction'),
    additionalGuests: shown(guest?.additionalGuests ?? 0),
    comment: shown(guest?.comment),
  };
}

function statusOf(side: unknown): unknown {
  return typeof side === 'object' && side !== null && 'status' in side ? side.status : null;
}
