import { createHash } from 'node:crypto';
import { normaliseAddress } from './address.ts';
import type { EventFields } from './event-spec.ts';
import type { GoogleEvent, GoogleReminders } from './google-event.ts';
import { type NormalTime, normalDesiredTime, normalObservedTime } from './normal-time.ts';
import { plainText, readableText } from './readable-text.ts';
import { normaliseRecurrence } from './recurrence.ts';
import type { ScalarFieldName, StatedEvent } from './stated-event.ts';

/**
 * The one normal form in which the table and Google are compared. Version of this form: a hash of another version says
 * nothing, and both sides are computed again.
 */
export const normalFormVersion = 1;

/** Fields whose normal form is a text; times are compared by compareTimes. */
export type TextFieldName = Exclude<ScalarFieldName, 'start' | 'end'>;

export const textFieldNames = [
  'summary',
  'location',
  'description',
  'recurrence',
  'reminders',
] as const satisfies readonly TextFieldName[];

/** The normal text of a stated field; null when the row does not state it. */
export function normalStatedText(field: TextFieldName, stated: EventFields): string | null {
  switch (field) {
    case 'summary':
    case 'location': {
      const text = stated[field];
      return text === null ? null : plainText(text);
    }
    case 'description':
      return stated.description === null ? null : readableText(stated.description);
    case 'recurrence':
      return stated.recurrence === null ? null : recurrenceText(stated.recurrence);
    case 'reminders':
      return stated.reminders === null ? null : remindersText(stated.reminders);
  }
}

/** The normal text of a field as Google shows it; a field that Google omits is empty, reminders are the calendar's default. */
export function normalObservedText(field: TextFieldName, observed: GoogleEvent): string {
  switch (field) {
    case 'summary':
    case 'location':
      return plainText(observed[field] ?? '');
    case 'description':
      return readableText(observed.description ?? '');
    case 'recurrence':
      return recurrenceText(observed.recurrence ?? []);
    case 'reminders':
      return remindersText(observed.reminders ?? { useDefault: true });
  }
}

/** What a field looks like that was cleared. */
export function emptyText(field: TextFieldName): string {
  return field === 'recurrence' ? recurrenceText([]) : field === 'reminders' ? remindersText({ useDefault: true }) : '';
}

function recurrenceText(lines: readonly string[]): string {
  return normaliseRecurrence(lines).join('\n');
}

function remindersText(reminders: GoogleReminders): string {
  if (reminders.useDefault === true) return 'default';
  const overrides = (reminders.overrides ?? []).map(({ method, minutes }) => `${method} ${minutes} min`);
  return overrides.length === 0 ? 'none' : overrides.sort().join(', ');
}

/** Hash of what a row states: 32 hexadecimal digits. */
export function hashOfStated(stated: StatedEvent): string {
  return hashOf([
    textFieldNames.map((field) => normalStatedText(field, stated)),
    [stated.start, stated.end].map((time) => hashedTime(normalDesiredTime(time), time)),
    stated.attendees.map(({ email, optional }) => [normaliseAddress(email), optional]).sort(byFirst),
  ]);
}

/** Hash of everything in an event that a row could own, as Google shows it: 32 hexadecimal digits. */
export function hashOfObserved(observed: GoogleEvent, calendarZone: string): string {
  return hashOf([
    textFieldNames.map((field) => normalObservedText(field, observed)),
    [observed.start, observed.end].map((time) => hashedTime(normalObservedTime(time, calendarZone), null)),
    (observed.attendees ?? [])
      .map(({ email, optional }) => [normaliseAddress(email ?? ''), optional === true] as const)
      .sort(byFirst),
  ]);
}

function hashedTime(time: NormalTime | null, stated: EventFields['start'] | null): readonly (string | null)[] {
  if (time === null) return [null];
  if (time.kind === 'date') return [time.date];
  return [time.wall, time.zone, stated?.kind === 'time' ? stated.offset : null];
}

function byFirst(a: readonly unknown[], b: readonly unknown[]): number {
  const [left, right] = [String(a[0]), String(b[0])];
  return left < right ? -1 : left > right ? 1 : 0;
}

function hashOf(form: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([normalFormVersion, form]))
    .digest('hex')
    .slice(0, 32);
}
