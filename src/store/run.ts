/** One row per turn. */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { Lease } from './lease.ts';

export interface RunRecord {
  readonly startedAt: Date;
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly error: { readonly kind: string; readonly reason: string | null } | null;
}

export async function recordRun(db: Db, lease: Lease, run: RunRecord): Promise<void> {
  await sql`
    insert into calsync.run (calendar, epoch, started_at, outcome, counts, error_kind, error_reason)
      values (${lease.calendar}, ${lease.epoch}, ${run.startedAt}, ${run.outcome}, ${JSON.stringify(run.counts)}::jsonb,
        ${run.error?.kind ?? null}, ${run.error?.reason ?? null})`.execute(db);
}
