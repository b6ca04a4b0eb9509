/** What the log of Google says, in the words that the oracles share. */

import type { Json, JsonObject } from '../../../src/emulator/model.ts';
import type { LogEntry, LoggedChange } from '../../../src/emulator/request-log.ts';
import type { Site, World } from '../world.ts';

/** The mark of an event as Google holds it; null where there is none. */
export function markIn(properties: Json | undefined): { readonly installation: string; readonly key: string } | null {
  const marked = (properties as { private?: Record<string, string> } | null | undefined)?.private;
  const installation = marked?.['calsync.installation'];
  const key = marked?.['calsync.key'];
  return installation === undefined || key === undefined ? null : { installation, key };
}

export function markOfEvent(event: JsonObject): ReturnType<typeof markIn> {
  return markIn(event.extendedProperties);
}

/** The changes that calls of calsync itself made, no consequences on other rows. */
export function ownChanges(entry: LogEntry): readonly LoggedChange[] {
  return entry.actor === 'client' ? entry.changes.filter(({ propagated }) => propagated !== true) : [];
}

export function siteOf(world: World, installation: string): Site | null {
  return world.sites.find(({ database }) => database.installation === installation) ?? null;
}

/** Everything on a calendar that is not cancelled. */
export function liveEvents(world: World, calendar: string): readonly JsonObject[] {
  return world.emulator.administration.events(calendar).filter(({ status }) => status !== 'cancelled');
}

/** An event on whichever calendar, tombstones too. */
export function findEvent(world: World, calendar: string, eventId: string): JsonObject | null {
  return world.emulator.administration.events(calendar).find(({ id }) => id === eventId) ?? null;
}
