/** Named differences, from when they were seen to when they ended. */
import { sql } from 'kysely';
import type { FieldDifference } from '../core/field-diff.ts';
import type { FindingKind, ItemKind, Outcome, PlanItem } from '../core/plan.ts';
import type { FieldName } from '../core/stated-event.ts';
import type { Db } from './database.ts';

/** Kinds that are no finding: the table moved, and Google follows. */
const ordinary: ReadonlySet<ItemKind> = new Set(['pending', 'withdrawn']);

/**
 * Opens the findings of what was planned and closes those of the same keys that are no more. `evidence` keeps what a person typed before
 * it is overwritten.
 */
export async function syncFindings(tx: Db, outcomes: readonly Outcome[]): Promise<void> {
  const judged = outcomes.filter(({ row }) => row !== 'not_fresh' && row !== 'unsettled');
  if (judged.length === 0) return;
  const open = judged.flatMap((outcome) => mergeItems(outcome).map((item) => rowOf(outcome.key, item)));
  await sql`
    with seen as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(open)}::jsonb)
        as seen (kind text, calendar text, key text, event_id text, fields jsonb, reason text, flagged boolean)
    ), closed as (
      update calsync.finding set closed_at = calsync.now(), closed_as = 'gone'
        where closed_at is null and key = any(${judged.map(({ key }) => key)}::text[]) and kind not in ('rejected', 'unreachable')
          and not exists (select from seen where seen.kind = finding.kind and seen.key = finding.key and seen.calendar = finding.calendar
            and coalesce(seen.event_id, '') = coalesce(finding.event_id, ''))
    )
    insert into calsync.finding as known (kind, calendar, key, event_id, fields, reason, flagged)
      select kind, calendar, key, event_id, fields, reason, flagged from seen order by kind, calendar, key, event_id
      on conflict (kind, calendar, coalesce(key, ''), coalesce(event_id, '')) where closed_at is null
        do update set fields = excluded.fields, reason = excluded.reason, flagged = excluded.flagged
          where (known.fields, known.reason, known.flagged) is distinct from (excluded.fields, excluded.reason, excluded.flagged)`.execute(
    tx,
  );
}

/** One finding per kind and event: what one event differs in by the same kind is told together. */
function mergeItems(outcome: Outcome): readonly PlanItem[] {
  const merged = new Map<string, PlanItem>();
  for (const item of outcome.items.filter(({ kind }) => !ordinary.has(kind))) {
    const name = JSON.stringify([item.kind, item.calendar, item.eventId]);
    const known = merged.get(name);
    merged.set(
      name,
      known === undefined
        ? item
        : { ...known, fields: [...known.fields, ...item.fields], flagged: known.flagged || item.flagged },
    );
  }
  return [...merged.values()];
}

function rowOf(key: string, item: PlanItem): Record<string, unknown> {
  return {
    kind: item.kind,
    calendar: item.calendar,
    key,
    event_id: item.eventId,
    fields: item.fields,
    reason: item.reason,
    flagged: item.flagged || item.withheld !== null,
  };
}

/** What has just been put right: `fields` of a key, or all of it. */
export interface Mended {
  readonly key: string;
  readonly fields: readonly FieldName[] | 'all';
}

/**
 * Closes what a call, or a change of the table, has just put right; a difference in a field that was left alone stays open. A row that was
 * parked was taken after all.
 */
export async function closeMended(tx: Db, mended: readonly Mended[], as: 'mended' | 'accepted'): Promise<void> {
  const rows = mended.map(({ key, fields }) => ({ key, fields: fields === 'all' ? null : fields }));
  await sql`
    update calsync.finding set closed_at = calsync.now(), closed_as = ${as}
      where closed_at is null and key = any(${rows.map(({ key }) => key)}::text[])
        and (kind = 'rejected' or not flagged and kind not in ('occurrence', 'zone_rules_differ', 'guest_copies_may_remain')
          and exists (select from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as mended (key text, fields jsonb)
            where mended.key = finding.key and (mended.fields is null or not exists (
              select from jsonb_array_elements(finding.fields) part where not mended.fields ? (part ->> 'field')))))`.execute(
    tx,
  );
}

/** A row that Google will never take: parked, and told. */
export async function openRejected(tx: Db, calendar: string, key: string, reason: string): Promise<void> {
  await sql`
    insert into calsync.finding (kind, calendar, key, reason, flagged) values ('rejected', ${calendar}, ${key}, ${reason}, true)
      on conflict (kind, calendar, coalesce(key, ''), coalesce(event_id, '')) where closed_at is null
        do update set reason = excluded.reason`.execute(tx);
}

/** A person says that calsync may try again: contests of these keys end. */
export async function closeContested(tx: Db, keys: readonly string[]): Promise<void> {
  await sql`
    update calsync.finding set closed_at = calsync.now(), closed_as = 'accepted'
      where key = any(${keys}::text[]) and kind = 'contested' and closed_at is null`.execute(tx);
}

export interface StoredFinding {
  readonly id: number;
  readonly kind: FindingKind;
  readonly calendar: string;
  readonly key: string | null;
  readonly eventId: string | null;
  readonly fields: readonly FieldDifference[];
  readonly reason: string;
  readonly flagged: boolean;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly closedAs: 'mended' | 'accepted' | 'gone' | null;
}
