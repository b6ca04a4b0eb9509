/** One write as an application asks for it: the same, however often it is sent. */
import type { DoorDeedOf } from '../workload/door.ts';

export interface Numbers {
  readonly generation: number;
  readonly revision: number;
}

export interface Ask {
  readonly deed: DoorDeedOf;
  /** Null for what is about a person. */
  readonly key: string | null;
  /** Stands in what it writes and in the name of its actor: `w017`. */
  readonly tag: string;
  /** What it names of the row; null: nothing. */
  readonly seen: Numbers | 'no_row' | null;
  /** The event that it puts, in the contract's own form. */
  readonly event: Readonly<Record<string, unknown>>;
}

/** What the application heard. `whole` is everything that a repeated request has to be answered alike. */
export type Heard =
  | { readonly kind: 'done'; readonly did: string; readonly numbers: Numbers | null; readonly whole: string }
  | { readonly kind: 'refused'; readonly why: string }
  /** Nothing, or that something broke: it may be done or not. */
  | { readonly kind: 'unknown'; readonly why: string };

export function tagOf(number: number): string {
  return `w${String(number).padStart(3, '0')}`;
}

export function keyOf(key: number): string {
  return `class-${key}`;
}

export function guestOf(guest: number): string {
  return `guest${guest}@example.org`;
}

export function personOf(person: number): string {
  return `person-${person}`;
}

export function homeOf(person: number, tag: string): string {
  return `person${person}.${tag}@example.org`;
}

/** The text that a patch of a field leaves. */
export function patchedText(field: string, tag: string): string {
  return `${field} by ${tag}`;
}

/** Each key has a day of its own, so no two are twins. */
export function eventOf(key: number, calendar: string, guests: number, tag: string, number: number) {
  const day = String(1 + (key % 28)).padStart(2, '0');
  const at = (clock: number) => ({
    dateTime: `2027-03-${day}T${String(clock).padStart(2, '0')}:00:00`,
    timeZone: 'Europe/Copenhagen',
  });
  return {
    key: keyOf(key),
    calendar,
    summary: `Class ${key} by ${tag}`,
    start: at(8 + (number % 9)),
    end: at(9 + (number % 9)),
    ...(number % 3 === 0 ? {} : { location: `Room of ${tag}` }),
    ...(guests === 0 ? {} : { attendees: Array.from({ length: guests }, (_, guest) => ({ email: guestOf(guest) })) }),
  };
}
