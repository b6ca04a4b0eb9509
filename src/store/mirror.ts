/** What Google last told us, event by event. */
import { sql } from 'kysely';
import { normalFormVersion } from '../core/normal-form.ts';
import type { Observation } from '../core/observation.ts';
import type { Db } from './database.ts';
import { markWork } from './dirty.ts';

export type ObservationSource = 'list' | 'read' | 'answer';

/** Which of these ids stand for a key on whatever calendar. */
export async function boundIds(db: Db, eventIds: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ event_id: string }>`
    select distinct event_id from calsync.binding where event_id = any(${eventIds}::text[]) and state in ('live', 'gone')`.execute(
    db,
  );
  return new Set(rows.map((row) => row.event_id));
}

/** Ids of every event that stands for a key on these calendars. */
export async function allBoundIds(db: Db, calendars: readonly string[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from calsync.binding where calendar = any(${calendars}::text[]) and state in ('live', 'gone')`.execute(
    db,
  );
  return new Set(rows.map((row) => row.event_id));
}

/**
 * Writes observations of one calendar and marks the keys dirty that they concern. What is there already with the same etag, status and
 * content only gets its listing number; an echo of our own write (the binding's etag) confirms it and is no work. The etag alone does not
 * tell: nobody promises that the answer of a guest moves it (API facts §3.2), and a patch of the guests sends their answers along.
 */
export async function storeObservations(
  tx: Db,
  calendar: string,
  observations: readonly Observation[],
  listing: number,
  source: ObservationSource,
): Promise<void> {
  if (observations.length === 0) return;
  const rows = JSON.stringify(observations.map(rowOf));
  await sql`
    with shown as materialized (
      select * from jsonb_to_recordset(${rows}::jsonb) as shown (event_id text, etag text, status text, recurring_event_id text,
        original_start text, rest_of text, ours boolean, mark_installation text, mark_key text, mark_revision bigint, hash text, body jsonb,
        fingerprint text, created text)
    ), changed as (
      insert into calsync.observed_event as kept (calendar, event_id, etag, status, recurring_event_id, original_start, rest_of, ours,
          mark_installation, mark_key, mark_revision, hash, hash_version, body, fingerprint, created, listing, source, seen_at)
        select ${calendar}, event_id, etag, status, recurring_event_id, original_start, rest_of, ours, mark_installation, mark_key, mark_revision,
          hash, ${normalFormVersion}, body, fingerprint, created, ${listing}, ${source}, calsync.now()
          from shown order by event_id
        on conflict (calendar, event_id) do update set etag = excluded.etag, status = excluded.status,
          recurring_event_id = excluded.recurring_event_id, original_start = excluded.original_start, rest_of = excluded.rest_of, ours = excluded.ours,
          mark_installation = excluded.mark_installation, mark_key = excluded.mark_key, mark_revision = excluded.mark_revision,
          hash = excluded.hash, hash_version = excluded.hash_version, body = excluded.body, fingerprint = excluded.fingerprint,
          created = excluded.created, source = excluded.source, listing = excluded.listing, seen_at = excluded.seen_at
          where kept.etag <> excluded.etag or kept.status <> excluded.status or kept.ours <> excluded.ours
            or kept.hash_version <> excluded.hash_version or kept.body is distinct from excluded.body
        returning kept.event_id
    ), again as (
      update calsync.observed_event kept set listing = ${listing}, source = ${source}
        from shown
        where kept.calendar = ${calendar} and kept.event_id = shown.event_id and kept.listing < ${listing}
          and kept.etag = shown.etag and kept.status = shown.status and kept.ours = shown.ours
          and kept.hash_version = ${normalFormVersion} and kept.body is not distinct from shown.body
          -- Else a page with nothing of ours would leave "changed" for last, and it cannot lock what this has updated.
          and (select count(*) from changed) is not null
    ), echoed as (
      update calsync.binding bound set unconfirmed_since = null
        from shown
        where bound.event_id = shown.event_id and bound.calendar = ${calendar} and bound.state in ('live', 'gone')
          -- A move leaves no etag to compare with: whatever is shown where the event was moved to is that event.
          and coalesce(bound.etag, shown.etag) = shown.etag and shown.status <> 'cancelled'
          and bound.unconfirmed_since is not null and ${source} <> 'answer'
    ), concerned as (
      select shown.etag, shown.status, bound.key as key, bound.etag as bound_etag, bound.calendar = ${calendar} as lives_here
        from changed join shown using (event_id)
        join calsync.binding bound on bound.event_id = coalesce(shown.recurring_event_id, shown.event_id)
          and bound.state in ('live', 'gone')
      union all
      select shown.etag, shown.status, bound.key, null, true
        from changed join shown using (event_id)
        join calsync.binding bound on bound.event_id = shown.rest_of
      union all
      select shown.etag, shown.status, shown.mark_key, null, true
        from changed join shown using (event_id)
        where shown.ours and shown.recurring_event_id is null and shown.mark_key is not null
          and not exists (select from calsync.binding bound
            where bound.event_id = shown.event_id and bound.state in ('live', 'gone'))
    ), moved as (
      select distinct key from concerned
        where ${source} <> 'answer' and (bound_etag is null or bound_etag <> etag or status = 'cancelled')
          -- What a move leaves behind says nothing of an event that is known to live elsewhere.
          and (lives_here or status <> 'cancelled')
    ), work as materialized (
      select moved.key, coalesce(bound.calendar, event.calendar, ${calendar}) as calendar
        from moved
        left join calsync.desired_event event on event.key = moved.key
        left join calsync.binding bound on bound.key = moved.key and bound.state in ('live', 'gone')
    ) ${markWork}`.execute(tx);
}

/** Keys that were confirmed or changed by their master id alone are found by the series, so an occurrence's etag never equals its master's. */
function rowOf(observation: Observation): Record<string, unknown> {
  return {
    event_id: observation.eventId,
    etag: observation.etag,
    status: observation.status,
    recurring_event_id: observation.recurringEventId,
    original_start: observation.originalStart,
    rest_of: observation.restOf,
    ours: observation.ours,
    mark_installation: observation.mark?.installation ?? null,
    mark_key: observation.mark?.key ?? null,
    mark_revision: observation.mark?.revision ?? null,
    hash: observation.hash,
    body: observation.body,
    fingerprint: observation.fingerprint,
    created: observation.created,
  };
}

/** Takes an event out of the mirror that Google answered with 404. */
export async function forgetObservation(tx: Db, calendar: string, eventId: string): Promise<void> {
  await sql`delete from calsync.observed_event where calendar = ${calendar} and event_id = ${eventId}`.execute(tx);
}

/** Live bindings of a calendar that a full listing had to show, and the ids among them that it did not. */
export interface ListingGap {
  readonly expected: number;
  readonly absent: readonly string[];
}

/** What was written within `graceMs` may be missing from a listing without meaning anything. */
export async function listingGap(tx: Db, calendar: string, listing: number, graceMs: number): Promise<ListingGap> {
  const { rows } = await sql<{ event_id: string; absent: boolean }>`
    select bound.event_id, shown.event_id is null as absent
      from calsync.binding bound
      left join calsync.observed_event shown
        on shown.calendar = bound.calendar and shown.event_id = bound.event_id and shown.listing >= ${listing}
      where bound.calendar = ${calendar} and bound.state = 'live'
        and (bound.written_at is null or bound.written_at < calsync.now() - make_interval(secs => ${graceMs / 1000}))
      order by bound.event_id`.execute(tx);
  return { expected: rows.length, absent: rows.filter((row) => row.absent).map((row) => row.event_id) };
}

/** Takes out of the mirror what a believed full listing did not show, and marks the keys dirty whose event is among it. */
export async function dropUnlisted(tx: Db, calendar: string, listing: number, graceMs: number): Promise<void> {
  await sql`
    with dropped as (
      delete from calsync.observed_event kept
        where kept.calendar = ${calendar} and kept.listing < ${listing}
          and not (kept.source = 'answer' and kept.seen_at >= calsync.now() - make_interval(secs => ${graceMs / 1000}))
        returning kept.event_id
    ), work as materialized (
      select bound.key, bound.calendar
        from dropped join calsync.binding bound on bound.event_id = dropped.event_id and bound.calendar = ${calendar}
          and bound.state in ('live', 'gone')
    ) ${markWork}`.execute(tx);
}

/** Marks the keys dirty whose event was written longer than `graceMs` ago and was shown by no listing since (S03B). */
export async function markUnconfirmed(tx: Db, calendar: string, graceMs: number): Promise<void> {
  await sql`
    with overdue as (
      select key, calendar, event_id from calsync.binding
        where calendar = ${calendar} and unconfirmed_since < calsync.now() - make_interval(secs => ${graceMs / 1000})
          and state in ('live', 'gone')
    ), dropped as (
      delete from calsync.observed_event kept using overdue
        where kept.calendar = overdue.calendar and kept.event_id = overdue.event_id and kept.source = 'answer'
    ), work as materialized (
      select key, calendar from overdue
    ) ${markWork}`.execute(tx);
}
