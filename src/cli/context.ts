import type { Logger } from 'pino';
import type { App } from '../app.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { World } from './world.ts';

/** What a command works with. */
export interface Context {
  readonly app: App;
  readonly output: Output;
  readonly world: World;
  /** Made when it is first asked for. */
  log(): Promise<Logger>;
}

/** A command's work. What it throws is told by `failure.ts`. */
export type Action = (context: Context) => Promise<ExitCode>;

export interface PerformOptions {
  /** How long it may take, once interrupted, to bring what it began to an end: for work that watches `world.signal`. */
  readonly graceMs?: number;
  /** False for work that uses neither Google nor the sandbox of these settings. */
  readonly tellsSandbox?: boolean;
}

/** Runs a command's work, from settings to exit code. */
export type Perform = (action: Action, options?: PerformOptions) => Promise<void>;
