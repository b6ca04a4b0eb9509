/** What happened and what stands, for people: the queries of the drift report. */
import { type RawBuilder, sql } from 'kysely';
import type { Fault } from '../core/error.ts';
import type { EventTime } from '../core/event-time.ts';
import type { FieldDifference } from '../core/field-diff.ts';
import type { HoldKind } from '../core/state.ts';
import type { Db } from './database.ts';
import type { StoredFinding } from './finding.ts';

/** An event in words; `start` as the row states it, or as it was written last. */
export interface NamedEvent {
  readonly key: string | null;
  readonly eventId: string | null;
  readonly summary: string | null;
  readonly start: EventTime | null;
}

interface OfMany {
  readonly calendar: string;
  /** How many there are of which this is one of the first. */
  readonly total: number;
}

export interface FindingForReport extends OfMany {
  readonly kind: StoredFinding['kind'];
  readonly event: NamedEvent;
  readonly fields: readonly FieldDifference[];
  readonly reason: string;
  readonly flagged: boolean;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly closedAs: StoredFinding['closedAs'];
  /** The last call for the key that was made while it was open, and done. */
  readonly mendedBy: 'create' | 'patch' | 'move' | 'delete' | null;
  /** The open hold of which the key is part. */
  readonly hold: number | null;
  /** How many of the calendar are flagged and in no hold. */
  readonly flaggedTotal: number;
}

/**
 * The first `limit` findings of each calendar that are open (flagged ones first), and the last `limit` that ended at `since` or later.
 * A row that Google refused is not among the open ones: it is in `waitingRows`.
 */
export async function findingsForReport(
  db: Db,
  calendars: readonly string[],
  since: Date,
  limit: number,
): Promise<readonly FindingForReport[]> {
  const { rows } = await sql<FindingForReport>`
    with told as (
      select finding.*, (select min(hold.id) from calsync.hold_item item join calsync.hold on hold.id = item.hold
            where item.key = finding.key and hold.closed_at is null) as hold
        from calsync.finding
        where finding.calendar = any(${calendars}::text[])
          and (finding.closed_at >= ${since} or (finding.closed_at is null and finding.kind <> 'rejected'))
    ), placed as (
      select told.*, count(*) over same as total, count(*) filter (where flagged and hold is null) over same as flagged_total,
          row_number() over (partition by calendar, closed_at is null
            order by closed_at desc nulls first, flagged desc, opened_at, id) as place
        from told window same as (partition by calendar, closed_at is null)
    )
    select told.calendar, told.kind, told.fields, told.reason, told.flagged, told.opened_at as "openedAt", told.closed_at as "closedAt",
        told.closed_as as "closedAs", told.hold, told.total, told.flagged_total as "flaggedTotal", call.kind as "mendedBy",
        ${namedEvent(sql`told.key`, sql`told.calendar`, sql`told.event_id`)} as event
      from placed told
      left join lateral (
        select intent.kind from calsync.intent
          where told.closed_as = 'mended' and intent.key = told.key and intent.outcome = 'done'
            and intent.made_at between told.opened_at and told.closed_at
          order by intent.event_id is not distinct from told.event_id desc, intent.id desc limit 1) call on true
      where told.place <= ${limit}
      order by told.calendar, told.closed_at is not null, told.place`.execute(db);
  return rows;
}

export interface HoldForReport extends OfMany {
  readonly id: number;
  readonly kind: HoldKind;
  readonly reason: string;
  readonly openedAt: Date;
  readonly size: number;
  readonly events: readonly NamedEvent[];
}

/** The first `limit` open holds of each calendar, each with the first `itemLimit` of its events. */
export async function holdsForReport(
  db: Db,
  calendars: readonly string[],
  limit: number,
  itemLimit: number,
): Promise<readonly HoldForReport[]> {
  const { rows } = await sql<HoldForReport>`
    with placed as (
      select hold.*, count(*) over (partition by calendar) as total, row_number() over (partition by calendar order by id) as place
        from calsync.hold where closed_at is null and calendar = any(${calendars}::text[])
    )
    select hold.id, hold.calendar, hold.kind, hold.reason, hold.opened_at as "openedAt", hold.total,
        (select count(*) from calsync.hold_item item where item.hold = hold.id) as size,
        (select coalesce(jsonb_agg(${namedEvent(sql`item.key`, sql`hold.calendar`, sql`item.event_id`)} order by item.key, item.event_id), '[]')
          from (select key, event_id from calsync.hold_item where hold_item.hold = hold.id order by key, event_id limit ${itemLimit}) item) as events
      from placed hold where hold.place <= ${limit} order by hold.id`.execute(db);
  return rows;
}

export interface WaitingForReport extends OfMany {
  readonly event: NamedEvent;
  readonly fault: Fault;
  readonly reason: string;
  readonly since: Date;
  readonly againAt: Date | null;
  readonly parked: boolean;
  readonly attempts: number;
}

/** The first `limit` rows of each calendar that wait for a reason, parked ones first; those of an open hold are told there. */
export async function waitingForReport(
  db: Db,
  calendars: readonly string[],
  limit: number,
): Promise<readonly WaitingForReport[]> {
  const { rows } = await sql<WaitingForReport>`
    with placed as (
      select mark.*, count(*) over (partition by calendar) as total,
          row_number() over (partition by calendar order by parked desc, marked_at, key) as place
        from calsync.dirty mark
        where reason is not null and calendar = any(${calendars}::text[])
          and not exists (select from calsync.hold_item item join calsync.hold on hold.id = item.hold
            where item.key = mark.key and hold.closed_at is null)
    )
    select mark.calendar, mark.total, coalesce(mark.fault, 'calsync') as fault, mark.reason, mark.marked_at as since, mark.parked, mark.attempts,
        case when isfinite(mark.due_at) then mark.due_at end as "againAt",
        ${namedEvent(sql`mark.key`, sql`mark.calendar`, sql`null::text`)} as event
      from placed mark where mark.place <= ${limit} order by mark.calendar, mark.place`.execute(db);
  return rows;
}

export interface WorkForReport {
  readonly calendar: string;
  readonly turns: number;
  readonly brokenTurns: number;
  /** Sums of `run.counts`, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What the turns that ended at `since` or later did. */
export async function workForReport(
  db: Db,
  calendars: readonly string[],
  since: Date,
): Promise<readonly WorkForReport[]> {
  const { rows } = await sql<WorkForReport>`
    with recent as (
      select * from calsync.run where ended_at >= ${since} and calendar = any(${calendars}::text[])
    ), summed as (
      select calendar, jsonb_object_agg(name, total) as counts
        from (select recent.calendar, counted.name, sum(counted.value::numeric) as total
                from recent cross join jsonb_each_text(recent.counts) as counted (name, value) group by 1, 2) each
        group by calendar
    )
    select recent.calendar, count(*) as turns, count(recent.error_kind) as "brokenTurns", coalesce(summed.counts, '{}') as counts
      from recent left join summed using (calendar) group by recent.calendar, summed.counts order by recent.calendar`.execute(
    db,
  );
  return rows;
}

/** Title and start from the row, else from what was written last, else from what Google shows of an event of ours. */
function namedEvent(
  key: RawBuilder<unknown>,
  calendar: RawBuilder<unknown>,
  eventId: RawBuilder<unknown>,
): RawBuilder<NamedEvent> {
  return sql<NamedEvent>`(
    select jsonb_build_object('key', asked.key, 'eventId', asked.event_id,
        'summary', coalesce(event.summary, bound.applied ->> 'summary', seen.body ->> 'summary'),
        'start', case
          when event.start_date is not null then jsonb_build_object('kind', 'date', 'date', event.start_date)
          when event.key is not null then jsonb_build_object('kind', 'time',
            'local', to_char(event.start_local, 'YYYY-MM-DD"T"HH24:MI:SS'), 'zone', event.start_zone, 'offset', event.start_offset)
          else bound.applied -> 'start' end)
      from (select ${key} as key, ${calendar} as calendar, ${eventId} as event_id) asked
      left join calsync.desired_event event on event.key = asked.key
      left join lateral (select applied from calsync.binding
        where binding.key = asked.key order by incarnation desc limit 1) bound on event.key is null
      left join calsync.observed_event seen on seen.calendar = asked.calendar and seen.event_id = asked.event_id)`;
}
