/** A copy of a database, as staging is made from production: it has the installation's name and tokens. Later somebody claims it. */

import type { Db } from '../../../src/store/database.ts';
import { claimDatabase } from '../../../src/store/installation-claim.ts';
import type { Dice } from '../dice.ts';
import type { Site, World } from '../world.ts';

export type CopyDeed = { readonly kind: 'become_copy' } | { readonly kind: 'claim' };

export function drawCopying(dice: Dice): readonly (CopyDeed & { readonly afterMs: number })[] {
  const later = () => dice.between(30, 300) * 1_000;
  return [
    { kind: 'become_copy', afterMs: later() },
    { kind: 'claim', afterMs: later() },
  ];
}

export async function doToCopy(world: World, site: Site, db: Db, deed: CopyDeed): Promise<string> {
  switch (deed.kind) {
    case 'become_copy':
      await site.connection.ask(
        `update calsync.setting set value = '{"name": "production", "system": "7"}' where name = 'database'`,
      );
      world.copies.set(site.number, world.scheduler.now());
      return 'is another database than the one that was installed';
    case 'claim':
      await claim(world, site, db);
      return 'is the installation';
  }
}

export async function claim(world: World, site: Site, db: Db): Promise<void> {
  if (!world.copies.has(site.number)) return;
  await claimDatabase(db);
  world.copies.delete(site.number);
}
