/** L1, I3, I16 and the bounds: at rest Google equals the table, or what differs is there to be seen, and a further turn does nothing. */
import { strictPolicies } from '../shape.ts';
import type { Site, World } from '../world.ts';
import { foundOf, problemOf, wantedOf } from './equality.ts';
import type { Oracle } from './oracle.ts';

export const convergence: Oracle = {
  async atRest(world) {
    for (const site of world.sites) {
      await checkSettled(world, site);
      await compareAll(world, site);
    }
  },
};

async function checkSettled(world: World, site: Site): Promise<void> {
  const open = await site.connection.ask('select from calsync.intent where outcome is null');
  if (open.length > 0) world.fail('L1', `${open.length} calls are still unsettled`);
  const leases = await site.connection.ask('select from calsync.calendar where lease_owner is not null');
  if (leases.length > 0) world.fail('L1', 'a lease was never given back');
}

async function compareAll(world: World, site: Site): Promise<void> {
  const wanted = await wantedOf(site);
  const told = await toldOf(site);
  const found = await foundOf(world, site);
  for (const row of wanted) {
    const events = found.filter(({ key }) => key === row.key);
    const problem = problemOf(row, events);
    if (problem !== null && !isTold(world, told, row.key))
      world.fail(
        'L1',
        `${row.key} of ${site.number}: ${problem}, and nothing tells why (open: ${told.findings.get(row.key) ?? 'nothing'})`,
      );
  }
  const keys = new Set(wanted.map(({ key }) => key));
  for (const { key } of found) {
    if (!keys.has(key) && !isTold(world, told, key))
      world.fail('L1', `${key} is live in Google, not in the table, and nothing tells of it`);
  }
}

interface Told {
  readonly findings: ReadonlyMap<string, readonly string[]>;
  readonly waiting: ReadonlySet<string>;
}

/** Open findings by key, and keys that wait for a stated reason. */
async function toldOf(site: Site): Promise<Told> {
  const findings = await site.connection.ask<{ key: string; kinds: readonly string[] }>(
    'select key, array_agg(kind order by kind) as kinds from calsync.finding where closed_at is null and key is not null group by key',
  );
  const waiting = await site.connection.ask<{ key: string }>(
    "select key from calsync.dirty where parked or due_at = 'infinity'",
  );
  return {
    findings: new Map(findings.map(({ key, kinds }) => [key, kinds])),
    waiting: new Set(waiting.map(({ key }) => key)),
  };
}

/** Under strict policies only a person's doing that has no one answer may stay open: copies, contests. */
const undecidable = new Set(['duplicate', 'contested', 'lookalike', 'rejected', 'orphan', 'moved']);

function isTold(world: World, { findings, waiting }: Told, key: string): boolean {
  const kinds = findings.get(key) ?? [];
  if (
    world.shape.policies === strictPolicies ||
    (world.shape.policies.policy === 'sync' && world.shape.policies.drift === 'enforce')
  )
    return kinds.some((kind) => undecidable.has(kind) || kind === 'deleted') || waiting.has(key);
  return kinds.length > 0 || waiting.has(key);
}
