/** A parked row is one that Google refused as it is: at the revision that waits, not at one before it. */
import type { Oracle, SiteCommit } from './oracle.ts';

export const parkedForAReason: Oracle = {
  async onCommit(world, { site, statements }: SiteCommit) {
    if (world.restored || !statements.some((text) => text.includes('parked = true'))) return;
    const parked = await site.connection.ask<{ key: string; revision: number }>(
      `select mark.key, mark.revision from calsync.dirty mark
         where mark.parked and not exists (select from calsync.intent where intent.key = mark.key and intent.revision >= mark.revision)
         order by mark.key`,
    );
    for (const { key, revision } of parked)
      world.fail('I3', `${key} is parked at revision ${revision}, which Google was never asked for`);
  },
};
