/** What applications asked for and what they were told: the other side of every promise that a door makes. */
import type { Site, World } from '../world.ts';
import type { Ask, Heard } from './ask.ts';

export interface Asked {
  readonly site: Site;
  readonly ask: Ask;
  /** In the order in which it was heard. */
  readonly heard: Heard[];
  /** Attempts that may have been carried out without a word: late ones, and those whose answer was lost. */
  unheard: number;
}

const asked = new WeakMap<World, Asked[]>();

export function everythingAsked(world: World): readonly Asked[] {
  return asked.get(world) ?? [];
}

export function beginToAsk(world: World, site: Site, ask: Ask): Asked {
  const all = asked.get(world) ?? [];
  asked.set(world, all);
  const entry: Asked = { site, ask, heard: [], unheard: 0 };
  all.push(entry);
  return entry;
}
