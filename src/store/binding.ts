/** What was last written, and to which event. */
import { sql } from 'kysely';
import { answeredInstant } from '../core/answered-time.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { hashOfObserved, hashOfStated, normalFormVersion } from '../core/normal-form.ts';
import type { Binding } from '../core/state.ts';
import type { StatedEvent } from '../core/stated-event.ts';
import type { Db } from './database.ts';

interface BindingRow {
  readonly key: string;
  readonly incarnation: number;
  readonly calendar: string;
  readonly event_id: string;
  readonly state: Binding['state'];
  readonly etag: string | null;
  readonly applied: StatedEvent | null;
  readonly applied_hash: string | null;
  readonly applied_revision: number;
  readonly answered_hash: string | null;
  readonly answered_start: string | null;
  readonly answered_end: string | null;
  readonly hash_version: number;
  readonly written_at: Date | null;
  readonly unconfirmed_since: Date | null;
}

/** Every binding of these keys, retired ones too, by incarnation. */
export async function readBindings(db: Db, keys: readonly string[]): Promise<ReadonlyMap<string, readonly Binding[]>> {
  const { rows } = await sql<BindingRow>`
    select key, incarnation, calendar, event_id, state, etag, applied, applied_hash, applied_revision, answered_hash,
        answered_start, answered_end, hash_version, written_at, unconfirmed_since
      from calsync.binding where key = any(${keys}::text[]) order by key, incarnation`.execute(db);
  const found = new Map<string, Binding[]>();
  for (const row of rows) {
    const group = found.get(row.key) ?? [];
    group.push(bindingOf(row));
    found.set(row.key, group);
  }
  return found;
}

/** The key for which each of these events stands, by event; one that stands for none is absent. */
export async function boundKeys(db: Db, eventIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ event_id: string; key: string }>`
    select event_id, key from calsync.binding
      where event_id = any(${eventIds}::text[]) and state in ('live', 'gone') order by event_id, key`.execute(db);
  return new Map(rows.map(({ event_id, key }) => [event_id, key]));
}

function bindingOf(row: BindingRow): Binding {
  return {
    incarnation: row.incarnation,
    calendar: row.calendar,
    eventId: row.event_id,
    state: row.state,
    etag: row.etag,
    applied: row.applied,
    appliedHash: row.applied_hash,
    appliedRevision: row.applied_revision,
    answeredHash: row.answered_hash,
    answeredStart: row.answered_start,
    answeredEnd: row.answered_end,
    hashVersion: row.hash_version,
    writtenAt: row.written_at?.getTime() ?? null,
    unconfirmedSince: row.unconfirmed_since?.getTime() ?? null,
  };
}

/** What a binding keeps after the event was written as the row states, or found so. */
export interface Applied {
  readonly key: string;
  readonly etag: string;
  readonly revision: number;
  readonly stated: StatedEvent;
  readonly observed: GoogleEvent;
  readonly calendarZone: string;
  /** True after a write of ours: a listing has yet to show it. */
  readonly written: boolean;
  /** Nothing differs, not even something that is only listed: an equal etag and revision prove that nothing does. */
  readonly exact: boolean;
  /** Times that `observed` shows as Google's answer to them; what it answered to an earlier write of another time is kept. */
  readonly answers: ReadonlySet<'start' | 'end'>;
}

export interface Bound {
  readonly key: string;
  readonly calendar: string;
  readonly eventId: string;
  readonly incarnation: number;
}

/** Other events stand for the keys: those before are retired. An event that was bound before, whatever became of it, is live again. */
export async function bindEvents(tx: Db, bound: readonly Bound[]): Promise<void> {
  if (bound.length === 0) return;
  const rows = JSON.stringify(
    bound.map(({ key, calendar, eventId, incarnation }) => ({ key, calendar, event_id: eventId, incarnation })),
  );
  await sql`
    update calsync.binding bound set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      from jsonb_to_recordset(${rows}::jsonb) as now (key text, incarnation int)
      where bound.key = now.key and bound.state in ('live', 'gone') and bound.incarnation <> now.incarnation`.execute(
    tx,
  );
  await sql`
    insert into calsync.binding as bound (key, incarnation, calendar, event_id, state, hash_version)
      select key, incarnation, calendar, event_id, 'live', ${normalFormVersion}
        from jsonb_to_recordset(${rows}::jsonb) as now (key text, incarnation int, calendar text, event_id text) order by key
      on conflict (key, incarnation) do update set calendar = excluded.calendar, event_id = excluded.event_id, state = 'live',
        retired_at = null`.execute(tx);
}

/** Notes what was applied to the live bindings of keys. */
export async function noteApplied(tx: Db, applied: readonly Applied[]): Promise<void> {
  if (applied.length === 0) return;
  await sql`
    update calsync.binding bound set state = 'live', etag = now.etag, applied = now.applied, applied_hash = now.applied_hash,
        applied_revision = now.revision, answered_hash = now.answered_hash,
        answered_start = case when now.answers_start then now.answered_start
          when bound.applied -> 'start' = now.applied -> 'start' then bound.answered_start end,
        answered_end = case when now.answers_end then now.answered_end
          when bound.applied -> 'end' = now.applied -> 'end' then bound.answered_end end,
        hash_version = ${normalFormVersion},
        written_at = case when now.written then calsync.now() else bound.written_at end,
        unconfirmed_since = case when now.written then calsync.now() end
      from jsonb_to_recordset(${JSON.stringify(applied.map(appliedRow))}::jsonb) as now (key text, etag text, applied jsonb, applied_hash text,
        revision bigint, answered_hash text, answers_start boolean, answered_start text, answers_end boolean, answered_end text, written boolean)
      where bound.key = now.key and bound.state in ('live', 'gone')`.execute(tx);
}

function appliedRow(applied: Applied): Record<string, unknown> {
  const { key, etag, revision, stated, observed, calendarZone, exact, answers, written } = applied;
  return {
    key,
    etag,
    revision,
    written,
    applied: stated,
    applied_hash: hashOfStated(stated),
    answered_hash: exact ? hashOfObserved(observed, calendarZone) : null,
    answers_start: answers.has('start'),
    answered_start: answers.has('start') ? answeredInstant(stated.start, observed.start, calendarZone) : null,
    answers_end: answers.has('end'),
    answered_end: answers.has('end') ? answeredInstant(stated.end, observed.end, calendarZone) : null,
  };
}

/** The events were seen deleted by someone. */
export async function noteGone(tx: Db, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    update calsync.binding set state = 'gone', unconfirmed_since = null
      where key = any(${keys}::text[]) and state = 'live'`.execute(tx);
}

/** The events were ended by us, or are no longer wanted and gone. */
export async function retireBindings(tx: Db, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  await sql`
    update calsync.binding set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      where key = any(${keys}::text[]) and state in ('live', 'gone')`.execute(tx);
}

/** The same, if this event is the one that stands for the key: a duplicate that was deleted ends nothing. */
export async function retireBindingTo(tx: Db, key: string, calendar: string, eventId: string): Promise<void> {
  await sql`
    update calsync.binding set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      where key = ${key} and calendar = ${calendar} and event_id = ${eventId} and state in ('live', 'gone')`.execute(
    tx,
  );
}

/** The event lives on another calendar now, and no listing has shown it there yet. */
export async function noteMoved(tx: Db, key: string, calendar: string): Promise<void> {
  await sql`
    update calsync.binding set calendar = ${calendar}, state = 'live', etag = null, written_at = calsync.now(), unconfirmed_since = calsync.now()
      where key = ${key} and state in ('live', 'gone')`.execute(tx);
}
