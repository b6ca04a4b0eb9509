/** What every command has around its work: settings first, the app for it, and an end that leaves nothing behind. */
import { type App, createApp } from '../app.ts';
import { type Config, readConfig } from '../config.ts';
import type { Clock } from '../core/ports.ts';
import type { Action, Context, PerformOptions } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { interrupted, tellFailure } from './failure.ts';
import { createOutput } from './output.ts';
import type { World } from './world.ts';

/** How long letting go may take; a server that does not answer any more ends with the process. */
const closeLimitMs = 3_000;

/** Does a command's work and answers its exit code; never throws. */
export async function perform(world: World, action: Action, options: PerformOptions = {}): Promise<ExitCode> {
  const output = createOutput(world);
  let app: App | null = null;
  try {
    const config = readConfig(world.environment);
    for (const warning of config.warnings) output.warn(warning);
    if (config.google.kind === 'sandbox' && options.tellsSandbox !== false) output.note(sandboxLine(config));
    const log = lazyLog(config, world);
    app = createApp(
      config,
      logsCalls(config) ? { onGoogleCall: (call) => void log().then((its) => its.debug(call, 'google')) } : {},
    );
    return await unlessInterrupted(action({ app, output, world, log }), world, app.clock, options.graceMs ?? 0);
  } catch (thrown) {
    return tellFailure(thrown, output, world);
  } finally {
    if (app !== null) await letGo(app);
  }
}

/** So that nobody takes the sandbox for their calendar. */
function sandboxLine({ home }: Config): string {
  return `sandbox: nothing reaches Google; its calendars live in ${home}`;
}

function logsCalls({ logLevel }: Config): boolean {
  return logLevel === 'debug' || logLevel === 'trace';
}

function lazyLog(config: Config, world: World): Context['log'] {
  let made: ReturnType<Context['log']> | undefined;
  return () => {
    made ??= import('./log.ts').then(({ createLog }) => createLog(config.logLevel, world));
    return made;
  };
}

/**
 * The work's end, or `graceMs` after an interruption no longer that. Nothing is lost by not waiting: an open transaction is
 * rolled back, and a call to Google is settled by the next turn.
 */
async function unlessInterrupted(
  work: Promise<ExitCode>,
  { signal }: World,
  clock: Clock,
  graceMs: number,
): Promise<ExitCode> {
  const done = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal });
  });
  const givenUp = aborted.then(() => clock.sleep(graceMs, done.signal)).then(() => Promise.reject(interrupted()));
  try {
    return await Promise.race([work, givenUp]);
  } finally {
    givenUp.catch(() => undefined); // a sleep that is put off rejects, and nobody waits for it any more
    done.abort();
  }
}

async function letGo(app: App): Promise<void> {
  const done = new AbortController();
  const limit = app.clock.sleep(closeLimitMs, done.signal).catch(() => undefined);
  await Promise.race([app.close().catch(() => undefined), limit]);
  done.abort();
}
