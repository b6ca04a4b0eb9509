/** The change feed: positions without a gap, per key in the order of revisions, and nothing behind a position that was handed out. */
import { Sequencer } from '../../../src/store/sequencer.ts';
import { askingDatabase } from '../door/asking-database.ts';
import { everyFollower, type Follower } from '../door/follower.ts';
import type { World } from '../world.ts';
import { type HistoryRow, historyOf, isOfTable } from './history-rows.ts';
import type { Oracle } from './oracle.ts';

const mostRounds = 50;

export const feed: Oracle = {
  async atRest(world) {
    // Who follows a database that was put back from a backup is told to begin anew.
    if (world.restored) return;
    for (const site of world.sites) {
      await new Sequencer(askingDatabase(site)).numberAll(mostRounds);
      const history = [...(await historyOf(site))].sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
      checkPositions(world, history);
      for (const follower of everyFollower(world)) if (follower.site === site) checkFollower(world, follower, history);
    }
  },
};

function checkPositions(world: World, history: readonly HistoryRow[]): void {
  const fail = (message: string): void => world.fail('feed', message);
  const revisions = new Map<string, number>();
  for (const [index, row] of history.entries()) {
    if (row.position !== index + 1) {
      fail(`position ${row.position} where ${index + 1} should be`);
      return;
    }
    if (!isOfTable(row)) continue;
    const before = revisions.get(row.key) ?? 0;
    if (row.revision < before) fail(`revision ${row.revision} of ${row.key} comes behind ${before}`);
    revisions.set(row.key, row.revision);
  }
}

/** It was handed every row up to where it is, once, as it stands. */
function checkFollower(world: World, { handed, through }: Follower, history: readonly HistoryRow[]): void {
  const short = (
    rows: readonly { readonly position: number | null; readonly key: string; readonly revision: number }[],
  ) => rows.map(({ position, key, revision }) => `${position}: ${key} ${revision}`).join(', ');
  const whole = short(history.filter(({ position }) => position !== null && position <= through));
  if (short(handed) !== whole) world.fail('feed', `a follower was handed ${short(handed)}, and not ${whole}`);
}
