/** Mail that comes back: somebody tells the server which address does not work, and at times that it works again. */
import { markReachable } from '../../../src/write/bounce.ts';
import type { Dice } from '../dice.ts';
import { postBounce } from '../door/http-door.ts';
import type { Actor } from '../scheduler.ts';
import type { Site, World } from '../world.ts';
import { guestOf } from './wishes.ts';

export interface BounceDeed {
  readonly kind: 'bounced' | 'works_again';
  readonly guest: number;
  /** Long before it is told, in milliseconds. */
  readonly agoMs: number;
}

const second = 1_000;

export function drawBounces(dice: Dice): readonly (BounceDeed & { readonly afterMs: number })[] {
  if (dice.chance(0.85)) return [];
  return Array.from({ length: dice.between(1, 5) }, () => ({
    kind: dice.chance(0.75) ? 'bounced' : 'works_again',
    guest: dice.below(3),
    agoMs: dice.chance(0.5) ? 0 : dice.between(1, 600) * second,
    afterMs: dice.between(5, 90) * second,
  }));
}

export async function doBounce(world: World, site: Site, actor: Actor, deed: BounceDeed): Promise<string> {
  const address = guestOf(deed.guest);
  if (deed.kind === 'bounced') return postBounce(world, site, actor, address, world.scheduler.now() - deed.agoMs);
  const writer = { actor: 'postmaster', door: 'typescript', source: 'caller' } as const;
  return (await markReachable(site.connection.databaseOf(actor), address, writer)) ? 'works again' : 'did work';
}
