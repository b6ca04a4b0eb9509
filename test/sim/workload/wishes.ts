/** What applications wish for: the event of a key, in its forms. */
import { parseEventSpec } from '../../../src/core/event-spec.ts';
import type { Dice } from '../dice.ts';
import type { World } from '../world.ts';

/** An hour of a day, a whole day, or an hour a week for some weeks. */
export type Form = 'hour' | 'day' | 'weekly';

export interface Wish {
  readonly key: number;
  readonly calendar: number;
  readonly version: number;
  readonly guests: number;
  /** An hour, when not stated. */
  readonly form?: Form;
}

export function drawForm(dice: Dice): Form {
  return dice.weighted({ hour: 8, day: 1, weekly: 1.5 });
}

export function keyOf(key: number): string {
  return `class-${key}`;
}

export function guestOf(guest: number): string {
  return `guest${guest}@example.org`;
}

/** Who is to be mailed stays the same for a key, whatever its version; most leave it open. */
const mailing: Readonly<Record<number, 'none' | 'all'>> = { 3: 'none', 4: 'all' };
const mailingsOf = 6;

/** Each key has a day of its own, so no two are twins; the version says the rest. */
export function specOf(world: World, site: number, wish: Wish) {
  const { key, calendar, version, guests, form = 'hour' } = wish;
  const sendUpdates = mailing[key % mailingsOf];
  const parsed = parseEventSpec({
    key: keyOf(key),
    calendar: world.calendars[calendar % world.calendars.length],
    summary: `Class ${key} of ${site} v${version}`,
    ...timesOf(key, version, form),
    ...(version % 3 === 0 ? {} : { location: `Room ${version % 7}` }),
    ...(guests === 0 ? {} : { attendees: Array.from({ length: guests }, (_, guest) => ({ email: guestOf(guest) })) }),
    ...(sendUpdates === undefined ? {} : { sendUpdates }),
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return parsed.spec;
}

function timesOf(key: number, version: number, form: Form): object {
  const day = 1 + (key % 28);
  const date = (number: number) => `2027-03-${String(number).padStart(2, '0')}`;
  if (form === 'day') return { start: { date: date(day) }, end: { date: date(day + 1 + (version % 2)) } };
  const hour = 8 + (version % 9);
  const at = (clock: number) => ({
    dateTime: `${date(day)}T${String(clock).padStart(2, '0')}:00:00`,
    timeZone: 'Europe/Copenhagen',
  });
  const hours = { start: at(hour), end: at(hour + 1 + (version % 2)) };
  return form === 'hour' ? hours : { ...hours, recurrence: [`RRULE:FREQ=WEEKLY;COUNT=${3 + (version % 3)}`] };
}
