import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import type { KeyPair } from '../../store/rekey.ts';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { personHere } from '../writer.ts';

interface Options {
  readonly hold?: number;
  readonly json?: true;
}

export function addRekey(program: Command, perform: Perform): void {
  program
    .command('rekey')
    .description('give the events of withdrawn keys to new rows, in place: guests keep their invitations and answers')
    .argument('[file]', 'CSV with the columns old and new, or JSON: [{"old": "…", "new": "…"}]; - reads stdin')
    .option('--hold <number>', 'the keys that this hold has paired, instead of a file', wholeNumberArgument)
    .addOption(jsonOption())
    .action((file: string | undefined, options: Options) => perform((context) => rekey(context, file, options)));
}

async function rekey(context: Context, file: string | undefined, { hold, json }: Options): Promise<ExitCode> {
  const { app, output } = context;
  const [{ rekey: change }, { rekeyDocument, rekeyText }, db] = await Promise.all([
    import('../../engine/rekey.ts'),
    import('../views/rekey.ts'),
    app.database(),
  ]);
  const pairs = await pairsFrom(context, file, hold);
  const result = await change(db, pairs, { actor: personHere(), door: 'cli', source: 'caller' });
  if (json) output.json(rekeyDocument(result));
  else if (result.kind === 'rekeyed') output.result(rekeyText(result));
  else output.fail(rekeyText(result));
  return result.kind === 'rekeyed' ? exitCodes.done : exitCodes.failed;
}

async function pairsFrom({ app, world }: Context, file?: string, hold?: number): Promise<readonly KeyPair[]> {
  if ((file === undefined) === (hold === undefined))
    throw new CalsyncError('usage', 'name a file of key pairs, or a hold with --hold', { reason: 'rekey_source' });
  if (hold !== undefined) {
    const { pairsOfHold } = await import('../../engine/rekey.ts');
    return pairsOfHold(await app.database(), hold);
  }
  const [{ readText, nameOf }, { parseKeyPairs }] = await Promise.all([
    import('../input.ts'),
    import('../../engine/rekey-file.ts'),
  ]);
  const path = file ?? '';
  return parseKeyPairs(await readText(path, world), nameOf(path));
}
