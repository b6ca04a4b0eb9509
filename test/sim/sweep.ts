/*
 * Long after a run, retention takes the old history away. What it must leave: whatever is younger than the limit, the first version of each
 * key, and the state at the limit; and what it leaves still tells how the table came to be.
 */
import { adjustableSettings } from '../../src/store/adjustable-setting.ts';
import { verifyReplay } from '../../src/store/replay.ts';
import { dropOutdated } from '../../src/store/retention.ts';
import { Dice } from './dice.ts';
import { askingDatabase } from './door/asking-database.ts';
import { type HistoryRow, historyOf, isOfGuest, isOfTable } from './oracles/history-rows.ts';
import type { Site, World } from './world.ts';

const dayMs = 86_400_000;

/** In some of the runs, when every oracle has looked at the end: the history is cut in the middle of the run. */
export async function sweepHistory(world: World): Promise<void> {
  const dice = new Dice(`${world.seed} sweep`);
  if (!dice.chance(0.3) || world.restored) return;
  for (const site of world.sites) await sweep(world, site, dice.fraction());
}

async function sweep(world: World, site: Site, share: number): Promise<void> {
  const before = await historyOf(site);
  const times = [...new Set(before.map(({ atMs }) => atMs))].sort((one, other) => one - other);
  const limitMs = times[Math.floor(share * times.length)];
  if (limitMs === undefined) return;
  const now = new Date(limitMs + adjustableSettings['history.retentionDays'].whenUnset * dayMs);
  await site.connection.ask("select set_config('simulation.now', $1, false)", [now.toISOString()]);
  await dropOutdated(askingDatabase(site));
  checkKept(world, before, await historyOf(site), limitMs);
  const { differences } = await verifyReplay(askingDatabase(site));
  if (differences.length > 0)
    world.fail('retention', `replayed after a sweep, it differs: ${JSON.stringify(differences.slice(0, 3))}`);
}

function checkKept(world: World, before: readonly HistoryRow[], after: readonly HistoryRow[], limitMs: number): void {
  const kept = new Map(after.map((row) => [row.id, JSON.stringify(row)]));
  const need = (row: HistoryRow | undefined, what: string): void => {
    if (row !== undefined && kept.get(row.id) !== JSON.stringify(row))
      world.fail('retention', `${what} of ${row.key} (revision ${row.revision}) did not outlive a sweep`);
  };
  for (const row of before) if (row.atMs >= limitMs) need(row, 'what is younger than the limit');
  for (const key of new Set(before.map((row) => row.key))) {
    const own = before.filter((row) => row.key === key);
    const old = own.filter((row) => row.atMs < limitMs && isOfTable(row));
    need(own[0], 'the first version');
    need(
      old.findLast((row) => !isOfGuest(row)),
      'the state at the limit',
    );
    need(old.at(-1), 'the newest of the old revisions');
  }
}
