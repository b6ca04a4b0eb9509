/** I1 and I5: every changing call was written down as an intent before, and the event of a live row is deleted by nobody. */
import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { liveEvents, ownChanges } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const kinds: Readonly<Record<string, string>> = {
  'calendar.events.insert': 'create',
  'calendar.events.patch': 'patch',
  'calendar.events.delete': 'delete',
  'calendar.events.move': 'move',
};

interface Intent {
  readonly key: string | null;
  readonly revision: number | null;
  readonly counts_as: string | null;
}

export const everyCallIsMeant: Oracle = {
  async onGoogle(world, entry) {
    const kind = kinds[entry.operation];
    const change = ownChanges(entry)[0];
    if (kind === undefined || change === undefined) return;
    const intents = await intentsOf(world, change.eventId, kind);
    if (intents.length === 0 && world.restored) return;
    if (intents.length === 0)
      return world.fail('I1', `${entry.operation} of ${change.eventId.slice(0, 6)} without an intent for it`);
    if (kind === 'delete') await checkDelete(world, entry, change.eventId, intents);
  },
};

async function intentsOf(world: World, eventId: string, kind: string): Promise<readonly Intent[]> {
  const found: Intent[] = [];
  for (const { connection } of world.sites)
    found.push(
      ...(await connection.ask<Intent>(
        'select key, revision, counts_as from calsync.intent where event_id = $1 and kind = $2 order by id',
        [eventId, kind],
      )),
    );
  return found;
}

/** The revision on which a deletion rests was never a live one, unless the event is a further one of its key. */
async function checkDelete(world: World, entry: LogEntry, eventId: string, intents: readonly Intent[]): Promise<void> {
  for (const { connection } of world.sites) {
    const bound = await connection.ask<{ calendar: string }>(
      "select calendar from calsync.binding where event_id = $1 and state <> 'retired'",
      [eventId],
    );
    // The same id may live on two calendars, when a create landed late: the one that is not bound is the further one.
    const stands = bound.some(({ calendar }) => liveEvents(world, calendar).some(({ id }) => id === eventId));
    if (bound.length === 0 || stands) continue;
    for (const { key, revision } of intents) {
      const rows = await connection.ask(
        'select from calsync.desired_event where key = $1 and revision = $2 and cancelled_at is null',
        [key, revision],
      );
      if (rows.length > 0)
        world.fail('I3', `${entry.operation} of the event that stands for ${key}, whose row is live`);
    }
  }
}
