import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from './system-clock.ts';
import { carryOut, type WatchdogOrders } from './watchdog.ts';

const standDown = 'stand down';

export interface Watchdog {
  readonly process: ChildProcess;
  /** The owner has stopped everything itself. */
  standDown(): void;
  /** Lets go as if the owner had died, and waits until the watchdog has done its work. */
  release(): Promise<void>;
}

/**
 * Starts a process that outlives this one and learns of its end, however it ends, because the kernel then closes the
 * pipe between the two.
 */
export function startWatchdog(orders: WatchdogOrders): Watchdog {
  const child = spawn(process.execPath, [...nodeOptions, fileURLToPath(import.meta.url), JSON.stringify(orders)], {
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  const pipe = child.stdin as Socket | null; // a pipe of node:child_process is one, and only Socket has unref
  pipe?.unref();
  pipe?.on('error', () => undefined); // it was killed; its exit tells
  return {
    process: child,
    standDown: () => pipe?.end(standDown),
    release: async () => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      pipe?.end();
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

/** node:sqlite and type stripping announce themselves on stderr in some of the Node versions that calsync runs on. */
export const nodeOptions = ['--disable-warning=ExperimentalWarning'];

async function main(orders: WatchdogOrders): Promise<void> {
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => undefined);
  let heard = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  await finished(process.stdin).catch(() => undefined);
  if (heard !== standDown) await carryOut(orders, systemClock);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(JSON.parse(process.argv[2] ?? '') as WatchdogOrders); // written by startWatchdog
}
