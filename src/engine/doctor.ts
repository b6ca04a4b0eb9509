/** Health checks of an installation. Nothing here calls Google or changes anything. */
import { silenceText } from '../core/breaker.ts';
import { asCalsyncError } from '../core/error.ts';
import type { Clock } from '../core/ports.ts';
import { timeZoneNames } from '../core/time-zone.ts';
import { listAccounts } from '../store/account.ts';
import { openBreakers } from '../store/breaker.ts';
import type { Db } from '../store/database.ts';
import { claimedDatabase, isClaimed, thisDatabase } from '../store/installation-claim.ts';
import { checkMigrations } from '../store/migrate.ts';
import { knownZones, serverVersion } from '../store/server-facts.ts';
import { checkGoogleIdentity, databaseNow, findSetting, type GoogleIdentity } from '../store/setting.ts';

export interface HealthCheck {
  readonly name: 'database' | 'schema' | 'claim' | 'clock' | 'zones' | 'google' | 'accounts' | 'silence';
  /** `warning`: it works, and somebody should know. `problem`: something does not work until it is mended. */
  readonly state: 'ok' | 'warning' | 'problem';
  /** One sentence, without a secret. */
  readonly detail: string;
}

export interface Examined {
  readonly db: Db;
  readonly clock: Clock;
  /** The Google of this start; null where none is set. */
  readonly google: GoogleIdentity | null;
}

/** Beyond this, `due at` and `since` of this machine and of the database tell different stories. */
const mostSkewMs = 5_000;

/** Examines the database and what it says of Google. Without a schema the rest is not asked. */
export async function examine(examined: Examined): Promise<readonly HealthCheck[]> {
  const { db } = examined;
  const found: HealthCheck[] = [
    { name: 'database', state: 'ok', detail: `PostgreSQL ${await serverVersion(db)} answers` },
  ];
  const schema = await schemaCheck(db);
  found.push(schema);
  if (schema.state === 'problem') return found;
  return [
    ...found,
    await claimCheck(db),
    await clockCheck(examined),
    await zonesCheck(db),
    await googleCheck(examined),
    await accountsCheck(db),
    await silenceCheck(db),
  ];
}

async function schemaCheck(db: Db): Promise<HealthCheck> {
  try {
    const { applied, pending } = await checkMigrations(db);
    return pending.length === 0
      ? { name: 'schema', state: 'ok', detail: `${applied.length} migrations, none is missing` }
      : { name: 'schema', state: 'problem', detail: `${pending.length} migrations are missing: run calsync migrate` };
  } catch (thrown) {
    const { reason, message } = asCalsyncError(thrown);
    if (reason !== 'schema_newer') throw thrown;
    return { name: 'schema', state: 'problem', detail: message };
  }
}

async function claimCheck(db: Db): Promise<HealthCheck> {
  const [here, recorded] = [await thisDatabase(db), await claimedDatabase(db)];
  if (await isClaimed(db)) return { name: 'claim', state: 'ok', detail: `${here.name} is the installation` };
  const was = recorded === null ? 'no database' : `${recorded.name} on the server with identifier ${recorded.system}`;
  return {
    name: 'claim',
    state: 'problem',
    detail:
      `the installation is ${was}; this is ${here.name} on ${here.system}, so it is a copy, or was moved: nothing is written to Google. ` +
      'If the other one is not used any more: calsync doctor --claim',
  };
}

async function clockCheck({ db, clock }: Examined): Promise<HealthCheck> {
  const asked = clock.now();
  const there = (await databaseNow(db)).getTime();
  const answered = clock.now();
  // Whatever lies between asking and answering may be the way, and no skew.
  const skewMs = there < asked ? there - asked : there > answered ? there - answered : 0;
  const detail = `this machine and the database differ by ${Math.abs(skewMs)} ms`;
  return { name: 'clock', state: Math.abs(skewMs) > mostSkewMs ? 'warning' : 'ok', detail };
}

async function zonesCheck(db: Db): Promise<HealthCheck> {
  const known = await knownZones(db);
  const unknown = timeZoneNames.filter((name) => !known.has(name));
  if (known.size === 0)
    return { name: 'zones', state: 'problem', detail: 'no time zone is known: run calsync migrate' };
  if (unknown.length === 0) return { name: 'zones', state: 'ok', detail: `${known.size} time zones are known` };
  const some = unknown.slice(0, 3).join(', ');
  return {
    name: 'zones',
    state: 'warning',
    detail: `${unknown.length} of ${timeZoneNames.length} time zones are not known to the database (${some}): its own rules may be old`,
  };
}

async function googleCheck({ db, google }: Examined): Promise<HealthCheck> {
  const kept = (await findSetting(db, 'google')) as GoogleIdentity | null; // written by settleGoogleIdentity and nowhere else
  if (google === null)
    return {
      name: 'google',
      state: 'warning',
      detail: `no Google is set here${kept === null ? '' : `; the database belongs to ${kept.root}`}`,
    };
  try {
    await checkGoogleIdentity(db, google);
  } catch (thrown) {
    return { name: 'google', state: 'problem', detail: asCalsyncError(thrown).message };
  }
  return {
    name: 'google',
    state: 'ok',
    detail: kept === null ? `${google.root}, no account is connected yet` : google.root,
  };
}

async function accountsCheck(db: Db): Promise<HealthCheck> {
  const accounts = await listAccounts(db);
  const paused = accounts.filter(({ state }) => state !== 'active');
  if (paused.length === 0)
    return { name: 'accounts', state: 'ok', detail: `${accounts.length} connected, none is paused` };
  const dead = paused.some(({ state }) => state === 'reauth_required');
  const detail = paused
    .map(({ id, state, stateReason }) => `${id}: ${state}${stateReason === null ? '' : ` (${stateReason})`}`)
    .join('; ');
  return { name: 'accounts', state: dead ? 'problem' : 'warning', detail };
}

async function silenceCheck(db: Db): Promise<HealthCheck> {
  const breakers = [...(await openBreakers(db))];
  if (breakers.length === 0) return { name: 'silence', state: 'ok', detail: 'no breaker is open' };
  const detail = breakers.map(([scope, breaker]) => `${scope}: ${silenceText(breaker)}`).join('; ');
  return { name: 'silence', state: 'problem', detail };
}
