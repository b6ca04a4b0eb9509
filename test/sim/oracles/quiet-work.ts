/** Bounds: the echo of our own write makes no work, and at rest a turn is one listing. */

import type { World } from '../world.ts';
import type { Oracle, SiteCommit } from './oracle.ts';

export const quietWork: Oracle = {
  async onCommit(world, { site, actor, statements }: SiteCommit) {
    if (world.workerOf(actor) === null || !statements.some(storesAListing)) return;
    if (statements.some((text) => text.includes('delete from calsync.observed_event'))) return;
    const echoed = await site.connection.ask<{ key: string }>(
      `select mark.key from calsync.dirty mark join calsync.binding bound on bound.key = mark.key and bound.state = 'live'
         join calsync.observed_event seen on seen.calendar = bound.calendar and seen.event_id = bound.event_id
         join calsync.desired_event event on event.key = mark.key
         where mark.marked_at = calsync.now() and seen.seen_at = calsync.now() and seen.etag = bound.etag and seen.source = 'list'
           and seen.status <> 'cancelled' and event.revision = bound.applied_revision
           and (select count(*) from calsync.observed_event other where other.mark_key = mark.key) = 1
         order by mark.key`,
    );
    if (echoed.length > 0) world.fail('bound', `the echo of our own write to ${echoed[0]?.key} is work again`);
  },
  atRest: (world: World) => {
    const calls = world.callsOfLastRound;
    if (calls > world.calendars.length * world.sites.length * mostPagesAtRest)
      world.fail('bound', `${calls} calls in a turn with nothing to do`);
  },
};

/** A listing of a calendar at rest has one page, and one more where Google puts empty ones in; a token may have to be renewed. */
const mostPagesAtRest = 3;

function storesAListing(text: string): boolean {
  return text.includes('insert into calsync.observed_event');
}
