/** An address that does not work is told of at every event ahead that has it as a guest, and at no other one, after every commit and at rest. */
import type { Site, World } from '../world.ts';
import type { Oracle, SiteCommit } from './oracle.ts';

export const unreachableTold: Oracle = {
  async onCommit(world, { site, statements }: SiteCommit) {
    if (!world.restored && statements.some((text) => text.includes('calsync.unreachable_address')))
      await check(world, site);
  },
  async atRest(world) {
    if (!world.restored) for (const site of world.sites) await check(world, site);
  },
};

async function check(world: World, site: Site): Promise<void> {
  const [unlike] = await site.connection.ask<{ key: string; due: boolean; told: boolean }>(
    `select key, due, told from (
       select coalesce(due.key, told.key) as key, due.key is not null as due, told.key is not null as told
         from (select distinct guest.key from calsync.unreachable_address address
                 join calsync.desired_attendee guest on guest.normal_address = address.normal_address and guest.state = 'active'
                 join calsync.desired_event event on event.key = guest.key and event.cancelled_at is null
                 where address.cleared_at is null) as due
         full join (select key from calsync.finding where kind = 'unreachable' and closed_at is null) as told using (key)
     ) as both_sides where due <> told order by key limit 1`,
  );
  if (unlike === undefined) return;
  const { key, told } = unlike;
  world.fail(
    'unreachable',
    told
      ? `${key} is told of, and has no guest whose address bounced`
      : `${key} has a guest whose address bounced, and nothing tells of it`,
  );
}
