import type { Db } from '../../src/store/database.ts';
import { findSetting, type SettingName } from '../../src/store/setting.ts';

/** A setting that every migrated database has. */
export async function readSetting(db: Db, name: SettingName): Promise<string> {
  const value = await findSetting(db, name);
  if (typeof value !== 'string') throw new Error(`the setting ${name} is missing`);
  return value;
}
