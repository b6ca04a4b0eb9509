import type { Command } from 'commander';
import { addressArgument, jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { refusedLater } from '../later.ts';

interface Options {
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly refreshTokenFile: string;
}

export function addAccounts(program: Command, perform: Perform): void {
  const accounts = program.command('accounts').description('Google connections: add, connect, list');
  accounts
    .command('add')
    .description('connect an account by a refresh token that you have')
    .argument('<email>', 'the address of the account', addressArgument)
    .requiredOption('--refresh-token-file <file>', 'a file that holds the token and nothing else; - for stdin')
    .addOption(
      refusedLater('--service-account <file>', 'service accounts come in a later version: use --refresh-token-file'),
    )
    .addOption(jsonOption())
    .action((email: string, options: AddOptions) => perform((context) => add(context, email, options)));
  accounts
    .command('connect')
    .description("connect an account by its owner's consent; in the sandbox it is given at once")
    .argument('<email>', 'the address of the account', addressArgument)
    .addOption(jsonOption())
    .action((email: string, options: Options) => perform((context) => connect(context, email, options)));
  accounts
    .command('list')
    .description('all of them, and whether they work')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => list(context, options)));
}

async function add(context: Context, email: string, options: AddOptions): Promise<ExitCode> {
  const { readRefreshToken } = await import('../refresh-token.ts');
  return store(context, email, await readRefreshToken(options.refreshTokenFile, context.world), options);
}

async function connect(context: Context, email: string, options: Options): Promise<ExitCode> {
  const { sandboxConsent } = await import('../sandbox-door.ts');
  return store(context, email, await sandboxConsent(await context.app.googleAccess(), email), options);
}

async function store(
  { app, output }: Context,
  email: string,
  refreshToken: string,
  { json }: Options,
): Promise<ExitCode> {
  const { storeConnection } = await import('../connection.ts');
  const { id, scopes } = await storeConnection(app, email, refreshToken);
  if (json) output.json({ account: id, state: 'active', scopes });
  else output.result(`connected ${id}`);
  return exitCodes.done;
}

async function list({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ listAccounts }, { listCalendars }, { accountsText, accountsDocument }, db] = await Promise.all([
    import('../../store/account.ts'),
    import('../../store/calendar.ts'),
    import('../views/accounts.ts'),
    app.database(),
  ]);
  const accounts = await listAccounts(db);
  if (json) output.json(accountsDocument(accounts));
  else output.result(accountsText(accounts, await listCalendars(db), output.paint));
  return exitCodes.done;
}
