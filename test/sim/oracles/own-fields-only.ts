/** I2: no write to an event that is not ours, none to a field that is not ours; no answer of a guest changed, no guest of others removed. */
import type { Json, JsonObject } from '../../../src/emulator/model.ts';
import type { LogEntry, LoggedChange } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { markIn, ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

/** What a row may state, our mark, and what Google itself moves with them. */
const ours = new Set([
  'summary',
  'description',
  'location',
  'start',
  'end',
  'recurrence',
  'reminders',
  'attendees',
  'extendedProperties',
  'sequence',
  'status',
]);

/** Events that carried a mark of ours once: strip the mark, and they are still bound. */
const onceMarked = new WeakMap<World, Set<string>>();

export const ownFieldsOnly: Oracle = {
  onGoogle(world, entry) {
    const known = onceMarked.get(world) ?? new Set<string>();
    onceMarked.set(world, known);
    for (const change of ownChanges(entry)) check(world, known, entry, change);
    for (const { eventId, fields } of entry.changes) if (isMarked(fields.extendedProperties?.after)) known.add(eventId);
  },
};

function check(world: World, known: ReadonlySet<string>, entry: LogEntry, change: LoggedChange): void {
  if (change.kind === 'create') return;
  if (!known.has(change.eventId))
    world.fail('I2', `${entry.operation} of ${change.eventId.slice(0, 6)}, which never was ours`);
  if (entry.operation !== 'calendar.events.patch') return;
  const { before, after } = change.fields.extendedProperties ?? { before: null, after: null };
  const owner = markIn(before)?.installation;
  if (owner !== undefined && owner !== markIn(after)?.installation)
    world.fail('I2', 'a patch took over the event of another installation');
  const foreign = Object.keys(change.fields).filter((field) => !ours.has(field));
  if (foreign.length > 0) world.fail('I2', `a patch changed ${foreign.join(', ')}`);
  const { attendees } = change.fields;
  if (attendees !== undefined) checkGuests(world, guestsIn(attendees.before), guestsIn(attendees.after));
}

function checkGuests(
  world: World,
  before: ReadonlyMap<string, JsonObject>,
  after: ReadonlyMap<string, JsonObject>,
): void {
  for (const [email, guest] of before) {
    const now = after.get(email);
    if (now === undefined && email.endsWith('@example.net'))
      world.fail('I2', 'a patch removed a guest whom a person had invited');
    if (now !== undefined && (now.responseStatus ?? null) !== (guest.responseStatus ?? null))
      world.fail('I2', 'a patch changed the answer of a guest');
  }
}

function guestsIn(attendees: Json): ReadonlyMap<string, JsonObject> {
  const list = Array.isArray(attendees) ? (attendees as JsonObject[]) : []; // as Google's log shows guests
  return new Map(list.map((guest) => [String(guest.email), guest]));
}

function isMarked(properties: Json | undefined): boolean {
  return markIn(properties) !== null;
}
