import { once } from 'node:events';
import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption, portArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { nameOf, readJson } from '../input.ts';

interface Options {
  readonly port?: number;
  readonly seed?: string;
  readonly json?: true;
}

/** For the answers that are on their way when it is stopped. */
const graceMs = 2_000;

export function addEmulator(program: Command, perform: Perform): void {
  program
    .command('emulator')
    .description('a Google Calendar of our own on this machine, by itself, until it is stopped')
    .option('--port <n>', 'where it listens; a free port when not given', portArgument)
    .option('--seed <file>', 'accounts, calendars and events to begin with, in JSON')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => serve(context, options), { graceMs, tellsSandbox: false }));
}

async function serve({ output, world }: Context, { port, seed, json }: Options): Promise<ExitCode> {
  const { createEmulator } = await import('../../emulator/index.ts');
  const emulator = createEmulator();
  try {
    if (seed !== undefined) await loadSeedFile(emulator, seed, world);
    const listening = await emulator.listen(port === undefined ? {} : { port }).catch((thrown: unknown) => {
      throw portTaken(thrown, port);
    });
    const { origin } = listening;
    if (json) output.json({ origin, port: listening.port });
    else output.result(`The emulator answers at ${origin}; stop it with Ctrl-C.\n${settingsText(origin)}`);
    if (!world.signal.aborted) await once(world.signal, 'abort');
    await listening.close();
    return exitCodes.interrupted;
  } finally {
    emulator.close();
  }
}

function settingsText(origin: string): string {
  return [
    'For a calsync that writes there:',
    `  CALSYNC_GOOGLE_ROOT_URL=${origin}`,
    `  CALSYNC_GOOGLE_TOKEN_URL=${origin}/token`,
    '  GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET: anything',
  ].join('\n');
}

async function loadSeedFile(
  emulator: { loadSeed(json: unknown): unknown },
  path: string,
  world: Context['world'],
): Promise<void> {
  const json = await readJson(path, world);
  try {
    emulator.loadSeed(json);
  } catch (cause) {
    // Its own error names every problem and its place.
    const problems = cause instanceof Error && cause.name === 'SeedError' ? cause.message : null;
    if (problems === null) throw cause;
    throw new CalsyncError('usage', `${nameOf(path)}: ${problems}`, { reason: 'seed', cause });
  }
}

function portTaken(thrown: unknown, port: number | undefined): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return thrown;
  const why = code === 'EACCES' ? 'this user may not listen there' : 'something listens there already';
  return new CalsyncError('usage', `port ${port} cannot be used: ${why}; choose another --port`, {
    reason: 'port',
    cause: thrown,
  });
}
