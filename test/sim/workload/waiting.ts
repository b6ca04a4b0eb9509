/** Somebody asks how an event stands and waits until Google shows it: answered as soon as it does, and never later than was asked. */
import { readEventStatus } from '../../../src/store/event-status.ts';
import type { Dice } from '../dice.ts';
import { askingDatabase } from '../door/asking-database.ts';
import { waitOverHttp } from '../door/http-door.ts';
import type { Oracle } from '../oracles/oracle.ts';
import type { Actor } from '../scheduler.ts';
import type { Shape } from '../shape.ts';
import type { Site, World } from '../world.ts';
import { keyOf } from './wishes.ts';

export interface WaitDeed {
  readonly kind: 'wait';
  readonly key: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly site: Site;
  readonly key: string;
  /** Since when the event has been as it should be, and since when it has not; one of them is null. */
  shownSinceMs: number | null;
  openSinceMs: number | null;
}

const second = 1_000;
/** The table is asked once a second at least (docs/http.md), and every question takes some steps. */
const slackMs = 2 * second;
const open: ReadonlySet<string> = new Set(['pending', 'cancelling', 'unknown']);

const waiting = new WeakMap<World, Set<Waiting>>();

export function drawWaits(dice: Dice, { keys }: Shape): readonly (WaitDeed & { readonly afterMs: number })[] {
  if (dice.chance(0.85)) return [];
  return Array.from({ length: dice.between(1, 4) }, () => ({
    kind: 'wait',
    key: dice.below(keys),
    waitMs: dice.between(1, dice.chance(0.3) ? 60 : 20) * second,
    afterMs: dice.between(0, 60) * second,
  }));
}

export async function doWait(world: World, site: Site, actor: Actor, deed: WaitDeed): Promise<string> {
  const waiter: Waiting = { site, key: keyOf(deed.key), shownSinceMs: null, openSinceMs: null };
  const all = waiting.get(world) ?? new Set<Waiting>();
  waiting.set(world, all.add(waiter));
  await look(world, waiter);
  const cameMs = world.scheduler.now();
  const status = await waitOverHttp(world, site, actor, waiter.key, deed.waitMs);
  all.delete(waiter);
  const now = world.scheduler.now();
  checkTimes(world, waiter, { status, tookMs: now - cameMs, waitMs: deed.waitMs });
  return `${status ?? 'no row'} after ${now - cameMs} ms`;
}

function checkTimes(
  world: World,
  { key, shownSinceMs, openSinceMs }: Waiting,
  { status, tookMs, waitMs }: { readonly status: string | null; readonly tookMs: number; readonly waitMs: number },
): void {
  const now = world.scheduler.now();
  const fail = (message: string): void => world.fail('wait', `${message}: ${key}, ${waitMs} ms asked for`);
  if (tookMs > waitMs + slackMs) fail(`answered after ${tookMs} ms`);
  if (shownSinceMs !== null && now > shownSinceMs + slackMs)
    fail(`answered ${now - shownSinceMs} ms after Google showed it`);
  const isEarly = tookMs < waitMs - slackMs && status !== null && open.has(status);
  if (isEarly && openSinceMs !== null && now > openSinceMs + slackMs) fail(`answered ${status} after ${tookMs} ms`);
}

/** How the event stands, asked after every commit while somebody waits for it. */
async function look(world: World, waiter: Waiting): Promise<void> {
  const standing = (await readEventStatus(askingDatabase(waiter.site), [waiter.key])).get(waiter.key);
  const now = world.scheduler.now();
  waiter.shownSinceMs = standing?.status === 'in_sync' ? (waiter.shownSinceMs ?? now) : null;
  waiter.openSinceMs = standing !== undefined && open.has(standing.status) ? (waiter.openSinceMs ?? now) : null;
}

export const waitsEnd: Oracle = {
  async onCommit(world, { site }) {
    for (const waiter of waiting.get(world) ?? []) if (waiter.site === site) await look(world, waiter);
  },
};
