/**
 * I12: guests are mailed only as the row says. Where it says nothing: when the event ends, moves in time or place, or invites somebody who
 * was never on it; and when neither guests nor time nor place change, nobody is.
 */
import type { Json, JsonObject } from '../../../src/emulator/model.ts';
import type { LogEntry, LoggedChange } from '../../../src/emulator/request-log.ts';
import type { World } from '../world.ts';
import { findEvent, markIn, ownChanges, siteOf } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const timeAndPlace = ['start', 'end', 'location', 'recurrence'];

/** Who was ever on an event, by its id. */
const everInvited = new WeakMap<World, Map<string, Set<string>>>();

export const guestsMailed: Oracle = {
  async onGoogle(world, entry) {
    const known = everInvited.get(world) ?? new Map<string, Set<string>>();
    everInvited.set(world, known);
    const change = ownChanges(entry)[0];
    if (change !== undefined) await check(world, known, entry, change);
    for (const { eventId, fields } of entry.changes) {
      const guests = known.get(eventId) ?? new Set<string>();
      for (const email of guestsIn(fields.attendees?.after)) guests.add(email);
      known.set(eventId, guests);
    }
  },
};

async function check(
  world: World,
  known: ReadonlyMap<string, ReadonlySet<string>>,
  entry: LogEntry,
  change: LoggedChange,
): Promise<void> {
  const stated = await statedOf(world, change);
  if (stated === undefined) return;
  const said = entry.sendUpdates ?? 'none';
  const due = stated ?? unstated(entry, change, known.get(change.eventId) ?? new Set());
  if (due !== null && due !== said)
    world.fail('I12', `${entry.operation} says sendUpdates=${said}, and guests are to be mailed: ${due}`);
}

/** What the row has said ever since it was written, null for nothing; undefined where it changed its mind, is gone, or no row is known. */
async function statedOf(world: World, change: LoggedChange): Promise<string | null | undefined> {
  const event = findEvent(world, change.calendarId, change.eventId);
  const mark = markIn(change.fields.extendedProperties?.after) ?? markIn(event?.extendedProperties);
  const site = mark === null ? null : siteOf(world, mark.installation);
  if (mark === null || site === null) return undefined;
  const rows = await site.connection.ask<{ kind: string; stated: string | null }>(
    `select distinct kind, after ->> 'send_updates' as stated from calsync.history
       where key = $1 and kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn') order by 1, 2`,
    [mark.key],
  );
  const values = new Set(rows.map(({ stated }) => stated));
  if (rows.length === 0 || rows.some(({ kind }) => kind === 'withdrawn') || values.size > 1) return undefined;
  return rows[0]?.stated ?? null;
}

/** Whom a change mails when nothing is stated; null where Google's log alone cannot say. */
function unstated(entry: LogEntry, { fields }: LoggedChange, known: ReadonlySet<string>): 'all' | 'none' | null {
  const guests = guestsIn(fields.attendees?.after);
  switch (entry.operation) {
    case 'calendar.events.insert':
      return guests.length > 0 ? 'all' : 'none';
    case 'calendar.events.patch':
      if (timeAndPlace.some((field) => fields[field] !== undefined)) return 'all';
      if (fields.attendees === undefined) return 'none';
      return guests.some((email) => !known.has(email)) ? 'all' : null;
    default:
      return null;
  }
}

function guestsIn(attendees: Json | undefined): readonly string[] {
  return Array.isArray(attendees) ? (attendees as JsonObject[]).map(({ email }) => String(email)) : []; // as Google's log shows guests
}
