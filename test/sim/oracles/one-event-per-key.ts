/** I1 and I6: calsync never brings a second live event of a key into being, whatever it was shown. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { findEvent, liveEvents, markIn, markOfEvent, ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

/** Events that people brought to life: copies, and what they took out of the bin. */
const broughtByPeople = new WeakMap<World, Set<string>>();

function byPeople(world: World): Set<string> {
  const known = broughtByPeople.get(world) ?? new Set<string>();
  broughtByPeople.set(world, known);
  return known;
}

export const oneEventPerKey: Oracle = {
  onGoogle(world, entry) {
    if (entry.actor === 'person') {
      // Moved, it is the same event: it appears on the other calendar, and nobody made another one.
      const appears = entry.operation !== 'people.move';
      for (const { kind, eventId } of entry.changes)
        if ((kind === 'create' && appears) || kind === 'undelete') byPeople(world).add(eventId);
      return;
    }
    for (const change of ownChanges(entry))
      if (change.kind === 'create') checkCreate(world, entry, change.calendarId, change.eventId);
  },
};

function checkCreate(world: World, entry: LogEntry, calendar: string, eventId: string): void {
  const created = findEvent(world, calendar, eventId);
  const mark = created === null ? null : markIn(created.extendedProperties);
  if (mark === null || entry.operation !== 'calendar.events.insert') return;
  const others = world.calendars
    .flatMap((id) => liveEvents(world, id))
    .filter((event) => event.id !== eventId && !byPeople(world).has(String(event.id)))
    .filter((event) => {
      const other = markOfEvent(event);
      return other?.key === mark.key && other.installation === mark.installation;
    });
  if (others.length > 0) world.fail('I1', `${mark.key} was created while another event of it is live`);
}
