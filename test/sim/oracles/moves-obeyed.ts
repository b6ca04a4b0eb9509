/** I11 for moves: where the policy is to follow, or to move back, an event is in the end where its row says, whoever moved it. */
import type { Site, World } from '../world.ts';
import { foundOf, wantedOf } from './equality.ts';
import type { Oracle } from './oracle.ts';

export const movesObeyed: Oracle = {
  async atRest(world) {
    const { policy, onMove } = world.shape.policies;
    if (policy !== 'sync' || onMove === 'flag' || world.restored) return;
    for (const site of world.sites) await checkHomes(world, site);
  },
};

async function checkHomes(world: World, site: Site): Promise<void> {
  const rows = await site.connection.ask<{ key: string }>(
    `select key from calsync.finding where closed_at is null and key is not null and kind <> 'moved'
     union select key from calsync.dirty where parked or due_at = 'infinity' order by key`,
  );
  const undecided = new Set(rows.map(({ key }) => key));
  const found = await foundOf(world, site);
  for (const row of await wantedOf(site)) {
    const events = found.filter(({ key }) => key === row.key);
    if (undecided.has(row.key) || events.length !== 1 || events[0]?.calendar === row.calendar) continue;
    world.fail('I11', `the policy is ${world.shape.policies.onMove}, and ${row.key} stays where its row does not say`);
  }
}
