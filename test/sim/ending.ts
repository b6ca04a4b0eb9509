/** Where a run ended: what Google shows of the table, and how often it had to be made and unmade for that. */
import { foundOf } from './oracles/equality.ts';
import { ownChanges } from './oracles/google-side.ts';
import type { World } from './world.ts';

export interface Ending {
  /** Every live event by its key, as text; null where something is left open, held or was held, so that chance decided too. */
  readonly google: string | null;
  readonly creates: number;
  readonly deletes: number;
}

const compared = ['summary', 'location', 'description', 'start', 'end', 'recurrence', 'attendees'] as const;

export async function endingOf(world: World): Promise<Ending> {
  let decided = true;
  const events: unknown[] = [];
  for (const site of world.sites) {
    const left = await site.connection.ask(
      `select from calsync.dirty union all select from calsync.hold
         union all select from calsync.finding where closed_at is null and kind not in ('occurrence', 'zone_rules_differ')`,
    );
    decided &&= left.length === 0;
    for (const { key, calendar, event } of await foundOf(world, site))
      events.push([site.number, key, calendar, compared.map((field) => event[field] ?? null)]);
  }
  const served = world.emulator.log().flatMap((entry) => ownChanges(entry).map(() => entry.operation));
  const count = (operation: string) => served.filter((name) => name === operation).length;
  return {
    google: decided ? JSON.stringify(events.sort()) : null,
    creates: count('calendar.events.insert'),
    deletes: count('calendar.events.delete'),
  };
}
