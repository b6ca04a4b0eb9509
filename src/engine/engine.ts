import type { CalsyncError } from '../core/error.ts';
import type { Clock, Google, Random } from '../core/ports.ts';
import type { Db } from '../store/database.ts';

/** What a turn needs from outside. */
export interface Engine {
  readonly db: Db;
  readonly clock: Clock;
  readonly random: Random;
  /** Google as that account. Throws `unauthorized` or `usage` when it cannot be used. */
  readonly google: (account: string) => Promise<Google>;
  readonly installation: string;
  readonly fingerprintSecret: string;
  /** Names this process among the workers. */
  readonly worker: string;
  readonly settings: EngineSettings;
  readonly onProgress?: (progress: Progress) => void;
}

/** Bounds and spans; all spans in milliseconds. */
export interface EngineSettings {
  /** For how long after a write Google may not show it yet. */
  readonly graceMs: number;
  /** Null: events are never settled. */
  readonly settledAfterMs: number | null;
  /** How old another calendar's observation may be for a decision that rests on it too. */
  readonly freshForMs: number;
  /** When a calendar is listed again although nobody asked. */
  readonly pollMs: number;
  readonly leaseMs: number;
  /** Keys that are worked at a time. */
  readonly concurrency: number;
  /** Intents that are committed together. */
  readonly batchSize: number;
  readonly mostCallsPerTurn: number;
  readonly mostPagesPerTurn: number;
  readonly mostMsPerTurn: number;
  readonly mostKeysPerTurn: number;
}

const minuteMs = 60_000;

export const defaultEngineSettings: EngineSettings = {
  graceMs: minuteMs,
  settledAfterMs: 7 * 24 * 60 * minuteMs,
  freshForMs: 15 * minuteMs,
  pollMs: 5 * minuteMs,
  leaseMs: 2 * minuteMs,
  concurrency: 8,
  batchSize: 50,
  mostCallsPerTurn: 2_000,
  mostPagesPerTurn: 1_000,
  mostMsPerTurn: 10 * minuteMs,
  mostKeysPerTurn: 50_000,
};

/** How far a turn has come: calls done of those that are planned. */
export interface Progress {
  readonly calendar: string;
  readonly done: number;
  readonly planned: number;
}

/** What a turn did. */
export interface TurnCounts {
  created: number;
  patched: number;
  moved: number;
  deleted: number;
  recreated: number;
  adopted: number;
  failed: number;
  parked: number;
  held: number;
  apiCalls: number;
  listCalls: number;
}

export function noCounts(): TurnCounts {
  return {
    created: 0,
    patched: 0,
    moved: 0,
    deleted: 0,
    recreated: 0,
    adopted: 0,
    failed: 0,
    parked: 0,
    held: 0,
    apiCalls: 0,
    listCalls: 0,
  };
}

export type CalendarState = 'in_sync' | 'out_of_sync' | 'unknown' | 'held' | 'paused' | 'busy';

export interface TurnReport {
  readonly calendar: string;
  readonly state: CalendarState;
  readonly counts: TurnCounts;
  /** Another turn would find something to do now. */
  readonly again: boolean;
  /** Calendars that have to be listed before this one can go on. */
  readonly pulls: readonly string[];
  /** What ended the turn early, if anything. */
  readonly error: CalsyncError | null;
}
