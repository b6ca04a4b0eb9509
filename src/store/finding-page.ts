/** Findings page by page, the newest first. */
import type { Selectable } from 'kysely';
import type { FieldDifference } from '../core/field-diff.ts';
import type { Db } from './database.ts';
import type { StoredFinding } from './finding.ts';
import type { Database } from './schema.ts';

export interface FindingFilter {
  readonly calendar: string | null;
  readonly key: string | null;
  readonly kind: string | null;
  /** Null: both. */
  readonly open: boolean | null;
  /** Those of test calendars too, where neither a calendar nor a key is named. */
  readonly includeTest?: boolean;
}

type FindingKind = Selectable<Database['finding']>['kind'];

export interface ListedFinding extends Omit<StoredFinding, 'kind'> {
  readonly kind: FindingKind;
}

export interface FindingPage {
  readonly findings: readonly ListedFinding[];
  /** The number of the last one where older ones follow; null at the end. */
  readonly lastId: number | null;
}

/** At most `limit` findings older than the one with the number `before`. */
export async function readFindingPage(
  db: Db,
  { calendar, key, kind, open, includeTest = false }: FindingFilter,
  before: number | null,
  limit: number,
): Promise<FindingPage> {
  let query = db
    .selectFrom('finding')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(limit + 1);
  if (calendar !== null) query = query.where('calendar', '=', calendar);
  if (key !== null) query = query.where('key', '=', key);
  if (calendar === null && key === null && !includeTest)
    query = query.where('calendar', 'in', (calendars) =>
      calendars.selectFrom('calendar').select('calendar.id').where('calendar.namespace', '=', 'live'),
    );
  if (kind !== null) query = query.where('kind', '=', kind as FindingKind); // an unknown one has no rows
  if (open !== null) query = query.where('closed_at', open ? 'is' : 'is not', null);
  if (before !== null) query = query.where('id', '<', before);
  const rows = await query.execute();
  const findings = rows.slice(0, limit).map((row) => ({
    id: row.id,
    kind: row.kind,
    calendar: row.calendar,
    key: row.key,
    eventId: row.event_id,
    fields: row.fields as readonly FieldDifference[], // written by the engine alone
    reason: row.reason,
    flagged: row.flagged,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    closedAs: row.closed_as,
  }));
  return { findings, lastId: rows.length > limit ? (findings.at(-1)?.id ?? null) : null };
}
