/** I11 for deletions: where the policy is to accept what people delete, or to ask, nothing that they deleted is created again by itself. */
import type { World } from '../world.ts';
import { findEvent, markIn, ownChanges, siteOf } from './google-side.ts';
import type { Oracle } from './oracle.ts';

const deletedByPeople = new WeakMap<World, Set<string>>();

export const deletionsObeyed: Oracle = {
  async onGoogle(world, entry) {
    const deleted = deletedByPeople.get(world) ?? new Set<string>();
    deletedByPeople.set(world, deleted);
    if (entry.operation === 'people.remove') for (const { eventId } of entry.changes) deleted.add(eventId);
    if (entry.operation !== 'calendar.events.insert' || world.restored) return;
    if (world.shape.policies.onDelete === 'recreate') return;
    for (const { kind, calendarId, eventId } of ownChanges(entry))
      if (kind === 'create') await checkCreate(world, deleted, calendarId, eventId);
  },
};

/** A change of the table since then is a newer wish, and what a person approved is theirs. */
async function checkCreate(
  world: World,
  deleted: ReadonlySet<string>,
  calendar: string,
  eventId: string,
): Promise<void> {
  const mark = markIn(findEvent(world, calendar, eventId)?.extendedProperties);
  const site = mark === null ? null : siteOf(world, mark.installation);
  if (mark === null || site === null) return;
  const before = await site.connection.ask<{ event_id: string; calendar: string }>(
    `select bound.event_id, bound.calendar from calsync.binding bound
       where bound.key = $1 and bound.event_id <> $2 and bound.applied_revision > 0 and bound.state in ('live', 'gone')
         and not exists (select from calsync.history past where past.key = bound.key and past.revision > bound.applied_revision
           and past.kind not like 'google%')
         and not exists (select from calsync.hold_item item join calsync.approval on approval.hold = item.hold where item.key = bound.key)`,
    [mark.key, eventId],
  );
  for (const bound of before) {
    const stands = findEvent(world, bound.calendar, bound.event_id);
    if (deleted.has(bound.event_id) && stands?.status === 'cancelled')
      world.fail('I11', `${mark.key} was deleted by a person, is created again, and the policy is another one`);
  }
}
