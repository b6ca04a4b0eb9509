import type { LogEntry } from '../../../src/emulator/request-log.ts';
import type { TurnReport } from '../../../src/engine/engine.ts';
import type { Phase } from '../cells.ts';
import type { Actor } from '../scheduler.ts';
import type { Worker } from '../worker.ts';
import type { Site, World } from '../world.ts';

/** A commit of a step: by whom, in which database, and the statements it was made of. */
export interface SiteCommit {
  readonly site: Site;
  readonly actor: Actor;
  readonly statements: readonly string[];
}

/** A turn that came to its end, and what it said of itself; null where a broken connection tore it off. */
export interface EndedTurn {
  readonly worker: Worker;
  readonly calendar: string;
  readonly begunAtMs: number;
  readonly report: TurnReport | null;
  /** Nobody else did anything while it lasted: no other turn, nobody's deed, nothing late on the way. */
  readonly undisturbed: boolean;
  readonly calls: number;
  /** How often it called to change each event. */
  readonly changes: ReadonlyMap<string, number>;
}

/** A request to Google as it leaves a process. */
export interface SentCall {
  readonly actor: Actor;
  readonly phase: Phase;
  readonly url: string;
  /** The event that it is about; null for listings and what is about a calendar. */
  readonly eventId: string | null;
  /** When the process decided to make it; it may have been on its way for a while. */
  readonly askedAtMs: number;
}

export interface HeardAnswer extends SentCall {
  readonly status: number;
  /** The header. */
  readonly retryAfter: string | null;
}

/**
 * One group of invariants. It looks at Google's contents and log and at the tables, and believes nothing that the engine says of itself;
 * it tells the world of what does not hold (`world.fail`).
 */
export interface Oracle {
  /** Google served something, or a person acted. */
  onGoogle?(world: World, entry: LogEntry): Promise<void> | void;
  onCommit?(world: World, commit: SiteCommit): Promise<void> | void;
  /** A process calls Google, or hears an answer; at once, and in that order. */
  onCall?(world: World, call: SentCall): void;
  onHeard?(world: World, answer: HeardAnswer): void;
  /** A worker says how its turn went: the one place where claims are heard, to be held against the rest. */
  onTurn?(world: World, turn: EndedTurn): Promise<void> | void;
  /** The quiet phase is over: nothing changed for a further turn of every calendar. */
  atRest?(world: World): Promise<void> | void;
}
