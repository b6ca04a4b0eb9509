/** The keys that need work. */
import { type RawBuilder, sql } from 'kysely';
import { silencePrefix } from '../core/breaker.ts';
import type { Fault } from '../core/error.ts';
import type { Db } from './database.ts';
import type { Lease } from './lease.ts';

/**
 * The end of a statement whose `work` names keys, each once, with the calendar in whose turn they are to be looked at: marks them dirty
 * without waiting for a writer. A writer holds the row of its event, or the counter of a key without one, until it commits; a key that is
 * held so is owed its mark. The writer's own mark cannot stand for it: it goes if the writer rolls back.
 */
export const markWork: RawBuilder<unknown> = sql`
  , at_rest as materialized (
      select event.key from calsync.desired_event event where event.key in (select key from work)
        order by event.key for share skip locked
    ), counted as materialized (
      select counter.key from calsync.key_counter counter
        where counter.key in (select key from work)
          and not exists (select from calsync.desired_event event where event.key = counter.key)
        order by counter.key for share skip locked
    ), free as materialized (
      select work.key, work.calendar from work
        where exists (select from at_rest where at_rest.key = work.key) or exists (select from counted where counted.key = work.key)
          or not exists (select from calsync.desired_event event where event.key = work.key)
            and not exists (select from calsync.key_counter counter where counter.key = work.key)
    ), owed as (
      insert into calsync.owed_mark (key, calendar)
        select work.key, work.calendar from work where not exists (select from free where free.key = work.key) order by work.key
        on conflict (key) do update set calendar = excluded.calendar
    ), paid as (
      delete from calsync.owed_mark known using free where known.key = free.key
    )
    insert into calsync.dirty as mark (key, calendar, revision)
      select free.key, free.calendar, coalesce(event.revision, counter.revision, 0)
        from free
        left join calsync.desired_event event on event.key = free.key
        left join calsync.key_counter counter on counter.key = free.key
        order by free.key
      on conflict (key) do update set due_at = least(mark.due_at, calsync.now()) where not mark.parked`;

/** Marks the keys of a calendar that were owed it, as far as their writers are done. */
export async function markOwed(db: Db, calendar: string): Promise<void> {
  await sql`
    with work as materialized (
      select key, calendar from calsync.owed_mark where calendar = ${calendar}
    ) ${markWork}`.execute(db);
}

/** Keys of a calendar's turn that are due, soonest event first. */
export async function dueKeys(db: Db, calendar: string, limit: number): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select key from calsync.dirty
      where calendar = ${calendar} and not parked and due_at <= calsync.now()
      order by starts_at nulls last, key limit ${limit}`.execute(db);
  return rows.map((row) => row.key);
}

/**
 * Clears the marks of keys that are done, each only if its revision is still the one that was worked. A mark that a writer is about
 * to change is left alone: its new revision is work anyway, and nobody waits for the writer.
 */
export async function clearDirty(
  tx: Db,
  done: readonly { readonly key: string; readonly revision: number }[],
): Promise<void> {
  if (done.length === 0) return;
  await sql`
    delete from calsync.dirty where key in (
      select mark.key from calsync.dirty mark
        join jsonb_to_recordset(${JSON.stringify(done)}::jsonb) as done (key text, revision bigint)
          on done.key = mark.key and done.revision >= mark.revision
        order by mark.key for update of mark skip locked)`.execute(tx);
}

export interface Waiting {
  readonly key: string;
  readonly revision: number;
  /** Milliseconds until it is looked at again; null: when the row, its policy or a decision changes. */
  readonly waitMs: number | null;
  readonly fault: Fault;
  readonly kind: string | null;
  readonly reason: string;
  /** Counts as a failed attempt. */
  readonly failed: boolean;
}

/** Lets keys wait; a newer revision ends the waiting, and so does a writer who holds the mark: it is to be made anew anyway. */
export async function postpone(tx: Db, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return;
  const rows = waiting.map(({ key, revision, waitMs, fault, kind, reason, failed }) => ({
    key,
    revision,
    wait_s: waitMs === null ? null : waitMs / 1000,
    fault,
    kind,
    reason,
    failed,
  }));
  await sql`
    update calsync.dirty mark set
        due_at = case when asked.wait_s is null then 'infinity' else calsync.now() + make_interval(secs => asked.wait_s) end,
        attempts = mark.attempts + asked.failed::int, fault = asked.fault, error_kind = asked.kind, reason = asked.reason
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as asked (key text, revision bigint, wait_s float8, fault text, kind text, reason text, failed boolean)
      where mark.key = asked.key and mark.key in (
        select held.key from calsync.dirty held
          join jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as asked (key text, revision bigint)
            on asked.key = held.key and held.revision <= asked.revision
          where not held.parked order by held.key for update of held skip locked)`.execute(tx);
}

/** Rows of a turn that ended early which are told why they wait at once; the others are told by the next turn. */
const mostExplained = 1_000;

/**
 * Says why the due keys of a calendar wait, where nothing says so yet: the turn that was to work them ended early. They stay due. What a
 * writer holds is left alone, and so is everything once another worker has the calendar.
 */
export async function explainWaiting(
  db: Db,
  lease: Lease,
  why: { readonly fault: Fault; readonly kind: string; readonly reason: string },
): Promise<void> {
  await sql`
    update calsync.dirty set fault = ${why.fault}, error_kind = ${why.kind}, reason = ${why.reason}
      where key in (
        select mark.key from calsync.dirty mark
          where mark.calendar = ${lease.calendar} and not mark.parked and mark.due_at <= calsync.now() and mark.reason is null
            and exists (select from calsync.calendar where id = ${lease.calendar} and lease_epoch = ${lease.epoch})
          order by mark.starts_at nulls last, mark.key limit ${mostExplained} for update of mark skip locked)`.execute(
    db,
  );
}

/** Google answers again: its silence is no reason any more. */
export async function forgetSilence(db: Db, account: string): Promise<void> {
  await sql`
    update calsync.dirty set fault = null, error_kind = null, reason = null
      where key in (
        select mark.key from calsync.dirty mark join calsync.calendar on calendar.id = mark.calendar
          where calendar.account = ${account} and not mark.parked and starts_with(mark.reason, ${silencePrefix})
          order by mark.key for update of mark skip locked)`.execute(db);
}

/** Parks a key until its row changes or a person retries it. One that a writer holds is left due. */
export async function park(
  tx: Db,
  parked: {
    readonly key: string;
    readonly revision: number;
    readonly fault: Fault;
    readonly kind: string;
    readonly reason: string;
  },
): Promise<void> {
  await sql`
    update calsync.dirty set parked = true, fault = ${parked.fault}, error_kind = ${parked.kind}, reason = ${parked.reason},
        attempts = attempts + 1, due_at = 'infinity'
      where key in (
        select held.key from calsync.dirty held
          where held.key = ${parked.key} and held.revision <= ${parked.revision} for update skip locked)`.execute(tx);
}

export interface DirtyMark {
  readonly key: string;
  readonly revision: number;
  readonly attempts: number;
  readonly parked: boolean;
  readonly fault: Fault | null;
  readonly reason: string | null;
  readonly markedAt: Date;
}

export async function readMarks(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, DirtyMark>> {
  const { rows } = await sql<{
    key: string;
    revision: number;
    attempts: number;
    parked: boolean;
    fault: Fault | null;
    reason: string | null;
    marked_at: Date;
  }>`
    select key, revision, attempts, parked, fault, reason, marked_at from calsync.dirty
      where key = any(${keys}::text[]) order by key`.execute(db);
  return new Map(rows.map(({ marked_at, ...row }) => [row.key, { ...row, markedAt: marked_at }]));
}

/** Routes the mark of a key to the calendar where its event lives now. */
export async function rerouteMark(tx: Db, key: string, calendar: string): Promise<void> {
  await sql`update calsync.dirty set calendar = ${calendar} where key = ${key} and calendar <> ${calendar}`.execute(tx);
}

/** Makes waiting and parked keys due again: all of them, those that are parked, or those named. Answers which. */
export async function retryKeys(
  db: Db,
  which: { readonly keys: readonly string[] } | 'all' | 'parked',
): Promise<readonly string[]> {
  const condition =
    which === 'all' ? sql`true` : which === 'parked' ? sql`parked` : sql`key = any(${which.keys}::text[])`;
  const { rows } = await sql<{ key: string }>`
    update calsync.dirty set due_at = calsync.now(), attempts = 0, parked = false, fault = null, error_kind = null, reason = null
      where ${condition} returning key`.execute(db);
  return rows.map((row) => row.key).sort();
}

/** Marks keys dirty that are there in any form, whatever their state: for a change of policy and for `retry`. */
export async function markKeys(
  db: Db,
  where: { readonly calendar: string } | { readonly keys: readonly string[] },
): Promise<void> {
  const keys =
    'calendar' in where
      ? sql`select key from calsync.desired_event where calendar = ${where.calendar}
            union select key from calsync.binding where calendar = ${where.calendar} and state in ('live', 'gone')
            union select mark_key from calsync.observed_event where calendar = ${where.calendar} and ours and mark_key is not null
              and status <> 'cancelled' and recurring_event_id is null`
      : sql`select unnest(${where.keys}::text[])`;
  await sql`
    insert into calsync.dirty as mark (key, calendar, revision)
      select asked.key, coalesce(bound.calendar, event.calendar, seen.calendar), coalesce(event.revision, counter.revision, 0)
        from (${keys}) as asked (key)
        left join calsync.desired_event event on event.key = asked.key
        left join calsync.binding bound on bound.key = asked.key and bound.state in ('live', 'gone')
        left join calsync.key_counter counter on counter.key = asked.key
        left join lateral (select calendar from calsync.observed_event where mark_key = asked.key order by calendar limit 1) seen on true
        where coalesce(bound.calendar, event.calendar, seen.calendar) is not null
        order by asked.key
      on conflict (key) do update set due_at = least(mark.due_at, calsync.now())
        where not mark.parked`.execute(db);
}
