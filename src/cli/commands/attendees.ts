import type { Command } from 'commander';
import { addressesArgument, jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { tellWrite } from '../tell-write.ts';
import { cliWriter } from '../writer.ts';

interface Options {
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
      .argument('<address...>', 'their mail addresses', addressesArgument)
      .addOption(jsonOption())
      .action((key: string, addresses: readonly string[], options: Options) =>
        perform((context) => change(context, key, addresses, options)),
      );
  }
}

async function add(
  { app, output }: Context,
  key: string,
  addresses: readonly string[],
  { json }: Options,
): Promise<ExitCode> {
  const [{ addAttendees: write }, db] = await Promise.all([import('../../write/attendees.ts'), app.database()]);
  const enrolments = addresses.map((email) => ({ email }));
  return tellWrite(await write(db, key, enrolments, cliWriter()), output, json === true);
}

async function remove(
  { app, output }: Context,
  key: string,
  addresses: readonly string[],
  { json }: Options,
): Promise<ExitCode> {
  const [{ removeAttendeesOf }, db] = await Promise.all([import('../../write/attendees.ts'), app.database()]);
  return tellWrite(await removeAttendeesOf(db, key, addresses, cliWriter()), output, json === true);
}
