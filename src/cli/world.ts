import type { Readable, Writable } from 'node:stream';
import type { Environment } from '../config.ts';

/** What a run of the command line has of the world: its streams, its environment, and the wish of someone that it ends. */
export interface World {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly environment: Environment;
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
}
