/** When series end: SQL cannot expand their rules, so what the program finds is kept for it. */
import { sql } from 'kysely';
import type { StatedEvent } from '../core/stated-event.ts';
import type { Db } from './database.ts';

export interface StatedSeries {
  readonly key: string;
  readonly stated: Pick<StatedEvent, 'start' | 'end' | 'recurrence'>;
  /** The end of the last occurrence, in milliseconds; null: it never ends. */
  readonly endsAt: number | null;
}

/** Keeps the ends of series, and drops those that the same keys had before. */
export async function noteSeriesEnds(db: Db, series: readonly StatedSeries[]): Promise<void> {
  if (series.length === 0) return;
  const rows = series.map(({ key, stated: { start, end, recurrence }, endsAt }) => ({
    key,
    start,
    end,
    recurrence,
    ends_at: endsAt === null ? 'infinity' : new Date(endsAt).toISOString(),
  }));
  await sql`
    with found as materialized (
      select distinct on (key, series) key, calsync.series_hash(start, "end", recurrence) as series, ends_at
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
          as found (key text, start jsonb, "end" jsonb, recurrence jsonb, ends_at timestamptz)
    ), before as (
      delete from calsync.series_end known using found
        where known.key = found.key and not exists (select from found kept where kept.key = known.key and kept.series = known.series)
    )
    insert into calsync.series_end as known (key, series, ends_at)
      select key, series, ends_at from found order by key, series
      on conflict (key, series) do nothing`.execute(db);
}
