import { type Command, InvalidArgumentError } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';

interface Options {
  readonly wait?: number;
  readonly json?: true;
}

const mostWaitS = 60;

export function addGet(program: Command, perform: Perform): void {
  program
    .command('get')
    .description('one event as it was written, and how it and its guests stand')
    .argument('<key>', 'its key')
    .option('--wait <seconds>', 'until Google shows it, at most so long', waitArgument)
    .addOption(jsonOption())
    .action((key: string, options: Options) => perform((context) => get(context, key, options)));
}

/** Milliseconds of `10s` or `10`. */
function waitArgument(text: string): number {
  const seconds = Number(/^(\d{1,2})s?$/.exec(text)?.[1]);
  if (seconds >= 1 && seconds <= mostWaitS) return seconds * 1_000;
  throw new InvalidArgumentError(`It must be 1 to ${mostWaitS} seconds, such as 10s.`);
}

async function get({ app, output, world }: Context, key: string, { wait, json }: Options): Promise<ExitCode> {
  const [{ getEvent }, db] = await Promise.all([import('../../write/get.ts'), app.database()]);
  if (wait !== undefined) {
    const { createWaits } = await import('../../server/wait-for-google.ts');
    await createWaits({ db, clock: app.clock }).forGoogle(key, wait, world.signal);
  }
  const got = await getEvent(db, key);
  if (got === null) throw new CalsyncError('usage', `there is no event ${key}`, { reason: 'unknown_key' });
  if (json) {
    const { gotDocument } = await import('../../server/event-document.ts');
    output.json(gotDocument(got));
  } else {
    const { gotText } = await import('../views/got.ts');
    output.result(gotText(got, output.paint));
  }
  return isAsWished(got.standing.status) ? exitCodes.done : exitCodes.differences;
}

/** Google shows what the table says, as far as it is going to. */
function isAsWished(status: string): boolean {
  return status === 'in_sync' || status === 'cancelled' || status === 'settled';
}
