/** I5: the deletions of an hour stay within the guard's line, but for those that a person approved, each once. */
import type { World } from '../world.ts';
import { liveEvents, markIn, markOfEvent, ownChanges, siteOf } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const windowMs = 3_600_000;
/** The guard's line for withdrawals on a small calendar, and the size from which none may be emptied. */
const line = { withdrawals: 10, neverEmptyFrom: 5 } as const;

interface Deletion {
  readonly atMs: number;
  readonly place: string;
  readonly eventId: string;
  /** It stood for its key, and was no orphan and no copy. */
  readonly stood: boolean;
}

const unapproved = new WeakMap<World, Deletion[]>();
const permissionsUsed = new WeakMap<World, Set<string>>();

export const massDeletes: Oracle = {
  async onGoogle(world, entry) {
    if (entry.operation !== 'calendar.events.delete') return;
    for (const { calendarId, eventId, fields } of ownChanges(entry)) {
      const mark = markIn(fields.extendedProperties?.before) ?? (await markFromBinding(world, eventId));
      const site = mark === null ? null : siteOf(world, mark.installation);
      if (mark === null || site === null) continue;
      const rows = await site.connection.ask('select from calsync.desired_event where key = $1', [mark.key]);
      if (rows.length > 0) continue;
      if (await spendPermission(world, site.connection, mark.key, eventId)) continue;
      const bound = await site.connection.ask('select from calsync.binding where key = $1 and event_id = $2', [
        mark.key,
        eventId,
      ]);
      const stood = bound.length > 0;
      count(world, { atMs: world.scheduler.now(), place: `${mark.installation} ${calendarId}`, eventId, stood });
    }
  },
};

async function markFromBinding(world: World, eventId: string): Promise<{ installation: string; key: string } | null> {
  for (const { connection, database } of world.sites) {
    const [row] = await connection.ask<{ key: string }>('select key from calsync.binding where event_id = $1 limit 1', [
      eventId,
    ]);
    if (row !== undefined) return { installation: database.installation, key: row.key };
  }
  return null;
}

/** Whether a person approved the deletion of exactly this event, as such or with its key's new spelling; a permission is spent by the first deletion. */
async function spendPermission(
  world: World,
  connection: World['sites'][number]['connection'],
  key: string,
  eventId: string,
): Promise<boolean> {
  const used = permissionsUsed.get(world) ?? new Set<string>();
  permissionsUsed.set(world, used);
  const rows = await connection.ask<{ hold: string }>(
    `select hold.id as hold from calsync.hold join calsync.approval on approval.hold = hold.id join calsync.hold_item item on item.hold = hold.id
       where hold.kind in ('withdrawals', 'rekey') and item.key = $1 and item.event_id = $2 and approval.expires_at > calsync.now() order by hold.id`,
    [key, eventId],
  );
  const left = rows
    .map(({ hold }) => `${connection.client.database ?? ''} ${hold} ${key} ${eventId}`)
    .find((name) => !used.has(name));
  if (left === undefined) return false;
  used.add(left);
  return true;
}

function count(world: World, deletion: Deletion): void {
  const all = unapproved.get(world) ?? [];
  unapproved.set(world, [...all, deletion]);
  const recent = [...all, deletion].filter(
    ({ atMs, place }) => place === deletion.place && atMs > deletion.atMs - windowMs,
  );
  const [installation, calendar] = deletion.place.split(' ');
  const left = liveEvents(world, calendar ?? '').filter(
    (event) => markOfEvent(event)?.installation === installation,
  ).length;
  const base = left + recent.length;
  // One that people brought back and that was deleted again is one event.
  const stood = new Set(recent.filter((deleted) => deleted.stood).map(({ eventId }) => eventId)).size;
  if (deletion.stood && left === 0 && stood >= line.neverEmptyFrom)
    world.fail('I5', `the last of ${stood} events was withdrawn within the hour and nobody approved`);
  if (recent.length > Math.max(line.withdrawals, base / 20))
    world.fail('I5', `${recent.length} withdrawals of ${base} within an hour and nobody approved`);
}
