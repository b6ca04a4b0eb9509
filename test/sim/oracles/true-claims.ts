/**
 * I14: `in_sync` is said only of a calendar that was observed lately and equals the table. A turn's claim is held against Google where
 * nobody else did anything while it lasted; what `diff` claims, at rest.
 */
import type { Site, World } from '../world.ts';
import { foundOf, problemOf, wantedOf } from './equality.ts';
import type { EndedTurn, Oracle } from './oracle.ts';

/** How old an observation may be on which the claim rests. */
const freshForMs = 15 * 60_000;

export const trueClaims: Oracle = {
  async onTurn(world, { worker, calendar, report, undisturbed }: EndedTurn) {
    if (report?.state !== 'in_sync' || !undisturbed) return;
    await checkClaim(world, worker.site, calendar, 'a turn');
  },
  async atRest(world) {
    for (const { site, calendar, state } of world.claims)
      if (state === 'in_sync') await checkClaim(world, site, calendar, 'diff');
  },
};

async function checkClaim(world: World, site: Site, calendar: string, who: string): Promise<void> {
  const [seen] = await site.connection.ask<{ observed_at: Date | null }>(
    'select observed_at from calsync.calendar where id = $1',
    [calendar],
  );
  if (seen?.observed_at == null || seen.observed_at.getTime() < world.scheduler.now() - freshForMs)
    return world.fail('I14', `${who} says in_sync of ${world.nameOf(calendar)}, which was not observed lately`);
  if (world.liedAbout.has(calendar) || world.shape.policies.drift === 'ignore') return;
  const found = await foundOf(world, site);
  for (const row of await wantedOf(site)) {
    const events = found.filter((event) => event.key === row.key);
    const elsewhere = events.some((event) => event.calendar !== calendar);
    const problem = row.calendar !== calendar || elsewhere ? null : problemOf(row, events);
    if (problem !== null && !(await livesElsewhere(site, row.key, calendar)))
      return world.fail('I14', `${who} says in_sync of ${world.nameOf(calendar)}, where ${row.key} is ${problem}`);
  }
}

/** A key is worked, and its state told, where its event is bound, or a call about it is open. */
async function livesElsewhere(site: Site, key: string, calendar: string): Promise<boolean> {
  const rows = await site.connection.ask(
    `select from calsync.binding where key = $1 and state in ('live', 'gone') and calendar <> $2
       union all select from calsync.dirty where key = $1 and calendar <> $2`,
    [key, calendar],
  );
  return rows.length > 0;
}
