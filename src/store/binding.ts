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

/** Another event stands for the key: the one before is retired. An event that was bound before, whatever became of it, is live again. */
export async function bindEvent(
  tx: Db,
  key: string,
  bound: { readonly calendar: string; readonly eventId: string; readonly incarnation: number },
): Promise<void> {
  await sql`
    update calsync.binding set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      where key = ${key} and state in ('live', 'gone') and incarnation <> ${bound.incarnation}`.execute(tx);
  await sql`
    insert into calsync.binding as bound (key, incarnation, calendar, event_id, state, hash_version)
      values (${key}, ${bound.incarnation}, ${bound.calendar}, ${bound.eventId}, 'live', ${normalFormVersion})
      on conflict (key, incarnation) do update set calendar = excluded.calendar, event_id = excluded.event_id, state = 'live',
        retired_at = null`.execute(tx);
}

/** Notes what was applied to the live binding of a key. */
export async function noteApplied(tx: Db, key: string, applied: Applied): Promise<void> {
  const { observed, stated, calendarZone } = applied;
  const answered = (end: 'start' | 'end') =>
    applied.answers.has(end)
      ? sql`${answeredInstant(stated[end], observed[end], calendarZone)}`
      : sql`case when applied -> ${end} = ${JSON.stringify(stated[end])}::jsonb then ${sql.ref(`answered_${end}`)} end`;
  await sql`
    update calsync.binding set state = 'live', etag = ${applied.etag}, applied = ${JSON.stringify(stated)}::jsonb,
        applied_hash = ${hashOfStated(stated)}, applied_revision = ${applied.revision},
        answered_hash = ${applied.exact ? hashOfObserved(observed, calendarZone) : null},
        answered_start = ${answered('start')}, answered_end = ${answered('end')}, hash_version = ${normalFormVersion},
        written_at = case when ${applied.written} then calsync.now() else written_at end,
        unconfirmed_since = case when ${applied.written} then calsync.now() end
      where key = ${key} and state in ('live', 'gone')`.execute(tx);
}

/** The event was seen deleted by someone. */
export async function noteGone(tx: Db, key: string): Promise<void> {
  await sql`
    update calsync.binding set state = 'gone', unconfirmed_since = null where key = ${key} and state = 'live'`.execute(
    tx,
  );
}

/** The event was ended by us, or is no longer wanted and gone. */
export async function retireBinding(tx: Db, key: string): Promise<void> {
  await sql`
    update calsync.binding set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      where key = ${key} and state in ('live', 'gone')`.execute(tx);
}

/** The same, if this event is the one that stands for the key: a duplicate that was deleted ends nothing. */
export async function retireBindingTo(tx: Db, key: string, eventId: string): Promise<void> {
  await sql`
    update calsync.binding set state = 'retired', retired_at = calsync.now(), unconfirmed_since = null
      where key = ${key} and event_id = ${eventId} and state in ('live', 'gone')`.execute(tx);
}

/** The event lives on another calendar now, and no listing has shown it there yet. */
export async function noteMoved(tx: Db, key: string, calendar: string): Promise<void> {
  await sql`
    update calsync.binding set calendar = ${calendar}, state = 'live', etag = null, written_at = calsync.now(), unconfirmed_since = calsync.now()
      where key = ${key} and state in ('live', 'gone')`.execute(tx);
}
