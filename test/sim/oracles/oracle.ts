import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { Actor } from '../scheduler.ts';
import type { Site, World } from '../world.ts';

/** A commit of a step: by whom, in which database, and the statements it was made of. */
export interface SiteCommit {
  readonly site: Site;
  readonly actor: Actor;
  readonly statements: readonly string[];
}

/**
 * One group of invariants. It looks at Google's contents and log and at the tables, never at what the engine says of itself, and tells
 * the world of what does not hold (`world.fail`).
 */
export interface Oracle {
  /** Google served something, or a person acted. */
  onGoogle?(world: World, entry: LogEntry): Promise<void> | void;
  onCommit?(world: World, commit: SiteCommit): Promise<void> | void;
  /** The quiet phase is over: nothing changed for a further turn of every calendar. */
  atRest?(world: World): Promise<void> | void;
}
