/** I5: while deletions of a calendar are held, no other one slips through beside them: the guard judges all that is wished, or none. */
import type { Oracle } from './oracle.ts';

export const heldTogether: Oracle = {
  async onCommit(world, { site, actor, statements }) {
    if (world.workerOf(actor) === null || !statements.some((text) => text.includes('insert into calsync.intent')))
      return;
    const [slipped] = await site.connection.ask<{ key: string; hold: string }>(
      `select called.key, hold.id as hold from calsync.intent called join calsync.hold on hold.calendar = called.calendar
         where called.made_at = calsync.now() and called.counts_as in ('withdrawal', 'cancellation') and called.approval is null
           and hold.kind in ('withdrawals', 'rekey') and hold.closed_at is null and hold.opened_at <= called.made_at
           -- A hold of a turn may be about events on another calendar alone: it is that one's line which they are over.
           and exists (select from calsync.hold_item item join calsync.observed_event shown on shown.event_id = item.event_id
             where item.hold = hold.id and shown.calendar = called.calendar)
         order by called.id limit 1`,
    );
    if (slipped !== undefined)
      world.fail(
        'I5',
        `the event of ${slipped.key} is deleted while the deletions of hold ${slipped.hold} wait for a person`,
      );
  },
};
