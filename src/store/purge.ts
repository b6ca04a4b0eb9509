/** What tests left: their rows, their events, and marked events that no row knows, on calendars of the namespace `test`. */
import { sql } from 'kysely';
import type { HoldDraft } from '../core/hold-draft.ts';
import type { Db, Tx } from './database.ts';

export interface TestCalendar {
  readonly id: string;
  readonly policy: 'sync' | 'upsert-only' | 'create-only' | 'observe';
  /** When its events were last listed to the end; null: never. */
  readonly observedAt: Date | null;
  /** Keys of its rows, in order. */
  readonly keys: readonly string[];
  /** Events of ours that are there as far as is known: bound to these keys or to a key without a row, or marked for one. */
  readonly events: readonly { readonly key: string; readonly eventId: string }[];
}

/** What is on test calendars, by calendar; of all of them when none is named. */
export async function readTestCalendars(
  db: Db,
  installation: string,
  calendars: readonly string[] | null,
): Promise<readonly TestCalendar[]> {
  const { rows } = await sql<TestCalendar>`
    with chosen as (
      select * from calsync.calendar where namespace = 'test' and (${calendars}::text[] is null or id = any(${calendars}::text[]))
    ), ours as (
      select bound.calendar, bound.key, bound.event_id
        from calsync.binding bound join chosen on chosen.id = bound.calendar where bound.state = 'live'
      union
      select shown.calendar, shown.mark_key, shown.event_id
        from calsync.observed_event shown join chosen on chosen.id = shown.calendar
        where shown.mark_installation = ${installation} and shown.status <> 'cancelled' and shown.recurring_event_id is null
    )
    select chosen.id, chosen.policy, chosen.observed_at as "observedAt",
        array(select event.key from calsync.desired_event event where event.calendar = chosen.id order by event.key) as keys,
        coalesce((select jsonb_agg(jsonb_build_object('key', ours.key, 'eventId', ours.event_id) order by ours.key, ours.event_id)
          from ours left join calsync.desired_event event on event.key = ours.key
          where ours.calendar = chosen.id and (event.key is null or event.calendar = chosen.id)), '[]') as events
      from chosen order by chosen.id`.execute(db);
  return rows;
}

/** Takes rows off test calendars, each withdrawn with its history. A key that is on a live calendar by now is left. Answers how many. */
export async function withdrawTestRows(tx: Tx, keys: readonly string[]): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from calsync.desired_event event using calsync.calendar
      where event.key = any(${keys}::text[]) and calendar.id = event.calendar and calendar.namespace = 'test'`.execute(
    tx,
  );
  return Number(numAffectedRows ?? 0n);
}

/** For how long what was asked for may be carried out. */
const permissionMs = 24 * 3_600_000;

/** A person's permission for an exact set, given before the guard had to ask: a hold that was approved as it was opened. */
export async function grantPermission(tx: Tx, draft: HoldDraft, by: string): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    insert into calsync.hold (calendar, kind, set_hash, reason, closed_at, decision, decided_by)
      values (${draft.calendar}, ${draft.kind}, ${draft.setHash}, ${draft.reason}, calsync.now(), 'approved', ${by})
      returning id`.execute(tx);
  const id = rows[0]?.id;
  const items = draft.items.map(({ key, eventId, revision }) => ({ key, event_id: eventId, revision }));
  await sql`
    insert into calsync.hold_item (hold, key, event_id, revision)
      select ${id}, key, event_id, revision
        from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as item (key text, event_id text, revision bigint)`.execute(
    tx,
  );
  await sql`
    insert into calsync.approval (hold, granted_by, expires_at)
      values (${id}, ${by}, calsync.now() + make_interval(secs => ${permissionMs / 1_000}))`.execute(tx);
}
