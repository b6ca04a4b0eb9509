/** The calendars under management and how each is treated. Leases and sync tokens belong to the turn. */
import type { Selectable } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import type { CalendarPolicies, DriftPolicy } from '../core/policy.ts';
import { unknownAccount } from './account.ts';
import type { Db } from './database.ts';
import type { Database } from './schema.ts';

export type CalendarState = 'active' | 'unavailable' | 'unknown' | 'held';

/** What a person decides about a calendar. */
export interface CalendarSettings extends CalendarPolicies {
  readonly namespace: 'live' | 'test';
  readonly fallback: 'hold' | 'primary';
}

export interface Calendar extends CalendarSettings {
  /** Google's id, the only name by which it is known. */
  readonly id: string;
  readonly account: string;
  /** Its title when it was last seen; for people to read. */
  readonly summary: string;
  readonly timeZone: string;
  readonly state: CalendarState;
  readonly stateReason: string | null;
  readonly stateSince: Date;
  /** When a listing was last read to its end; null before the first. */
  readonly observedAt: Date | null;
  readonly nextPullAt: Date;
}

export type NewCalendar = Pick<Calendar, 'id' | 'account' | 'summary' | 'timeZone'> & CalendarSettings;

/** Takes a calendar under management. Throws `usage` where it is already, or where the account is unknown. */
export async function addCalendar(db: Db, calendar: NewCalendar): Promise<void> {
  const { id, account, summary, timeZone, ...settings } = calendar;
  const known = await db.selectFrom('account').select('id').where('id', '=', account).executeTakeFirst();
  if (known === undefined) throw unknownAccount(account);
  const added = await db
    .insertInto('calendar')
    .values({ id, account, summary, time_zone: timeZone, policy: settings.policy, ...settingColumns(settings) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  if (added.numInsertedOrUpdatedRows === 0n) {
    throw new CalsyncError(
      'usage',
      `the calendar ${id} is under management already: change it with \`calsync calendars set\``,
      {
        reason: 'calendar_exists',
      },
    );
  }
}

/** Changes what is stated and nothing else. Throws `usage` for a calendar that is not under management. */
export async function setCalendar(db: Db, id: string, changes: Partial<CalendarSettings>): Promise<void> {
  const columns = settingColumns(changes);
  if (Object.keys(columns).length === 0) {
    await findCalendar(db, id);
    return;
  }
  const changed = await db.updateTable('calendar').set(columns).where('id', '=', id).executeTakeFirst();
  if (changed.numUpdatedRows === 0n) throw unknownCalendar(id);
}

/** Throws `usage` for a calendar that is not under management. */
export async function findCalendar(db: Db, id: string): Promise<Calendar> {
  const row = await db.selectFrom('calendar').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw unknownCalendar(id);
  return calendarOf(row);
}

/** All of them, by id. */
export async function listCalendars(db: Db): Promise<readonly Calendar[]> {
  const rows = await db.selectFrom('calendar').selectAll().orderBy('id').execute();
  return rows.map(calendarOf);
}

function unknownCalendar(id: string): CalsyncError {
  return new CalsyncError('usage', unknownCalendarMessage(id), { reason: 'unknown_calendar' });
}

export function unknownCalendarMessage(id: string): string {
  return `the calendar ${id} is not under management: add it with \`calsync calendars add ${id} --account EMAIL\``;
}

function settingColumns(settings: Partial<CalendarSettings>) {
  return {
    ...(settings.policy !== undefined && { policy: settings.policy }),
    ...(settings.drift !== undefined && { drift: settings.drift }),
    ...(settings.driftFields !== undefined && { drift_fields: JSON.stringify(settings.driftFields) }),
    ...(settings.onDelete !== undefined && { on_delete: settings.onDelete }),
    ...(settings.onMove !== undefined && { on_move: settings.onMove }),
    ...(settings.orphans !== undefined && { orphans: settings.orphans }),
    ...(settings.duplicates !== undefined && { duplicates: settings.duplicates }),
    ...(settings.fallback !== undefined && { fallback: settings.fallback }),
    ...(settings.namespace !== undefined && { namespace: settings.namespace }),
  };
}

function calendarOf(row: Selectable<Database['calendar']>): Calendar {
  return {
    id: row.id,
    account: row.account,
    summary: row.summary,
    timeZone: row.time_zone,
    namespace: row.namespace,
    policy: row.policy,
    drift: row.drift,
    driftFields: row.drift_fields as Readonly<Record<string, DriftPolicy>>, // written by this file alone
    onDelete: row.on_delete,
    onMove: row.on_move,
    orphans: row.orphans,
    duplicates: row.duplicates,
    fallback: row.fallback,
    state: row.state,
    stateReason: row.state_reason,
    stateSince: row.state_since,
    observedAt: row.observed_at,
    nextPullAt: row.next_pull_at,
  };
}
