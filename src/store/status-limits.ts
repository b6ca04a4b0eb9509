/** What the reconciler goes by, for those who only read how events stand. */
import { sql } from 'kysely';
import type { Db } from './database.ts';

export interface StatusLimits {
  /** For how long an observation may be believed. */
  readonly freshForMs: number;
  /** After how long an event that is over is settled; null: never. */
  readonly settledAfterMs: number | null;
}

/** Says it for every door; writes nothing where it was said before. */
export async function sayStatusLimits(db: Db, { freshForMs, settledAfterMs }: StatusLimits): Promise<void> {
  await sql`
    insert into calsync.setting as said (name, value)
      values ('reconciler', jsonb_build_object('freshForMs', ${freshForMs}::float8, 'settledAfterMs', ${settledAfterMs}::float8))
      on conflict (name) do update set value = excluded.value, set_at = calsync.now(), set_by = session_user
        where said.value <> excluded.value`.execute(db);
}
