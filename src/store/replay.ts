/**
 * The desired state, rebuilt from the history alone and compared row by row with the tables. History that retention has shortened is
 * as good: what it keeps is the newest state of everything. Reads in one snapshot, a bounded number of keys at a time.
 */
import { sql } from 'kysely';
import type { Db } from './database.ts';

export type ReplayDifference =
  /** The history ends with a row that the table has not. */
  | { readonly kind: 'row_missing'; readonly key: string }
  /** The table has a row that the history has not, or says was withdrawn. */
  | { readonly kind: 'row_unexplained'; readonly key: string }
  | { readonly kind: 'row_differs'; readonly key: string; readonly columns: readonly string[] }
  | { readonly kind: 'guest_missing' | 'guest_unexplained'; readonly key: string; readonly address: string }
  | {
      readonly kind: 'guest_differs';
      readonly key: string;
      readonly address: string;
      readonly columns: readonly string[];
    }
  /** Where the numbers of a withdrawn key stand is not where its history ended. */
  | { readonly kind: 'counter_differs'; readonly key: string }
  /** A revision is missing between two rows of the history, where retention has dropped nothing. */
  | { readonly kind: 'history_gap'; readonly key: string; readonly afterRevision: number };

export interface Replay {
  /** Keys that the history or the table knows. */
  readonly keys: number;
  /** Rows of events and of guests that were compared. */
  readonly rows: number;
  /** The first ones, `mostListed` at most. */
  readonly differences: readonly ReplayDifference[];
  readonly differenceCount: number;
}

const keysAtOnce = 2_000;
const mostListed = 1_000;

export async function verifyReplay(db: Db): Promise<Replay> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const differences: ReplayDifference[] = [];
      let [keys, rows, differenceCount] = [0, 0, 0];
      for (let after: string | null = ''; after !== null; ) {
        const step: Step = await replayStep(tx, after);
        keys += step.keys;
        rows += step.rows;
        differenceCount += step.differences.length;
        differences.push(...step.differences.slice(0, mostListed - differences.length));
        after = step.last;
      }
      return { keys, rows, differences, differenceCount };
    });
}

interface Step {
  readonly keys: number;
  readonly rows: number;
  readonly differences: readonly ReplayDifference[];
  /** Null: there are no more keys. */
  readonly last: string | null;
}

async function replayStep(tx: Db, after: string): Promise<Step> {
  const keys = await nextKeys(tx, after);
  if (keys.length === 0) return { keys: 0, rows: 0, differences: [], last: null };
  const events = await comparedEvents(tx, keys);
  const guests = await comparedGuests(tx, keys);
  const differences = [
    ...events.flatMap(eventDifference),
    ...guests.flatMap(guestDifference),
    ...(await counterDifferences(tx, keys)),
    ...(await gaps(tx, keys)),
  ];
  return { keys: keys.length, rows: events.length + guests.length, differences, last: keys.at(-1) ?? null };
}

async function nextKeys(tx: Db, after: string): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select key from (
      (select distinct key from calsync.history where key > ${after} order by key limit ${keysAtOnce})
      union
      (select key from calsync.desired_event where key > ${after} order by key limit ${keysAtOnce})
    ) known order by key limit ${keysAtOnce}`.execute(tx);
  return rows.map(({ key }) => key);
}

type Columns = Readonly<Record<string, unknown>>;

interface Compared {
  readonly key: string;
  /** By the history; null: there is no row. */
  readonly replayed: Columns | null;
  readonly stored: Columns | null;
}

const changesOfEvents = sql`('inserted', 'updated', 'cancelled', 'revived', 'withdrawn')`;
const changesOfGuests = sql`('attendee_added', 'attendee_changed', 'attendee_removed')`;

/**
 * The newest state of each event; what its guests changed since then is in the revision, the count of their changes and the time of the
 * last one, and follows from the numbers of the later rows.
 */
async function comparedEvents(tx: Db, keys: readonly string[]): Promise<readonly Compared[]> {
  const { rows } = await sql<Compared>`
    with newest as (
      select distinct on (key) key, id, after, revision from calsync.history
        where key = any(${keys}::text[]) and kind in ${changesOfEvents} order by key, id desc
    ), replayed as (
      select newest.key, case when newest.after is not null then newest.after || jsonb_build_object(
               'revision', coalesce(later.revision, newest.revision),
               'attendees_version', (newest.after ->> 'attendees_version')::bigint + coalesce(later.revision, newest.revision) - newest.revision,
               'updated_at', coalesce(to_jsonb((
                 select counted.at from calsync.history counted
                   where counted.key = newest.key and counted.id > newest.id and counted.revision = later.revision
                     and later.revision > newest.revision and counted.kind in ${changesOfGuests}
                   order by counted.id limit 1)), newest.after -> 'updated_at')) end as state
        from newest left join lateral (
          select max(guest.revision) as revision from calsync.history guest
            where guest.key = newest.key and guest.id > newest.id and guest.kind in ${changesOfGuests}
        ) later on true
    )
    select coalesce(replayed.key, event.key) as key, replayed.state as replayed, to_jsonb(event) as stored
      from replayed full join (select * from calsync.desired_event where key = any(${keys}::text[])) event on event.key = replayed.key
      where replayed.state is not null or event.key is not null
      order by 1`.execute(tx);
  return rows;
}

interface ComparedGuest extends Compared {
  readonly mailbox: string;
}

/** The newest state of each guest since the row came last; whether the event is cancelled decides theirs. */
async function comparedGuests(tx: Db, keys: readonly string[]): Promise<readonly ComparedGuest[]> {
  const { rows } = await sql<ComparedGuest>`
    with born as (
      select distinct on (key) key, id, kind from calsync.history
        where key = any(${keys}::text[]) and kind in ('inserted', 'withdrawn') order by key, id desc
    ), newest as (
      select distinct on (change.key, coalesce(change.after, change.before) ->> 'normal_address')
             change.key, coalesce(change.after, change.before) ->> 'normal_address' as mailbox, change.after
        from born join calsync.history change on change.key = born.key and change.id > born.id
        where born.kind = 'inserted' and change.kind in ${changesOfGuests}
        order by change.key, coalesce(change.after, change.before) ->> 'normal_address', change.id desc
    ), standing as (
      select distinct on (key) key, after ->> 'cancelled_at' is not null as is_cancelled from calsync.history
        where key = any(${keys}::text[]) and kind in ${changesOfEvents} order by key, id desc
    ), replayed as (
      select newest.key, newest.mailbox,
             newest.after || jsonb_build_object('state', case when standing.is_cancelled then 'closed' else 'active' end) as state
        from newest join standing on standing.key = newest.key where newest.after is not null
    )
    select coalesce(replayed.key, guest.key) as key, coalesce(replayed.mailbox, guest.normal_address) as mailbox,
           replayed.state as replayed, to_jsonb(guest) as stored
      from replayed full join (select * from calsync.desired_attendee where key = any(${keys}::text[])) guest
        on guest.key = replayed.key and guest.normal_address = replayed.mailbox
      order by 1, 2`.execute(tx);
  return rows;
}

function eventDifference({ key, replayed, stored }: Compared): readonly ReplayDifference[] {
  if (stored === null) return [{ kind: 'row_missing', key }];
  if (replayed === null) return [{ kind: 'row_unexplained', key }];
  const columns = differingColumns(replayed, stored);
  return columns.length === 0 ? [] : [{ kind: 'row_differs', key, columns }];
}

function guestDifference({ key, mailbox, replayed, stored }: ComparedGuest): readonly ReplayDifference[] {
  if (stored === null) return [{ kind: 'guest_missing', key, address: mailbox }];
  if (replayed === null) return [{ kind: 'guest_unexplained', key, address: mailbox }];
  const columns = differingColumns(replayed, stored);
  return columns.length === 0 ? [] : [{ kind: 'guest_differs', key, address: mailbox, columns }];
}

/** A column that came with a later schema is not in older history, and is null or its default in the row. */
function differingColumns(replayed: Columns, stored: Columns): readonly string[] {
  const names = new Set([...Object.keys(replayed), ...Object.keys(stored)]);
  return [...names]
    .filter((name) => canonical(replayed[name] ?? null, name) !== canonical(stored[name] ?? null, name))
    .sort();
}

/** Two spellings of an instant are one. Both sides come from Postgres' `to_jsonb`, whose objects have their names in one order. */
function canonical(value: unknown, column: string): string {
  const isInstant = column.endsWith('_at') && typeof value === 'string';
  return isInstant ? String(Date.parse(value)) : JSON.stringify(value);
}

async function counterDifferences(tx: Db, keys: readonly string[]): Promise<readonly ReplayDifference[]> {
  const { rows } = await sql<{ key: string }>`
    select newest.key from (
      select distinct on (key) key, kind, generation, revision from calsync.history
        where key = any(${keys}::text[]) and kind in ${changesOfEvents} order by key, id desc
    ) newest left join calsync.key_counter counter on counter.key = newest.key
    where newest.kind = 'withdrawn' and (counter.generation, counter.revision) is distinct from (newest.generation, newest.revision)
    order by newest.key`.execute(tx);
  return rows.map(({ key }) => ({ kind: 'counter_differs', key }));
}

const notNumbered = Number.MAX_SAFE_INTEGER;

/** Between two rows of which the older was not yet in the reach of retention. */
async function gaps(tx: Db, keys: readonly string[]): Promise<readonly ReplayDifference[]> {
  const { rows } = await sql<{ key: string; before: number }>`
    select key, before from (
      select key, revision, lag(revision) over of_key as before,
             least(coalesce(position, ${notNumbered}), coalesce(lag(position) over of_key, ${notNumbered})) as lowest
        from calsync.history
        where key = any(${keys}::text[]) and (kind in ${changesOfEvents} or kind in ${changesOfGuests})
        window of_key as (partition by key order by id)
    ) step
    where revision - before not in (0, 1) and lowest > coalesce((select dropped_through from calsync.change_feed), 0)
    order by key, revision`.execute(tx);
  return rows.map(({ key, before }) => ({ kind: 'history_gap', key, afterRevision: before }));
}
