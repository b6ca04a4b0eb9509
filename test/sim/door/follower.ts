/** Whoever follows the change feed: numbers what was committed, as a process of the server does, and reads on from where it was. */
import { type Change, everyChange, readChanges } from '../../../src/store/feed.ts';
import { Sequencer } from '../../../src/store/sequencer.ts';
import type { Actor } from '../scheduler.ts';
import type { Site, World } from '../world.ts';

export interface Followed {
  readonly position: number;
  readonly key: string;
  readonly kind: string;
  readonly revision: number;
}

/** What one follower was handed, in the order in which it was. */
export interface Follower {
  readonly site: Site;
  readonly handed: Followed[];
  through: number;
}

const followers = new WeakMap<World, Map<string, Follower>>();
const sequencers = new WeakMap<World, Map<string, Sequencer>>();
const mostAtOnce = 5;

export function everyFollower(world: World): readonly Follower[] {
  return [...(followers.get(world)?.values() ?? [])];
}

/** One look of the follower `number`; two processes number in turn. */
export async function follow(world: World, site: Site, actor: Actor, number: number): Promise<string> {
  const db = site.connection.databaseOf(actor);
  const processes = sequencers.get(world) ?? new Map<string, Sequencer>();
  sequencers.set(world, processes);
  const process = `${site.number} ${number % 2}`;
  const sequencer = processes.get(process) ?? new Sequencer(db);
  processes.set(process, sequencer);
  await sequencer.number();
  const all = followers.get(world) ?? new Map<string, Follower>();
  followers.set(world, all);
  const name = `${site.number} ${number}`;
  const follower = all.get(name) ?? { site, handed: [], through: 0 };
  all.set(name, follower);
  const { changes, through } = await readChanges(db, follower.through, everyChange, mostAtOnce);
  follower.handed.push(...changes.map(shortOf));
  follower.through = through;
  return `${changes.length} changes, now at ${through}`;
}

function shortOf({ position, key, kind, revision }: Change): Followed {
  return { position: Number(position), key, kind, revision: Number(revision) };
}
