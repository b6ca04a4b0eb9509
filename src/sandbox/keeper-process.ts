import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { asCalsyncError } from '../core/error.ts';
import { type Home, openHome } from './home.ts';
import { Keeper } from './keeper.ts';
import { openLogFile } from './log-file.ts';
import { tryProcessLock } from './process-lock.ts';
import { systemClock } from './system-clock.ts';
import { nodeOptions, startWatchdog, type Watchdog } from './watchdog-process.ts';

interface KeeperOrders {
  readonly home: string;
  readonly idleMs: number;
}

const watchdogPauseMs = 1_000;

/** Starts a keeper that outlives this process; gives its exit code when it ends, 0 if another one was there already. */
export function startKeeper(home: Home, idleMs: number): { readonly exit: Promise<number> } {
  const orders: KeeperOrders = { home: home.directory, idleMs };
  const log = openLogFile(home.keeperLog);
  const child = spawn(process.execPath, [...nodeOptions, fileURLToPath(import.meta.url), JSON.stringify(orders)], {
    detached: true,
    cwd: '/',
    env: {},
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  const exit = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', () => resolve(1));
  });
  return { exit };
}

async function main(orders: KeeperOrders): Promise<void> {
  const home = openHome(orders.home);
  const lock = tryProcessLock(home.lockFile);
  if (lock === null) return; // another keeper is there, or a watchdog ends what one left behind
  const { idleMs } = orders;
  let watchdog: LastingWatchdog | null = null;
  const guard = (dataDirectory: string) => {
    const watch = { lockFile: home.lockFile, dataDirectory, graceMs: idleMs, lockLimitMs: 0, removes: null };
    watchdog = new LastingWatchdog(() => startWatchdog(watch));
  };
  const keeper = new Keeper({ home, idleMs, clock: systemClock, guard, log });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => keeper.stop(signal));
  log(`keeper ${process.pid} starts`);
  log(`keeper ${process.pid} ends: ${await keeper.run()}`);
  (watchdog as LastingWatchdog | null)?.standDown(); // set by `guard`, which the compiler does not see
  lock.release();
  process.exit(); // whatever is still open, nothing may keep this process
}

/** The keeper's watchdog, replaced when it is killed. */
class LastingWatchdog {
  readonly #start: () => Watchdog;
  #current: Watchdog;
  #needed = true;

  constructor(start: () => Watchdog) {
    this.#start = start;
    this.#current = this.#watched();
  }

  standDown(): void {
    this.#needed = false;
    this.#current.standDown();
  }

  #watched(): Watchdog {
    const watchdog = this.#start();
    watchdog.process.once('exit', async () => {
      await systemClock.sleep(watchdogPauseMs);
      if (this.#needed) this.#current = this.#watched();
    });
    return watchdog;
  }
}

function log(line: string): void {
  process.stderr.write(`${new Date(systemClock.now()).toISOString()} ${line}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main(JSON.parse(process.argv[2] ?? '') as KeeperOrders); // written by startKeeper
  } catch (thrown) {
    log(asCalsyncError(thrown).message);
    process.exitCode = 1;
  }
}
