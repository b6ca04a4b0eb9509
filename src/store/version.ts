/** Earlier versions of an event, from its history, and putting one back. */
import { sql } from 'kysely';
import type { AttendeeSpec } from '../core/event-spec.ts';
import type { Tx } from './database.ts';
import { type AttendeeRow, type EventRow, specOf } from './desired-row.ts';
import type { Database } from './schema.ts';

/** Which version: what the row was at an instant, or the last that it was under a generation. */
export type VersionWish = { readonly at: Date } | { readonly generation: number };

export interface Version {
  readonly row: EventRow;
  /** The guests of that time; null where not all that was then is kept. */
  readonly guests: readonly AttendeeSpec[] | null;
}

export type FoundVersion =
  | { readonly kind: 'version'; readonly version: Version }
  /** The key had no row then. */
  | { readonly kind: 'no_row' }
  /** It had one, and retention has dropped it. `kept`: the generations that are there. */
  | { readonly kind: 'not_kept'; readonly kept: readonly number[] }
  /** Nothing is known of the key. */
  | { readonly kind: 'unknown' };

interface StateRow {
  readonly id: number;
  readonly generation: number;
  readonly at: Date;
  readonly after: EventRow | null;
  readonly position: number | null;
}

/** The version of a key that is asked for. Its row has to be locked, if there is one, so that the answer stays true. */
export async function findVersion(tx: Tx, key: string, wish: VersionWish): Promise<FoundVersion> {
  const { rows: states } = await sql<StateRow>`
    select id, generation, at, after, position from calsync.history
      where key = ${key} and kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn') order by id`.execute(
    tx,
  );
  if (states.length === 0) return { kind: 'unknown' };
  const index = states.findLastIndex((state) =>
    'at' in wish ? state.at <= wish.at : state.generation === wish.generation && state.after !== null,
  );
  const state = states[index];
  const next = states[index + 1];
  const kept = states.filter(({ after }) => after !== null).map(({ generation }) => generation);
  if (state === undefined) return 'at' in wish ? { kind: 'no_row' } : { kind: 'not_kept', kept };
  // What retention dropped in between may be what was there at that instant.
  if ('at' in wish && next !== undefined && next.generation > state.generation + 1) return { kind: 'not_kept', kept };
  if (state.after === null) return { kind: 'no_row' };
  return { kind: 'version', version: { row: state.after, guests: await guestsThen(tx, key, state, next, wish) } };
}

/** Those who were on the event at the instant, or when the generation ended. */
async function guestsThen(
  tx: Tx,
  key: string,
  state: StateRow,
  next: StateRow | undefined,
  wish: VersionWish,
): Promise<readonly AttendeeSpec[] | null> {
  const { rows } = await sql<{ guests: readonly AttendeeRow[]; dropped: number }>`
    select coalesce((select dropped_through from calsync.change_feed), 0) as dropped, coalesce((
      select jsonb_agg(newest.after order by newest.after ->> 'added_at', newest.after ->> 'normal_address') from (
        select distinct on (coalesce(after, before) ->> 'normal_address') after from calsync.history
          where key = ${key} and kind in ('attendee_added', 'attendee_changed', 'attendee_removed')
            and id > (select max(id) from calsync.history born where born.key = ${key} and born.kind = 'inserted' and born.id <= ${state.id})
            and id < ${next?.id ?? Number.MAX_SAFE_INTEGER}
            and (${'generation' in wish} or at <= ${'at' in wish ? wish.at : new Date(0)})
          order by coalesce(after, before) ->> 'normal_address', id desc
      ) newest where newest.after is not null
    ), '[]') as guests`.execute(tx);
  const [row] = rows;
  if (row === undefined || (state.position !== null && state.position <= row.dropped)) return null;
  return specOf(state.after as EventRow, row.guests).attendees; // the version was found by having a row
}

type KeptByTriggers = 'key' | 'generation' | 'revision' | 'attendees_version' | 'created_at' | 'updated_at';

/** Every column that a version restores: with a new one in the table this does not compile until somebody decides. */
const restored: Readonly<Record<Exclude<keyof Database['desired_event'], KeptByTriggers>, true>> = {
  calendar: true,
  schedule: true,
  summary: true,
  description: true,
  location: true,
  start_date: true,
  start_local: true,
  start_zone: true,
  start_offset: true,
  end_date: true,
  end_local: true,
  end_zone: true,
  end_offset: true,
  recurrence: true,
  reminders: true,
  labels: true,
  send_updates: true,
  allow_twin: true,
  drift: true,
  on_delete: true,
  on_move: true,
  cancelled_at: true,
};
const columns = sql.join(Object.keys(restored).map((name) => sql.ref(name)));

/** Gives a row the fields of a version, in one change: one new generation, or none where nothing differs. */
export async function putVersion(tx: Tx, row: EventRow): Promise<void> {
  await sql`
    update calsync.desired_event event set (${columns}) = (
        select ${columns} from jsonb_populate_record(event, ${JSON.stringify(row)}::jsonb))
      where event.key = ${row.key}`.execute(tx);
}

/** Inserts a row as a version has it. False: somebody else inserted one meanwhile. */
export async function insertVersion(tx: Tx, row: EventRow): Promise<boolean> {
  const { rows } = await sql`
    insert into calsync.desired_event (key, ${columns})
      select key, ${columns} from jsonb_populate_record(null::calsync.desired_event, ${JSON.stringify(row)}::jsonb)
      on conflict (key) do nothing returning key`.execute(tx);
  return rows.length === 1;
}
