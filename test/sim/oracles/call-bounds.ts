/** Bounds: how often one turn calls about one event; and without faults, one changing call for each change of a row. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { findEvent, markIn, ownChanges } from './google-side.ts';
import type { EndedTurn, Oracle } from './oracle.ts';

/** Three tries of a call, for each of the rounds in which an etag may move under our hands. */
const mostChangesOfOneEvent = 18;

/** Changing calls by installation and key. */
const calls = new WeakMap<World, Map<string, number>>();

export const callBounds: Oracle = {
  onTurn(world, { worker, changes }: EndedTurn) {
    for (const [place, count] of changes)
      if (count > mostChangesOfOneEvent)
        world.fail('bound', `${worker.name} tried to change ${place} ${count} times in one turn`);
  },
  onGoogle(world, entry) {
    if (!world.undisturbed || entry.actor !== 'client' || !changing.has(entry.operation)) return;
    if (entry.status >= 300 && !isNeverTaken(world, entry))
      world.fail('bound', `${entry.operation} was answered ${entry.status}, and nobody interferes`);
    const counts = calls.get(world) ?? new Map<string, number>();
    calls.set(world, counts);
    const key = keyOf(world, entry);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  },
  async atRest(world) {
    if (!world.undisturbed) return;
    const counts = calls.get(world) ?? new Map<string, number>();
    for (const { connection, database } of world.sites) {
      const rows = await connection.ask<{ key: string; changes: number }>(
        `select key, (count(*) + count(*) filter (where before ->> 'calendar' <> after ->> 'calendar'))::int as changes
           from calsync.history group by key order by key`,
      );
      for (const { key, changes } of rows) {
        const made = counts.get(`${database.installation} ${key}`) ?? 0;
        if (made > changes) world.fail('bound', `${made} changing calls for ${changes} changes of ${key}`);
      }
    }
  },
};

/** Google may keep the id where an event was once, and never takes a move back there. */
function isNeverTaken(world: World, { operation, status }: LogEntry): boolean {
  return (
    operation === 'calendar.events.move' && status === 409 && world.shape.switches.moveOntoTombstone === 'duplicate'
  );
}

const changing = new Set([
  'calendar.events.insert',
  'calendar.events.patch',
  'calendar.events.delete',
  'calendar.events.move',
]);

function keyOf(world: World, entry: LogEntry): string | null {
  const change = ownChanges(entry)[0];
  if (change === undefined) return null;
  const { before, after } = change.fields.extendedProperties ?? {};
  const event = findEvent(world, change.calendarId, change.eventId);
  const mark = markIn(after) ?? markIn(before) ?? markIn(event?.extendedProperties);
  return mark === null ? null : `${mark.installation} ${mark.key}`;
}
