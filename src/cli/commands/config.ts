import type { Command } from 'commander';
import { jsonOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { cliWriter } from '../writer.ts';

interface Options {
  readonly json?: true;
}

export function addConfig(program: Command, perform: Perform): void {
  const config = program
    .command('config')
    .description('the settings that the database keeps; others are environment variables');
  config
    .command('show')
    .description('what is in force, and who changed what')
    .addOption(jsonOption())
    .action((options: Options) => perform((context) => show(context, options)));
  config
    .command('set')
    .description('change one of them; it takes effect with the next run, without a restart')
    .argument('<name>', 'such as history.retentionDays')
    .argument('<value>', 'its new value')
    .addOption(jsonOption())
    .action((name: string, value: string, options: Options) =>
      perform((context) => set(context, name, value, options)),
    );
}

async function show({ app, output }: Context, { json }: Options): Promise<ExitCode> {
  const [{ settingChanges, settingsInForce }, { settingsDocument, settingsText }, db] = await Promise.all([
    import('../../store/adjustable-setting.ts'),
    import('../views/settings.ts'),
    app.database(),
  ]);
  const [settings, changes] = [await settingsInForce(db), await settingChanges(db)];
  if (json) output.json(settingsDocument(settings, changes));
  else output.result(settingsText(settings, changes, output.paint));
  return exitCodes.done;
}

async function set({ app, output }: Context, name: string, value: string, { json }: Options): Promise<ExitCode> {
  const [{ adjust }, db] = await Promise.all([import('../../store/adjustable-setting.ts'), app.database()]);
  const setting = await adjust(db, name, value, cliWriter());
  if (json) output.json(setting);
  else output.result(`${setting.name} is ${setting.value} from now on.`);
  return exitCodes.done;
}
