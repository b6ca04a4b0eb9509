/** The settings that people change while calsync runs; they take effect with the next run. Their history is kept by a trigger. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import { quoted } from '../core/spec-problem.ts';
import type { Db } from './database.ts';
import { inTransaction, type Writer, writeAs } from './transaction.ts';

interface Adjustable {
  readonly whenUnset: number;
  readonly least: number;
  readonly most: number;
  /** What it is, with its unit. */
  readonly what: string;
}

export const adjustableSettings = {
  'history.retentionDays': {
    whenUnset: 730,
    least: 30,
    most: 36_500,
    what: 'days for which every change is kept; of older ones the first version and the state at the limit stay',
  },
} as const satisfies Readonly<Record<string, Adjustable>>;

export type AdjustableName = keyof typeof adjustableSettings;

/** The value in force. */
export async function adjustable(db: Db, name: AdjustableName): Promise<number> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst();
  return typeof row?.value === 'number' ? row.value : adjustableSettings[name].whenUnset;
}

export interface SettingInForce {
  readonly name: AdjustableName;
  readonly value: number;
  readonly isSet: boolean;
  readonly what: string;
}

export async function settingsInForce(db: Db): Promise<readonly SettingInForce[]> {
  const names = Object.keys(adjustableSettings) as AdjustableName[]; // its own keys
  const rows = await db.selectFrom('setting').select(['name', 'value']).where('name', 'in', names).execute();
  return names.map((name) => {
    const value = rows.find((row) => row.name === name)?.value;
    const { whenUnset, what } = adjustableSettings[name];
    return { name, value: typeof value === 'number' ? value : whenUnset, isSet: typeof value === 'number', what };
  });
}

export interface SettingChange {
  readonly name: string;
  readonly at: Date;
  readonly actor: string;
  readonly door: string;
  readonly before: unknown;
  readonly after: unknown;
}

const mostChangesShown = 20;

/** The newest changes of the settings that people change, newest first. */
export async function settingChanges(db: Db): Promise<readonly SettingChange[]> {
  return db
    .selectFrom('setting_history')
    .select(['name', 'at', 'actor', 'door', 'before', 'after'])
    .where('name', 'in', Object.keys(adjustableSettings))
    .orderBy('id', 'desc')
    .limit(mostChangesShown)
    .execute();
}

/** Sets it, from what a person wrote. Throws `usage` for a name that there is not, and for a value out of its bounds. */
export async function adjust(db: Db, name: string, text: string, writer: Writer): Promise<SettingInForce> {
  const known = nameOf(name);
  const { least, most, what } = adjustableSettings[known];
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new CalsyncError(
      'usage',
      `${known} is a whole number from ${least} to ${most}, and not ${quoted(text)}: ${what}`,
      {
        reason: 'setting_value',
      },
    );
  }
  await inTransaction(db, async (tx) => {
    await writeAs(tx, writer);
    await sql`
      insert into calsync.setting (name, value, set_by) values (${known}, ${JSON.stringify(value)}::jsonb, ${writer.actor})
        on conflict (name) do update set value = excluded.value, set_at = calsync.now(), set_by = excluded.set_by`.execute(
      tx,
    );
  });
  return { name: known, value, isSet: true, what };
}

function nameOf(name: string): AdjustableName {
  if (Object.hasOwn(adjustableSettings, name)) return name as AdjustableName; // it is one of its own keys
  const names = Object.keys(adjustableSettings).join(', ');
  throw new CalsyncError(
    'usage',
    `there is no setting ${quoted(name)}: there is ${names}; the others are environment variables (docs/settings.md)`,
    {
      reason: 'setting_name',
    },
  );
}
