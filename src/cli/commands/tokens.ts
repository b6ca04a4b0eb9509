import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ApiScope, apiScopes, mostTokenRatePerMinute } from '../../core/api-scope.ts';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { personHere } from '../writer.ts';

interface Options {
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly scope: readonly ApiScope[];
  readonly rate: number;
}

const usualRatePerMinute = 6_000;

export function addTokens(program: Command, perform: Perform): void {
  const tokens = program.command('tokens').description('bearer tokens of the HTTP API: add, list, revoke');
  tokens
    .command('add')
    .description('make a token; it is shown this once')
    .argument('<name>', 'the actor of what is written with it')
    .addOption(
      new Option('--scope <scope...>', `what it may (${apiScopes.join(', ')})`)
        .argParser(scopeArgument)
        .makeOptionMandatory(),
    )
    .option('--rate <n>', 'requests a minute', rateArgument, usualRatePerMinute)
    .addOption(jsonOption())
    .action((name: string, options: AddOptions) => perform((context) => add(context, name, options)));
  tokens
    .command('list')
    .description('all of them, revoked ones too')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => list(context, options)));
  tokens
    .command('revoke')
    .description('a token that opens nothing any more')
    .argument('<name>', 'its name')
    .addOption(jsonOption())
    .action((name: string, options: Options) => perform((context) => revoke(context, name, options)));
}

function scopeArgument(text: string, before: readonly ApiScope[] | undefined): readonly ApiScope[] {
  const scope = apiScopes.find((each) => each === text);
  if (scope === undefined) throw new InvalidArgumentError(`It must be one of ${apiScopes.join(', ')}.`);
  return [...new Set([...(before ?? []), scope])];
}

function rateArgument(text: string): number {
  const rate = wholeNumberArgument(text);
  if (rate < 1 || rate > mostTokenRatePerMinute)
    throw new InvalidArgumentError(`It is from 1 to ${mostTokenRatePerMinute}.`);
  return rate;
}

async function add({ app, output }: Context, name: string, { scope, rate, json }: AddOptions): Promise<ExitCode> {
  const [{ addApiToken }, db] = await Promise.all([import('../../store/api-token.ts'), app.database()]);
  const stated = { name, scopes: scope, ratePerMinute: rate, createdBy: personHere() };
  const token = await addApiToken(db, stated, app.random);
  if (json) output.json({ name, scopes: scope, ratePerMinute: rate, token });
  else {
    output.result(token);
    output.note(`The token ${name} may ${scope.join(', ')}. It is shown this once and kept nowhere.`);
  }
  return exitCodes.done;
}

async function list({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ listApiTokens }, { tokensDocument, tokensText }, db] = await Promise.all([
    import('../../store/api-token.ts'),
    import('../views/tokens.ts'),
    app.database(),
  ]);
  const tokens = await listApiTokens(db);
  if (json) output.json(tokensDocument(tokens));
  else output.result(tokensText(tokens, output.paint));
  return exitCodes.done;
}

async function revoke({ app, output }: Context, name: string, { json }: Options): Promise<ExitCode> {
  const [{ revokeApiToken }, db] = await Promise.all([import('../../store/api-token.ts'), app.database()]);
  await revokeApiToken(db, name);
  if (json) output.json({ name, revoked: true });
  else output.result(`revoked ${name}: within five seconds no server takes it any more`);
  return exitCodes.done;
}
