/** Every changing call before it is made, and how it ended. */
import { sql } from 'kysely';
import { CalsyncError } from '../core/error.ts';
import { type CountsOf, type GuardCounts, guardWindowMs } from '../core/guard.ts';
import type { PlannedCall } from '../core/plan-calendar.ts';
import { type BegunWrite, placeOf, type UndoneDelete, type UnsettledIntent } from '../core/state.ts';
import type { StatedEvent } from '../core/stated-event.ts';
import type { Db } from './database.ts';
import type { Lease } from './lease.ts';

/**
 * Writes intents for a batch of calls, each for another event, and uses up the permissions that they need. Answers their ids, in order; null
 * for a call that must not be made, since a call to the same event is open: a move brings an event to a calendar that somebody else works.
 */
export async function beginIntents(
  tx: Db,
  lease: Lease,
  calls: readonly PlannedCall[],
): Promise<readonly (number | null)[]> {
  const rows = calls.map((entry, position) => ({ position, ...columnsOf(entry) }));
  const { rows: inserted } = await sql<{ id: number; calendar: string; event_id: string }>`
    with asked as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as asked (position int, calendar text, key text, kind text, event_id text,
        incarnation int, etag text, destination text, revision bigint, applied jsonb, counts_as text, repairs text[], approval bigint)
    )
    insert into calsync.intent (calendar, epoch, key, kind, event_id, incarnation, etag, destination, revision, applied, counts_as, repairs, approval)
      select calendar, ${lease.epoch}, key, kind, event_id, incarnation, etag, destination, revision, applied, counts_as, repairs, approval
        from asked order by position
      on conflict (calendar, event_id) where outcome is null do nothing
      returning id, calendar, event_id`.execute(tx);
  // In which order rows are given back, nobody promises.
  const begun = new Map(inserted.map((row) => [placeOf(row.calendar, row.event_id), row.id]));
  const ids = calls.map(({ call }) => begun.get(placeOf(call.calendar, call.eventId)) ?? null);
  const uses = calls.filter(({ approval }, index) => approval !== null && ids[index] !== null);
  if (uses.length > 0) await useApprovals(tx, uses);
  return ids;
}

function columnsOf({ call, countsAs, approval }: PlannedCall): Record<string, unknown> {
  return {
    calendar: call.calendar,
    key: call.key,
    kind: call.kind,
    event_id: call.eventId,
    incarnation: call.kind === 'create' ? call.incarnation : null,
    etag: call.kind === 'create' ? null : call.etag,
    destination: call.kind === 'move' ? call.destination : null,
    revision: call.revision,
    applied: call.kind === 'create' || call.kind === 'patch' ? call.stated : null,
    counts_as: countsAs,
    repairs: call.repairs,
    approval,
  };
}

async function useApprovals(tx: Db, uses: readonly PlannedCall[]): Promise<void> {
  const items = uses.map(({ call, approval }) => ({ hold: approval, key: call.key, event_id: call.eventId }));
  await sql`
    update calsync.hold_item item set used_at = calsync.now()
      from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as used (hold bigint, key text, event_id text)
      where item.hold = used.hold and item.key = used.key and item.event_id = used.event_id and item.used_at is null`.execute(
    tx,
  );
}

export type IntentOutcome = 'done' | 'not_done' | 'overtaken';

/** Reason of an intent that a reading settled: the answer to its call never came. */
export const outcomeUnknownReason = 'outcome_unknown';

/**
 * Says how calls ended. A permission may be used again if its call certainly had no effect: Google refused it, or a reading shows the
 * event untouched. Where a reading shows something else (`overtaken`), the call may have been carried out and people may have undone it:
 * whoever brought the event back is asked again, instead of seeing it deleted twice by one permission.
 */
export async function settleIntents(
  tx: Db,
  ids: readonly number[],
  outcome: IntentOutcome,
  error: { readonly kind: string; readonly reason: string | null } | null,
): Promise<void> {
  const isHarmless = outcome === 'not_done' || (outcome === 'overtaken' && error?.reason !== outcomeUnknownReason);
  await sql`
    with settled as (
      update calsync.intent set settled_at = calsync.now(), outcome = ${outcome}, error_kind = ${error?.kind ?? null},
          error_reason = ${error?.reason ?? null}
        where id = any(${ids}::bigint[]) and outcome is null
        returning approval, key, event_id
    )
    update calsync.hold_item item set used_at = null
      from settled
      where ${isHarmless} and item.hold = settled.approval and item.key = settled.key and item.event_id = settled.event_id`.execute(
    tx,
  );
}

/** Says how a call ended. */
export async function settleIntent(
  tx: Db,
  id: number,
  outcome: IntentOutcome,
  error: { readonly kind: string; readonly reason: string | null } | null = null,
): Promise<void> {
  await settleIntents(tx, [id], outcome, error);
}

/** Calls whose end nobody knows: of a calendar, or of keys. In the order in which they were made. */
export async function unsettledIntents(
  db: Db,
  of: { readonly calendar: string } | { readonly keys: readonly string[] },
): Promise<readonly UnsettledIntent[]> {
  const condition = 'calendar' in of ? sql`calendar = ${of.calendar}` : sql`key = any(${of.keys}::text[])`;
  const { rows } = await sql<{
    id: number;
    calendar: string;
    key: string | null;
    kind: UnsettledIntent['kind'];
    event_id: string;
    incarnation: number | null;
    etag: string | null;
    destination: string | null;
    revision: number | null;
    applied: StatedEvent | null;
    made_at: Date;
  }>`
    select id, calendar, key, kind, event_id, incarnation, etag, destination, revision, applied, made_at
      from calsync.intent where outcome is null and ${condition} order by id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    calendar: row.calendar,
    key: row.key,
    kind: row.kind,
    eventId: row.event_id,
    incarnation: row.incarnation,
    etag: row.etag,
    destination: row.destination,
    revision: row.revision,
    applied: row.applied,
    madeAt: row.made_at.getTime(),
  }));
}

/** What creates and patches of these keys stated, however they ended, by key: the latest of each event and revision. */
export async function begunWrites(
  db: Db,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly BegunWrite[]>> {
  const { rows } = await sql<{ key: string; writes: readonly BegunWrite[] }>`
    select key, jsonb_agg(jsonb_build_object('eventId', event_id, 'revision', revision, 'stated', applied) order by event_id, revision) as writes
      from (select distinct on (key, event_id, revision) key, event_id, revision, applied from calsync.intent
        where key = any(${keys}::text[]) and applied is not null order by key, event_id, revision, id desc) latest
      group by key`.execute(db);
  return new Map(rows.map(({ key, writes }) => [key, writes]));
}

/** Deletes of these keys that a reading showed to be not done, by key, in the order in which they were made. */
export async function undoneDeletes(
  db: Db,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly UndoneDelete[]>> {
  const { rows } = await sql<{ key: string; event_id: string; etag: string; made_at: Date }>`
    select key, event_id, etag, made_at from calsync.intent
      where key = any(${keys}::text[]) and kind = 'delete' and outcome = 'not_done' and error_reason = ${outcomeUnknownReason}
      order by id`.execute(db);
  const found = new Map<string, UndoneDelete[]>();
  for (const { key, event_id: eventId, etag, made_at } of rows)
    found.set(key, [...(found.get(key) ?? []), { eventId, etag, madeAt: made_at.getTime() }]);
  return found;
}

/** Of the advisory locks of those who count for the guard: each is of one calendar. */
const guardLock = 'calsync guard ';

/**
 * Until the transaction ends nobody else counts on these calendars, so that what is counted and what is begun on the strength of it are one:
 * the turns of two calendars may both take events from a third. The locks are taken in the order of their numbers, whoever asks.
 */
export async function lockGuard(tx: Db, calendars: Iterable<string>): Promise<void> {
  const names = [...new Set(calendars)].map((calendar) => `${guardLock}${calendar}`);
  await sql`
    select pg_advisory_xact_lock(number)
      from (select distinct hashtextextended(name, 0) as number from unnest(${names}::text[]) as name order by number) locks`.execute(
    tx,
  );
}

/** `guardCounts` of several calendars, by calendar; asking it for another one is an `invariant` error. */
export async function guardCountsOf(db: Db, calendars: Iterable<string>): Promise<CountsOf> {
  const counted = new Map<string, GuardCounts>();
  for (const calendar of new Set(calendars)) counted.set(calendar, await guardCounts(db, calendar));
  return (calendar) => {
    const counts = counted.get(calendar);
    if (counts === undefined) throw new CalsyncError('invariant', 'a calendar was to be judged that was not counted');
    return counts;
  };
}

/** What the guard counts on a calendar: the last hour's calls that may have had an effect, without those that a person approved. */
export async function guardCounts(db: Db, calendar: string): Promise<GuardCounts> {
  const { rows } = await sql<{
    live: number;
    gone: number;
    withdrawals: number;
    cancellations: number;
    recreates: number;
    held: boolean;
  }>`
    select
        exists (select from calsync.hold where hold.calendar = ${calendar} and hold.kind in ('withdrawals', 'rekey') and hold.closed_at is null
          and exists (select from calsync.hold_item item join calsync.observed_event shown on shown.event_id = item.event_id
            where item.hold = hold.id and shown.calendar = hold.calendar)) as held,
        (select count(*)::int from calsync.binding where calendar = ${calendar} and state in ('live', 'gone')) as live,
        (select count(*)::int from calsync.binding bound where bound.calendar = ${calendar} and (bound.state = 'gone'
          or bound.state = 'live' and exists (select from calsync.observed_event shown where shown.calendar = bound.calendar
            and shown.event_id = bound.event_id and shown.status = 'cancelled'))) as gone,
        count(*) filter (where counts_as = 'withdrawal')::int as withdrawals,
        count(*) filter (where counts_as = 'cancellation')::int as cancellations,
        count(*) filter (where counts_as = 'recreate')::int as recreates
      from calsync.intent
      where calendar = ${calendar} and counts_as is not null and approval is null
        and (outcome is null or outcome = 'done' or outcome = 'overtaken' and error_reason = ${outcomeUnknownReason}
          -- Refused, and the event is gone: a request that was carried out twice is answered like that, too. Or it was carried out late,
          -- and no later one tells of it.
          or kind = 'delete' and not exists (select from calsync.observed_event shown where shown.calendar = intent.calendar
              and shown.event_id = intent.event_id and shown.status <> 'cancelled')
            and (outcome = 'overtaken' or error_reason = ${outcomeUnknownReason} and not exists (select from calsync.intent later
              where later.calendar = intent.calendar and later.event_id = intent.event_id and later.id > intent.id
                and later.counts_as is not null and later.made_at >= intent.made_at)))
        and made_at > calsync.now() - make_interval(secs => ${guardWindowMs / 1000})`.execute(db);
  const row = rows[0];
  return {
    liveBindings: row?.live ?? 0,
    gone: row?.gone ?? 0,
    withdrawals: row?.withdrawals ?? 0,
    cancellations: row?.cancellations ?? 0,
    recreates: row?.recreates ?? 0,
    held: row?.held ?? false,
  };
}
