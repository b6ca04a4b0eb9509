/**
 * I3 against people: what a person did in Google overrides the table by policy only where the table did not change since it was last
 * written; and a change of the table waits for no policy about people. A field that is stated no longer is cleared, and a guest who was
 * taken off is no guest of the event any more.
 */
import type { Site, World } from '../world.ts';
import { foundOf, guestsOf } from './equality.ts';
import { changedColumns, type HistoryRow, historyOf, isOfGuest, isOfTable } from './history-rows.ts';
import type { Oracle, SiteCommit } from './oracle.ts';

export const newerWishWins: Oracle = {
  async onCommit(world, { site, actor, statements }: SiteCommit) {
    if (world.workerOf(actor) === null || !statements.some((text) => text.includes('desired_event'))) return;
    await checkTakenOver(world, site);
  },
  async atRest(world) {
    if (world.restored) return;
    for (const site of world.sites) {
      await checkCarriedOut(world, site);
      await checkCleared(world, site);
      await checkTakenOff(world, site);
    }
  },
};

/** How far the history of a site was looked through. */
const lookedThrough = new WeakMap<Site, number>();

/** What Google's side just changed in the table had not been changed there since it was applied. */
async function checkTakenOver(world: World, site: Site): Promise<void> {
  const taken = await site.connection.ask<{ id: number; key: string }>(
    `select id, key from calsync.history where id > $1 and source = 'google' and kind in ('updated', 'cancelled') order by id`,
    [lookedThrough.get(site) ?? 0],
  );
  if (taken.length === 0) return;
  lookedThrough.set(site, Number(taken.at(-1)?.id));
  const history = await historyOf(site);
  const applied = await appliedRevisions(site);
  for (const { id, key } of taken) {
    const own = history.filter((row) => row.key === key && !isOfGuest(row) && isOfTable(row));
    const row = own.find((entry) => entry.id === Number(id));
    const since = own.filter((entry) => entry.id < Number(id) && entry.revision > (applied.get(key) ?? 0));
    if (row === undefined) continue;
    const wished = new Set(since.flatMap(changedColumns));
    const lost = row.kind === 'cancelled' ? [...wished] : changedColumns(row).filter((column) => wished.has(column));
    if (lost.length > 0 && isStillWished(since, row, lost))
      world.fail(
        'I3',
        `${key}: what a person did in Google took ${lost.join(', ')} back, which the table had changed since`,
      );
  }
}

/** A wish that was taken back by its own writer is none. */
function isStillWished(since: readonly HistoryRow[], row: HistoryRow, columns: readonly string[]): boolean {
  const first = since[0]?.before ?? null;
  return columns.some((column) => JSON.stringify(first?.[column]) !== JSON.stringify(row.before?.[column]));
}

async function appliedRevisions(site: Site): Promise<ReadonlyMap<string, number>> {
  const rows = await site.connection.ask<{ key: string; revision: number }>(
    'select key, max(applied_revision) as revision from calsync.binding group by key order by key',
  );
  return new Map(rows.map(({ key, revision }) => [key, Number(revision)]));
}

/** At rest nothing but what has to be decided, or was refused, keeps a wish from being written. */
async function checkCarriedOut(world: World, site: Site): Promise<void> {
  if (world.shape.policies.policy !== 'sync' && world.shape.policies.policy !== 'upsert-only') return;
  const left = await site.connection.ask<{ key: string; column: string }>(
    `select event.key, wish.column from calsync.desired_event event
       join calsync.binding bound on bound.key = event.key and bound.state = 'live'
       cross join lateral (values ('summary', event.summary), ('location', event.location)) as wish ("column", wanted)
       where event.cancelled_at is null and wish.wanted is not null and bound.applied is not null
         and bound.applied ->> wish.column is distinct from wish.wanted
         and not exists (select from calsync.dirty mark where mark.key = event.key and (mark.parked or mark.due_at = 'infinity'))
         and not exists (select from calsync.finding where finding.key = event.key and closed_at is null
           and kind not in ('drift', 'occurrence', 'twin', 'zone_rules_differ', 'unreachable', 'guest_copies_may_remain'))
       order by event.key, wish.column`,
  );
  for (const { key, column } of left)
    world.fail('I3', `the ${column} of ${key} was changed in the table and never written, and only drift is told of`);
}

/** A value that only the table ever stated, and states no longer, is not left in Google. */
async function checkCleared(world: World, site: Site): Promise<void> {
  const { policy, drift } = world.shape.policies;
  if (policy !== 'sync' || drift !== 'enforce') return;
  const rows = await site.connection.ask<{ key: string; once: readonly string[] }>(
    `select event.key, array_agg(distinct past.after ->> 'location') as once from calsync.desired_event event
       join calsync.history past on past.key = event.key and past.source <> 'google' and past.after ->> 'location' is not null
       where event.cancelled_at is null and event.location is null
         and not exists (select from calsync.dirty mark where mark.key = event.key)
         and not exists (select from calsync.finding where finding.key = event.key and closed_at is null)
       group by event.key order by event.key`,
  );
  const found = await foundOf(world, site);
  for (const { key, once } of rows) {
    const shown = found.find((event) => event.key === key)?.event.location;
    if (typeof shown === 'string' && once.includes(shown))
      world.fail('L1', `${key} still shows the place ${shown}, which the table states no longer`);
  }
}

/** A guest whom only the table ever named, and who was taken off there, is not left on the event. */
async function checkTakenOff(world: World, site: Site): Promise<void> {
  const { policy, drift } = world.shape.policies;
  if (policy !== 'sync' || drift !== 'enforce') return;
  const rows = await site.connection.ask<{ key: string; once: readonly string[] }>(
    `select event.key, array_agg(distinct past.before ->> 'address') as once from calsync.desired_event event
       join calsync.history past on past.key = event.key and past.kind = 'attendee_removed'
       where event.cancelled_at is null
         and not exists (select from calsync.desired_attendee guest
           where guest.key = event.key and guest.state = 'active' and guest.address = past.before ->> 'address')
         and not exists (select from calsync.dirty mark where mark.key = event.key)
         and not exists (select from calsync.finding where finding.key = event.key and closed_at is null)
       group by event.key order by event.key`,
  );
  const found = await foundOf(world, site);
  for (const { key, once } of rows) {
    const guests = guestsOf(found.find((event) => event.key === key)?.event);
    const left = once.filter((address) => guests.has(address));
    if (left.length > 0) world.fail('L1', `${key} still has ${left.join(', ')} as guests, whom the table took off`);
  }
}
