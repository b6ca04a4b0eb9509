import { once } from 'node:events';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Config } from '../../config.ts';
import { CalsyncError } from '../../core/error.ts';
import type { RequestEntry } from '../../server/request-log.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly role: readonly string[];
}

/** For the requests that are being served when it is stopped. */
const drainMs = 10_000;
/** Room after that for letting go of the database. */
const graceMs = drainMs + 2_000;
const tokenBytes = 32;

export function addServe(program: Command, perform: Perform): void {
  program
    .command('serve')
    .description('the HTTP API, until it is stopped; PORT and HOST say where')
    .option('--role <roles>', 'what this process does (web)', rolesArgument, ['web'])
    .action((_options: Options) => perform(serve, { graceMs }));
}

function rolesArgument(text: string): readonly string[] {
  const roles = text.split(',');
  for (const role of roles) {
    if (role === 'worker' || role === 'timer')
      throw new InvalidArgumentError(
        `${role}: comes in a later version: run \`calsync reconcile\` by a timer of yours.`,
      );
    if (role !== 'web') throw new InvalidArgumentError('It must be web.');
  }
  return roles;
}

async function serve({ app, output, world, log }: Context): Promise<ExitCode> {
  const { server } = app.config;
  requireTokenBeyondThisMachine(server);
  const [{ createApi }, { listen }, db, logger] = await Promise.all([
    import('../../server/api.ts'),
    import('../../server/listen.ts'),
    app.serverDatabase(),
    log(),
  ]);
  const adminToken = server.apiToken ?? app.random.hex(tokenBytes);
  const api = createApi({
    db,
    clock: app.clock,
    random: app.random,
    adminToken,
    onRequest: (entry) => logger[levelOf(entry)](entry, 'request'),
    closing: world.signal,
  });
  const listening = await listen(api, { host: server.host, port: server.port, clock: app.clock });
  output.note(`calsync answers at ${listening.origin}; stop it with Ctrl-C`);
  if (server.apiToken === null) output.note(`its token, until then (set CALSYNC_API_TOKEN to keep one): ${adminToken}`);
  if (!world.signal.aborted) await once(world.signal, 'abort');
  await listening.close(drainMs);
  return exitCodes.done;
}

function requireTokenBeyondThisMachine({ host, apiToken }: Config['server']): void {
  if (apiToken !== null || isThisMachine(host)) return;
  const message = `HOST=${host} can be reached from other machines: set CALSYNC_API_TOKEN first`;
  throw new CalsyncError('usage', message, { reason: 'api_token_unset' });
}

function isThisMachine(host: string): boolean {
  return host === '::1' || host === 'localhost' || /^127[.]\d+[.]\d+[.]\d+$/.test(host);
}

function levelOf({ status }: RequestEntry): 'error' | 'info' {
  return status >= 500 ? 'error' : 'info';
}
