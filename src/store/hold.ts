/** What the guard stopped, and what people decided about it. */
import { sql } from 'kysely';
import type { HoldDraft, HoldItem, Permission } from '../core/hold-draft.ts';
import type { HoldKind } from '../core/state.ts';
import type { Db } from './database.ts';

/** For how long an approval may be used. */
const approvalMs = 24 * 3_600_000;

/** Opens the holds of a plan, and lets those lapse whose set is another one now or went away. Only keys that were planned are judged. */
export async function syncHolds(
  tx: Db,
  calendar: string,
  plannedKeys: readonly string[],
  drafts: readonly HoldDraft[],
): Promise<void> {
  const hashes = drafts.map((draft) => draft.setHash);
  await sql`
    update calsync.hold set closed_at = calsync.now(), decision = 'lapsed', decided_by = 'calsync'
      where calendar = ${calendar} and closed_at is null and not (set_hash = any(${hashes}::text[]))
        and exists (select from calsync.hold_item item where item.hold = hold.id and item.key = any(${plannedKeys}::text[]))`.execute(
    tx,
  );
  for (const draft of drafts) await openHold(tx, draft);
}

async function openHold(tx: Db, draft: HoldDraft): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    insert into calsync.hold (calendar, kind, set_hash, reason) values (${draft.calendar}, ${draft.kind}, ${draft.setHash}, ${draft.reason})
      on conflict (calendar, kind, set_hash) where closed_at is null do nothing
      returning id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) return;
  const items = draft.items.map(({ key, eventId, revision, replaces }) => ({
    key,
    event_id: eventId,
    revision,
    replaces: replaces ?? null,
  }));
  await sql`
    insert into calsync.hold_item (hold, key, event_id, revision, replaces)
      select ${id}, key, event_id, revision, replaces
        from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as item (key text, event_id text, revision bigint, replaces text)`.execute(
    tx,
  );
}

/** Permissions that stand: approved, unused, not expired. */
export async function standingPermissions(db: Db, calendar: string): Promise<readonly Permission[]> {
  const { rows } = await sql<{ hold: number; kind: HoldKind; key: string; event_id: string }>`
    select hold.id as hold, hold.kind, item.key, item.event_id
      from calsync.hold join calsync.approval on approval.hold = hold.id join calsync.hold_item item on item.hold = hold.id
      where hold.calendar = ${calendar} and approval.expires_at > calsync.now() and item.used_at is null
      order by hold.id, item.key, item.event_id`.execute(db);
  return rows.map((row) => ({ hold: row.hold, kind: row.kind, key: row.key, eventId: row.event_id }));
}

/** Events of these keys of which a person last decided that they stay, by key. */
export async function refusedDeletions(
  db: Db,
  keys: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { rows } = await sql<{ key: string; event_ids: readonly string[] }>`
    select key, array_agg(event_id order by event_id) as event_ids
      from (select distinct on (item.key, item.event_id) item.key, item.event_id, hold.decision
        from calsync.hold_item item join calsync.hold on hold.id = item.hold
        where item.key = any(${keys}::text[]) and hold.kind in ('withdrawals', 'rekey') and hold.decision in ('approved', 'rejected')
        order by item.key, item.event_id, hold.closed_at desc, hold.id desc) decided
      where decision = 'rejected' group by key`.execute(db);
  return new Map(rows.map(({ key, event_ids }) => [key, new Set(event_ids)]));
}

/** Keys of a hold that would lose their event by it, or have no row: not those of which only an event beside their own is in it. */
export async function keysLosing(tx: Db, id: number): Promise<readonly string[]> {
  const { rows } = await sql<{ key: string }>`
    select distinct item.key from calsync.hold_item item
      where item.hold = ${id} and (not exists (select from calsync.desired_event event where event.key = item.key)
        or exists (select from calsync.binding bound where bound.key = item.key and bound.event_id = item.event_id
          and bound.state in ('live', 'gone')))
      order by item.key`.execute(tx);
  return rows.map(({ key }) => key);
}

export interface StoredHold {
  readonly id: number;
  readonly calendar: string;
  readonly kind: HoldKind;
  readonly reason: string;
  readonly openedAt: Date;
  readonly items: readonly HoldItem[];
}

/** Holds that wait for a person; with `id`, that one alone, if it is open. */
export async function openHolds(db: Db, id?: number): Promise<readonly StoredHold[]> {
  const { rows } = await sql<{
    id: number;
    calendar: string;
    kind: HoldKind;
    reason: string;
    opened_at: Date;
    items: readonly {
      readonly key: string;
      readonly event_id: string;
      readonly revision: number;
      readonly replaces: string | null;
    }[];
  }>`
    select hold.id, hold.calendar, hold.kind, hold.reason, hold.opened_at,
        (select jsonb_agg(jsonb_build_object('key', item.key, 'event_id', item.event_id, 'revision', item.revision, 'replaces', item.replaces) order by item.key, item.event_id)
          from calsync.hold_item item where item.hold = hold.id) as items
      from calsync.hold where hold.closed_at is null and ${id === undefined ? sql`true` : sql`hold.id = ${id}`}
      order by hold.id`.execute(db);
  return rows.map(({ opened_at, items, ...row }) => ({
    ...row,
    openedAt: opened_at,
    items: (items ?? []).map(({ event_id, replaces, ...item }) => ({
      ...item,
      eventId: event_id,
      ...(replaces === null ? {} : { replaces }),
    })),
  }));
}

/** Closes a hold by a person's word; false when it was closed already. */
export async function decideHold(
  tx: Db,
  id: number,
  decision: 'approved' | 'rejected',
  decidedBy: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update calsync.hold set closed_at = calsync.now(), decision = ${decision}, decided_by = ${decidedBy}
      where id = ${id} and closed_at is null`.execute(tx);
  if (numAffectedRows === 0n) return false;
  if (decision === 'approved') await permit(tx, id, decidedBy);
  return true;
}

/** Grants what a hold stopped: each of its items once, within a day. */
export async function permit(tx: Db, id: number, grantedBy: string): Promise<void> {
  await sql`
    insert into calsync.approval (hold, granted_by, expires_at)
      values (${id}, ${grantedBy}, calsync.now() + make_interval(secs => ${approvalMs / 1000}))`.execute(tx);
}
