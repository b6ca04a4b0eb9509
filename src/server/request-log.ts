/** What is told of a request: its route's pattern, never its path, query, headers or body, which hold keys, addresses and secrets. */
import type { ProblemName } from './problem.ts';

export interface RequestEntry {
  readonly requestId: string;
  readonly method: string;
  /** Such as `/v1/events/{key}`; null where no route fits. */
  readonly route: string | null;
  readonly status: number;
  readonly durationMs: number;
  /** Whose token: `token:7`, `admin`; null without a valid one. */
  readonly token: string | null;
  readonly problem: ProblemName | null;
  /** Where an internal error came from; null for everything else. */
  readonly fault: Fault | null;
}

export interface Fault {
  readonly name: string;
  /** Of the system or the database. */
  readonly code: string | null;
  /** The frames of the stack without its message, which may quote a row. */
  readonly frames: readonly string[];
}

const mostFrames = 8;

export function faultOf(thrown: unknown): Fault {
  if (!(thrown instanceof Error)) return { name: typeof thrown, code: null, frames: [] };
  const inner = thrown.cause instanceof Error ? thrown.cause : thrown;
  const frames = (inner.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: inner.name,
    code: 'code' in inner ? String(inner.code) : null,
    frames: frames.slice(0, mostFrames).map((line) => line.trim()),
  };
}
