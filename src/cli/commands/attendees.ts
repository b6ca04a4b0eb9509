import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import type { GuestName } from '../../write/attendees.ts';
import { addressesArgument, jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly person?: readonly string[];
  readonly json?: true;
}

export function addAttendees(program: Command, perform: Perform): void {
  const attendees = program.command('attendees').description('who takes part in an event: add, remove');
  for (const [name, change, description] of [
    ['add', add, 'add people; whoever is there already stays as they are'],
    ['remove', remove, 'take people off; everyone else stays'],
  ] as const) {
    attendees
      .command(name)
      .description(description)
      .argument('<key>', 'the event')
      .argument('[address...]', 'their mail addresses', addressesArgument)
      .option('--person <id>', 'a person by your own id, at the address of their calendar; repeatable', collected)
      .addOption(jsonOption())
      .action((key: string, addresses: readonly string[], options: Options) =>
        perform((context) => change(context, key, guestsOf(addresses, options), options)),
      );
  }
}

/** One value each time, so that an address may stand behind it. */
function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function guestsOf(addresses: readonly string[], { person = [] }: Options): readonly GuestName[] {
  const guests = [...addresses.map((email) => ({ email })), ...person.map((id) => ({ person: id }))];
  if (guests.length > 0) return guests;
  throw new CalsyncError('usage', 'nobody is named: give addresses, or people with --person', {
    reason: 'nobody_named',
  });
}

async function add(
  { app, output }: Context,
  key: string,
  guests: readonly GuestName[],
  { json }: Options,
): Promise<ExitCode> {
  const [{ addAttendees: write }, db] = await Promise.all([import('../../write/attendees.ts'), app.database()]);
  return tellWrite(await write(db, key, guests, cliWriter()), output, json === true);
}

async function remove(
  { app, output }: Context,
  key: string,
  guests: readonly GuestName[],
  { json }: Options,
): Promise<ExitCode> {
  const [{ removeAttendeesOf }, db] = await Promise.all([import('../../write/attendees.ts'), app.database()]);
  return tellWrite(await removeAttendeesOf(db, key, guests, cliWriter()), output, json === true);
}
