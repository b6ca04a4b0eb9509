import type { Command } from 'commander';
import { CalsyncError } from '../../core/error.ts';
import { addressArgument, jsonOption } from '../arguments.ts';
import { addCalendarOptions, type CalendarOptions, defaultSettings, statedSettings } from '../calendar-options.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly json?: true;
}

interface AddOptions extends Options, CalendarOptions {
  readonly account: string;
}

export function addCalendars(program: Command, perform: Perform): void {
  const calendars = program.command('calendars').description('calendars under management: add, list, set');
  addCalendarOptions(
    calendars
      .command('add')
      .description('take a calendar under management')
      .argument('<google-id>', "Google's id of the calendar, or primary")
      .requiredOption('--account <email>', 'the account through which it is read and written', addressArgument),
  )
    .addOption(jsonOption())
    .action((id: string, options: AddOptions) => perform((context) => add(context, id, options)));
  calendars
    .command('list')
    .description('all of them, and how each is treated')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => list(context, options)));
  addCalendarOptions(
    calendars
      .command('set')
      .description('change how a calendar is treated')
      .argument('<id>', "Google's id of the calendar"),
  )
    .addOption(jsonOption())
    .action((id: string, options: Options & CalendarOptions) => perform((context) => set(context, id, options)));
}

async function add({ app, output }: Context, id: string, options: AddOptions): Promise<ExitCode> {
  const [
    { addCalendar, findCalendar },
    { findGoogleCalendar, firstPolicy, requireAccess },
    { addedText },
    { calendarDocument },
    db,
  ] = await Promise.all([
    import('../../store/calendar.ts'),
    import('../first-contact.ts'),
    import('../views/calendars.ts'),
    import('../../server/calendar-document.ts'),
    app.database(),
  ]);
  const google = await app.google(options.account);
  const { calendar, made } = await findGoogleCalendar(app, google, options.account, id);
  const { policy, because } = await firstPolicy(google, calendar.id, options.policy);
  requireAccess(calendar, options.account, policy);
  const settings = { ...defaultSettings, ...statedSettings(options, defaultSettings), policy };
  const { summary, timeZone } = calendar;
  await addCalendar(db, { id: calendar.id, account: options.account, summary, timeZone, ...settings });
  const added = await findCalendar(db, calendar.id);
  if (options.json) output.json({ ...calendarDocument(added), made, policyBecause: because });
  else output.result(addedText(added, { made, because }, output.paint));
  return exitCodes.done;
}

async function list({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ listCalendars }, { calendarsText }, { calendarDocument }, db] = await Promise.all([
    import('../../store/calendar.ts'),
    import('../views/calendars.ts'),
    import('../../server/calendar-document.ts'),
    app.database(),
  ]);
  const calendars = await listCalendars(db);
  if (json) output.json({ calendars: calendars.map(calendarDocument) });
  else output.result(calendarsText(calendars, output.paint));
  return exitCodes.done;
}

async function set({ app, output }: Context, id: string, options: Options & CalendarOptions): Promise<ExitCode> {
  const [store, { markKeys }, { pullSoon }, { inWriteTransaction }, { changedText }, { calendarDocument }, db] =
    await Promise.all([
      import('../../store/calendar.ts'),
      import('../../store/dirty.ts'),
      import('../../store/calendar-state.ts'),
      import('../../write/write-transaction.ts'),
      import('../views/calendars.ts'),
      import('../../server/calendar-document.ts'),
      app.database(),
    ]);
  const before = await store.findCalendar(db, id);
  const changes = statedSettings(options, before);
  if (Object.keys(changes).length === 0) {
    const message = 'nothing to set: name an option, such as --policy sync (calsync calendars set --help lists them)';
    throw new CalsyncError('usage', message, { reason: 'nothing_to_set' });
  }
  // Under another policy every key may have another outcome, so all are looked at again.
  await inWriteTransaction(db, cliWriter(), async (tx) => {
    await store.setCalendar(tx, id, changes);
    await markKeys(tx, { calendar: id });
    await pullSoon(tx, [id]);
  });
  const after = await store.findCalendar(db, id);
  if (options.json) output.json(calendarDocument(after));
  else output.result(changedText(before, after));
  return exitCodes.done;
}
