import { rmSync } from 'node:fs';
import type { Clock } from '../core/ports.ts';
import { findHome, outsideOf } from './home.ts';
import { stopSandbox } from './status.ts';

/** Stops what runs for the home at `path` and removes it with all its data, what lies outside of it too. */
export async function removeHome(path: string, clock: Clock): Promise<void> {
  await stopSandbox(path, clock);
  const home = findHome(path);
  if (home === null) return;
  rmSync(outsideOf(home.directory), { recursive: true, force: true });
  rmSync(home.directory, { recursive: true, force: true });
}
