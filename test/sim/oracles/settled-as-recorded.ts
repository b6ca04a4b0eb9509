/**
 * I3 and I13 of our own records: what is written down of a call that is said to be done is what the call did. A create stands for its key, a
 * move leads to its destination, a deletion ends the binding of its own event and no other one.
 */
import type { Site, World } from '../world.ts';
import type { Oracle } from './oracle.ts';

export const settledAsRecorded: Oracle = {
  async onCommit(world, { site, actor, statements }) {
    if (world.workerOf(actor) === null || world.restored) return;
    if (statements.some((text) => text.includes('update calsync.intent set settled_at'))) await check(world, site);
  },
};

interface Unlike {
  readonly kind: string;
  readonly key: string;
  readonly calendar: string | null;
  readonly state: string | null;
}

async function check(world: World, site: Site): Promise<void> {
  const [unlike] = await site.connection.ask<Unlike>(
    `select called.kind, called.key, bound.calendar, bound.state from calsync.intent called
       left join calsync.binding bound on bound.key = called.key and bound.event_id = called.event_id
       where called.settled_at = calsync.now() and called.outcome = 'done' and called.key is not null and case called.kind
         when 'create' then bound.state is distinct from 'live' or bound.calendar <> called.calendar
         when 'move' then bound.state in ('live', 'gone') and bound.calendar <> called.destination
         when 'delete' then bound.state in ('live', 'gone') and bound.calendar = called.calendar
           or exists (select from calsync.binding other where other.key = called.key and other.event_id <> called.event_id
             and other.retired_at = calsync.now() and not exists (select from calsync.intent own
               where own.event_id = other.event_id and own.kind = 'delete' and own.settled_at = calsync.now()))
         else false end
       order by called.id limit 1`,
  );
  if (unlike === undefined) return;
  const { kind, key, calendar, state } = unlike;
  world.fail(
    'I13',
    `a ${kind} for ${key} is said to be done, and its binding is ${state ?? 'missing'} on ${calendar ?? 'none'}`,
  );
}
