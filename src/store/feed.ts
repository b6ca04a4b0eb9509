/** The change feed: numbered history, read by position. */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { HistoryKind } from './history.ts';

export interface Change {
  readonly position: number;
  readonly key: string;
  readonly kind: HistoryKind;
  readonly generation: number;
  readonly revision: number;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly actor: string;
  readonly source: 'caller' | 'google' | 'calsync';
  readonly door: string;
  /** Those that it concerns; the first is that of the event after the change. */
  readonly calendars: readonly string[];
  readonly schedules: readonly string[];
  readonly people: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** Which changes somebody follows. An empty list asks for any; several lists ask for all of them at once. */
export interface ChangeFilter {
  readonly calendars: readonly string[];
  readonly schedules: readonly string[];
  readonly people: readonly string[];
}

export const everyChange: ChangeFilter = { calendars: [], schedules: [], people: [] };

export function isFollowed(change: Pick<Change, 'calendars' | 'schedules' | 'people'>, filter: ChangeFilter): boolean {
  return (
    meets(change.calendars, filter.calendars) &&
    meets(change.schedules, filter.schedules) &&
    meets(change.people, filter.people)
  );
}

function meets(concerned: readonly string[], wanted: readonly string[]): boolean {
  return wanted.length === 0 || wanted.some((name) => concerned.includes(name));
}

export interface FeedEnds {
  /** The newest position; 0 while there is none. */
  readonly newest: number;
  /** Rows up to this position are not all kept any more. */
  readonly droppedThrough: number;
}

export async function feedEnds(db: Db): Promise<FeedEnds> {
  const { rows } = await sql<FeedEnds>`select ${ends}`.execute(db);
  return rows[0] ?? { newest: 0, droppedThrough: 0 };
}

const ends = sql`(select coalesce(max(position), 0) from calsync.history) as newest,
  coalesce((select dropped_through from calsync.change_feed), 0) as "droppedThrough"`;

export interface ReadChanges extends FeedEnds {
  readonly changes: readonly Change[];
  /** Up to here everything was looked at. */
  readonly through: number;
}

/** Positions that one reading looks at, at most: a filter that nothing meets costs no more than this at a time. */
const widestReading = 5_000;

/** The changes after a position, in order: `limit` at most, from a bounded stretch of the history, all as of one moment. */
export async function readChanges(db: Db, after: number, filter: ChangeFilter, limit: number): Promise<ReadChanges> {
  const { rows } = await sql<FeedEnds & { changes: readonly Change[] }>`
    select ${ends}, coalesce((
      select jsonb_agg(to_jsonb(found) order by found.position) from (
        select position, key, kind, generation, revision, at, actor, source, door, calendars, schedules, people, before, after
          from calsync.history
          where position > ${after} and position <= ${after + widestReading}
            and (${filter.calendars.length === 0} or calendars && ${filter.calendars}::text[])
            and (${filter.schedules.length === 0} or schedules && ${filter.schedules}::text[])
            and (${filter.people.length === 0} or people && ${filter.people}::text[])
          order by position limit ${limit}
      ) found), '[]') as changes`.execute(db);
  const [row] = rows;
  if (row === undefined) return { newest: 0, droppedThrough: 0, changes: [], through: after };
  const { newest, droppedThrough } = row;
  const changes = row.changes.map((change) => ({ ...change, at: new Date(change.at).toISOString() }));
  const whole = changes.length < limit;
  const last = changes.at(-1)?.position ?? after;
  return {
    newest,
    droppedThrough,
    changes,
    through: whole ? Math.max(after, Math.min(newest, after + widestReading)) : last,
  };
}
