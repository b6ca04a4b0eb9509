import { type Command, InvalidArgumentError } from 'commander';
import { parseAddress } from '../../core/address.ts';
import { CalsyncError } from '../../core/error.ts';
import { addressArgument, addressesArgument, jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly json?: true;
}

interface PutOptions extends Options {
  readonly name?: string;
  /** False for `--no-calendar`. */
  readonly calendar?: string | false;
  readonly login?: readonly string[];
}

/** People at a time; a longer list is read page by page. */
const pageSize = 500;

export function addPeople(program: Command, perform: Perform): void {
  const people = program
    .command('people')
    .description('people: where they are invited, which addresses fail, who may be in tests');
  people
    .command('put')
    .description(
      'make a person known, or change what is named; a new calendar address takes the invitations ahead along',
    )
    .argument('<id>', 'your own permanent id of the person')
    .option('--name <name>', 'their name')
    .option('--calendar <address>', 'the address that their calendar uses', addressArgument)
    .option('--no-calendar', 'they have none any more')
    .option('--login <address...>', 'all addresses with which they sign in', addressesArgument)
    .addOption(jsonOption())
    .action((id: string, options: PutOptions) => perform((context) => put(context, id, options)));
  people
    .command('show')
    .description('one person')
    .argument('<id>', 'your own id of the person')
    .addOption(jsonOption())
    .action((id: string, options: Options) => perform((context) => show(context, id, options)));
  people
    .command('list')
    .description('all people')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => list(context, options)));
  people
    .command('unreachable')
    .description('addresses that do not work')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => unreachable(context, options)));
  people
    .command('reachable')
    .description('say that an address works again')
    .argument('<address>', 'the address', addressArgument)
    .addOption(jsonOption())
    .action((address: string, options: Options) => perform((context) => reachable(context, address, options)));
  for (const [name, change, description] of [
    ['allow', 'allow', 'let addresses, or everyone at @domain, be invited to rows on test calendars'],
    ['disallow', 'disallow', 'take entries off that list; who is invited already stays'],
  ] as const) {
    people
      .command(name)
      .description(description)
      .argument('[entry...]', 'an address, or @ and a domain', entriesArgument)
      .addOption(jsonOption())
      .action((entries: readonly string[], options: Options) =>
        perform((context) => changeAllowed(context, change, entries, options)),
      );
  }
}

function entriesArgument(text: string, before: readonly string[] | undefined): readonly string[] {
  const parsed = parseAddress(text.startsWith('@') ? `anyone${text}` : text);
  if (!parsed.ok) throw new InvalidArgumentError('It must be a mail address, or @ and a domain.');
  return [...(before ?? []), text.trim()];
}

async function put({ app, output }: Context, id: string, options: PutOptions): Promise<ExitCode> {
  const [{ putPerson }, { personDocument, personText }, db] = await Promise.all([
    import('../../write/person.ts'),
    import('../views/people.ts'),
    app.database(),
  ]);
  const { name, calendar, login } = options;
  const person = await putPerson(
    db,
    {
      id,
      ...(name !== undefined && { displayName: name }),
      ...(typeof calendar === 'string' && { calendarAddress: calendar }),
      ...(calendar === false && { calendarAddress: null }),
      ...(login !== undefined && { loginAddresses: login }),
    },
    cliWriter(),
  );
  if (options.json) output.json(personDocument(person));
  else output.result(personText(person));
  return exitCodes.done;
}

async function show({ app, output }: Context, id: string, { json }: Options): Promise<ExitCode> {
  const [{ readPeople }, { personDocument, personText }, db] = await Promise.all([
    import('../../store/person.ts'),
    import('../views/people.ts'),
    app.database(),
  ]);
  const [person] = await readPeople(db, { ids: [id] });
  if (person === undefined) throw new CalsyncError('usage', `there is no person ${id}`, { reason: 'unknown_person' });
  if (json) output.json(personDocument(person));
  else output.result(personText(person));
  return exitCodes.done;
}

async function list({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ readPeople }, { peopleText, personDocument }, db] = await Promise.all([
    import('../../store/person.ts'),
    import('../views/people.ts'),
    app.database(),
  ]);
  const people = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof readPeople>> = await readPeople(db, { after, limit: pageSize });
    people.push(...page);
    after = page.at(-1)?.id ?? null;
    if (page.length < pageSize) break;
  }
  if (json) output.json({ people: people.map(personDocument) });
  else output.result(peopleText(people, output.paint));
  return exitCodes.done;
}

async function unreachable({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ listUnreachable }, { unreachableDocument, unreachableText }, db] = await Promise.all([
    import('../../store/unreachable.ts'),
    import('../views/people.ts'),
    app.database(),
  ]);
  const addresses = await listUnreachable(db);
  if (json) output.json({ addresses: addresses.map(unreachableDocument) });
  else output.result(unreachableText(addresses, output.paint));
  return exitCodes.done;
}

async function reachable({ app, output }: Context, address: string, { json }: Options): Promise<ExitCode> {
  const [{ markReachable }, db] = await Promise.all([import('../../write/bounce.ts'), app.database()]);
  const changed = await markReachable(db, address, cliWriter());
  if (json) output.json({ address, changed });
  else output.result(changed ? `${address} counts as reachable again.` : `Nothing else was known of ${address}.`);
  return exitCodes.done;
}

async function changeAllowed(
  { app, output }: Context,
  change: 'allow' | 'disallow',
  entries: readonly string[],
  { json }: Options,
): Promise<ExitCode> {
  const [store, { allowedText }, db] = await Promise.all([
    import('../../store/namespace.ts'),
    import('../views/people.ts'),
    app.database(),
  ]);
  if (change === 'allow') await store.allowTestAddresses(db, entries);
  else await store.disallowTestAddresses(db, entries);
  const allowed = await store.listTestAddresses(db);
  if (json) output.json({ allowed });
  else output.result(allowedText(allowed));
  return exitCodes.done;
}
