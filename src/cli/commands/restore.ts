import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption, wholeNumberArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { readSince } from '../since.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly at?: string;
  readonly generation?: number;
  readonly attendees?: true;
  readonly json?: true;
}

export function addRestore(program: Command, perform: Perform): void {
  program
    .command('restore')
    .description(
      'give an event the fields of an earlier version, as a new generation; `calsync history KEY` shows them',
    )
    .argument('<key>', 'the event; it may be gone from the table')
    .option('--at <time>', 'as it was then: 2026-11-30T08:00:00Z, a day (its start in UTC), or 24h ago')
    .option('--generation <n>', 'as it was under this generation', wholeNumberArgument)
    .option('--attendees', 'its guests of that time too; without this they stay as they are')
    .addOption(jsonOption())
    .action((key: string, options: Options) => perform((context) => restore(context, key, options)));
}

async function restore({ app, output }: Context, key: string, options: Options): Promise<ExitCode> {
  const { at, generation, attendees, json } = options;
  if ((at === undefined) === (generation === undefined)) {
    throw new CalsyncError('usage', 'say which version: --at TIME or --generation N', { reason: 'which_version' });
  }
  const wish =
    generation === undefined ? { at: readSince(at ?? '', new Date(app.clock.now()), '--at') } : { generation };
  const [{ restoreVersion }, db] = await Promise.all([import('../../write/restore-version.ts'), app.database()]);
  const result = await restoreVersion(db, key, wish, cliWriter(), { attendees: attendees === true });
  return tellWrite(result, output, json === true);
}
