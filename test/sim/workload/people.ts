/** What people do in Google Calendar's own pages. */
import type { JsonObject } from '../../../src/emulator/model.ts';
import type { Dice } from '../dice.ts';
import type { Shape } from '../shape.ts';
import type { World } from '../world.ts';
import { actOnOccurrence, drawOccurrence, isSeries, type OccurrenceAct, occurrenceWeights } from './occurrences.ts';

export type PersonDeed = PersonAct & {
  /** The event: counted through what is there, in the order of appearance. */
  readonly nth: number;
  readonly calendar: number;
};

type PersonAct =
  | { readonly kind: 'edit'; readonly field: 'summary' | 'location' | 'description' | 'time'; readonly version: number }
  | { readonly kind: 'edit_foreign_field'; readonly version: number }
  | { readonly kind: 'delete' }
  | { readonly kind: 'undelete' }
  | { readonly kind: 'undelete_all' }
  | { readonly kind: 'copy'; readonly withMarks: boolean; readonly destination: number }
  | { readonly kind: 'move'; readonly destination: number }
  | { readonly kind: 'strip_marks' }
  | { readonly kind: 'answer'; readonly response: 'accepted' | 'declined' }
  | { readonly kind: 'invite' }
  | { readonly kind: 'add_own'; readonly version: number }
  | OccurrenceAct;

const weights = {
  edit: 8,
  edit_foreign_field: 3,
  delete: 4,
  undelete: 3,
  undelete_all: 0.5,
  copy: 2,
  move: 3,
  strip_marks: 1,
  answer: 3,
  invite: 2,
  add_own: 2,
  ...occurrenceWeights,
} as const;

export function drawPerson(dice: Dice, shape: Shape): PersonDeed {
  return { nth: dice.below(64), calendar: dice.below(shape.calendars), ...drawAct(dice, shape) };
}

function drawAct(dice: Dice, shape: Shape): PersonAct {
  const kind = dice.weighted(weights);
  switch (kind) {
    case 'edit':
      return { kind, field: dice.pick(['summary', 'location', 'description', 'time']), version: dice.below(1_000) };
    case 'edit_foreign_field':
    case 'add_own':
      return { kind, version: dice.below(11) };
    case 'copy':
      return { kind, withMarks: dice.chance(0.6), destination: dice.below(shape.calendars) };
    case 'move':
      return { kind, destination: dice.below(shape.calendars) };
    case 'answer':
      return { kind, response: dice.pick(['accepted', 'declined']) };
    case 'change_occurrence':
    case 'cancel_occurrence':
    case 'split_series':
      return drawOccurrence(dice, kind);
    case 'delete':
    case 'undelete':
    case 'undelete_all':
    case 'strip_marks':
    case 'invite':
      return { kind };
  }
}

/** Does it at once; answers what came of it. A person who finds nothing to act on does nothing. */
export function doAsPerson(world: World, deed: PersonDeed): string {
  const calendar = world.calendars[deed.calendar % world.calendars.length] ?? '';
  if (deed.kind === 'add_own') return shown(world.emulator.people.add(calendar, ownEvent(deed.version)));
  if (deed.kind === 'undelete_all') return undeleteAll(world, calendar);
  const wanted = deed.kind === 'undelete' ? 'cancelled' : 'live';
  const events = world.emulator.administration
    .events(calendar)
    .filter((event) => (event.status === 'cancelled') === (wanted === 'cancelled') && event.start !== undefined)
    .filter((event) => !('occurrence' in deed) || isSeries(event));
  const event = events[deed.nth % Math.max(1, events.length)];
  if (event === undefined) return 'finds nothing';
  try {
    return shown(act(world, calendar, event, deed)) + marked(event);
  } catch {
    return 'is not let';
  }
}

function undeleteAll(world: World, calendar: string): string {
  const binned = world.emulator.administration
    .events(calendar)
    .filter((event) => event.status === 'cancelled' && event.start !== undefined);
  for (const event of binned) world.emulator.people.restore(calendar, String(event.id));
  return `${binned.length} events`;
}

function act(
  world: World,
  calendar: string,
  event: JsonObject,
  deed: Exclude<PersonDeed, { kind: 'add_own' | 'undelete_all' }>,
): JsonObject {
  const { people } = world.emulator;
  const id = String(event.id);
  const destination = 'destination' in deed ? (world.calendars[deed.destination % world.calendars.length] ?? '') : '';
  switch (deed.kind) {
    case 'edit':
      return people.edit(calendar, id, edited(deed.field, deed.version));
    case 'edit_foreign_field':
      return people.edit(calendar, id, { colorId: String(1 + deed.version) });
    case 'delete':
      return people.remove(calendar, id);
    case 'undelete':
      return people.restore(calendar, id);
    case 'copy':
      return people.copy(calendar, id, deed.withMarks, destination);
    case 'move':
      return people.move(calendar, id, destination);
    case 'strip_marks':
      return people.stripMarks(calendar, id);
    case 'answer':
      return people.answer(calendar, id, { email: firstGuest(event), responseStatus: deed.response });
    case 'invite':
      return people.edit(calendar, id, { attendees: [...guestsOf(event), { email: 'friend@example.net' }] });
    case 'change_occurrence':
    case 'cancel_occurrence':
    case 'split_series':
      return actOnOccurrence(world, calendar, event, deed);
  }
}

function edited(field: 'summary' | 'location' | 'description' | 'time', version: number): JsonObject {
  if (field !== 'time') return { [field]: `typed ${version}` };
  const hour = (clock: number) =>
    `2027-03-${String(1 + (version % 28)).padStart(2, '0')}T${String(clock).padStart(2, '0')}:30:00`;
  const at = (clock: number) => ({ dateTime: hour(clock), timeZone: 'Europe/Copenhagen' });
  return { start: at(8 + (version % 8)), end: at(9 + (version % 8)) };
}

function ownEvent(version: number): JsonObject {
  return { summary: `Somebody's own ${version}`, ...edited('time', version * 3) };
}

function guestsOf(event: JsonObject): JsonObject[] {
  return Array.isArray(event.attendees) ? (event.attendees as JsonObject[]) : []; // what Google shows of guests is objects
}

function firstGuest(event: JsonObject): string {
  return String(guestsOf(event)[0]?.email ?? 'nobody@example.org');
}

function shown(event: JsonObject): string {
  return String(event.id).slice(0, 6);
}

function marked(event: JsonObject): string {
  const properties = (event.extendedProperties as { private?: Record<string, string> } | undefined)?.private;
  return properties?.['calsync.key'] === undefined ? '' : ` (${properties['calsync.key']})`;
}
