/** Facts of this installation, one a row. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { Random } from '../core/ports.ts';
import type { Db } from './database.ts';

/** `installation` names it in marks and event ids; `fingerprint_secret` keys the fingerprints of foreign events; `google` is where it writes; `database` which database it is. */
export type SettingName = 'installation' | 'fingerprint_secret' | 'google' | 'database';

const installationBytes = 8;
const fingerprintSecretBytes = 32;

/** The value, or null where it was never set. */
export async function findSetting(db: Db, name: SettingName): Promise<unknown> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

/** Sets it if it has no value yet, and answers the value that it has then: the first of several wins. */
export async function settleSetting(db: Db, name: SettingName, value: unknown): Promise<unknown> {
  await db
    .insertInto('setting')
    .values({ name, value: JSON.stringify(value) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return findSetting(db, name);
}

/** Chooses the installation's name and its secret, once and for ever. Part of every migration. */
export async function makeInstallation(db: Db, random: Random): Promise<void> {
  await settleSetting(db, 'installation', `i${random.hex(installationBytes)}`);
  await settleSetting(db, 'fingerprint_secret', random.hex(fingerprintSecretBytes));
}

export interface Installation {
  /** `i` and 16 hexadecimal digits. */
  readonly name: string;
  readonly fingerprintSecret: string;
}

/** Throws `usage` where the database was never migrated. */
export async function readInstallation(db: Db): Promise<Installation> {
  const rows = await db
    .selectFrom('setting')
    .select(['name', 'value'])
    .where('name', 'in', ['installation', 'fingerprint_secret'])
    .execute();
  const name = rows.find((row) => row.name === 'installation')?.value;
  const fingerprintSecret = rows.find((row) => row.name === 'fingerprint_secret')?.value;
  if (typeof name === 'string' && typeof fingerprintSecret === 'string') return { name, fingerprintSecret };
  throw new CalsyncError('usage', 'the database has no installation yet: run `calsync migrate`', {
    reason: 'not_migrated',
  });
}

/** The Google that a database belongs to. */
export interface GoogleIdentity {
  /** `sandbox`, whatever its port; else the origin of the API. */
  readonly root: string;
  /** The OAuth client; null for the sandbox. */
  readonly clientId: string | null;
}

/**
 * Records at the first account which Google this database belongs to; later only compares.
 * Throws `usage`, reason `another_google`, for another one: its event ids would mean nothing there.
 */
export async function settleGoogleIdentity(db: Db, identity: GoogleIdentity): Promise<void> {
  const kept = (await settleSetting(db, 'google', identity)) as GoogleIdentity; // written here and nowhere else
  requireSameGoogle(kept, identity);
}

/** The same comparison without recording anything: for the start of a program. */
export async function checkGoogleIdentity(db: Db, identity: GoogleIdentity): Promise<void> {
  const kept = (await findSetting(db, 'google')) as GoogleIdentity | null;
  if (kept !== null) requireSameGoogle(kept, identity);
}

function requireSameGoogle(kept: GoogleIdentity, asked: GoogleIdentity): void {
  if (kept.root === asked.root && kept.clientId === asked.clientId) return;
  const different = kept.root === asked.root ? 'another OAuth client of it' : asked.root;
  throw new CalsyncError(
    'usage',
    `this database belongs to the calendars of ${kept.root}, and this start would use ${different}: use the settings of before, or another database`,
    { reason: 'another_google' },
  );
}

/** The time of the database, by `calsync.now()`. */
export async function databaseNow(db: Db): Promise<Date> {
  const answer = await sql<{ now: Date }>`select calsync.now() as now`.execute(db);
  const now = answer.rows[0]?.now;
  if (now === undefined) throw new CalsyncError('invariant', 'the database did not say what time it is');
  return now;
}
