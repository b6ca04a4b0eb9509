/** From when a table is that is older than its calendar: a restored backup (P34). Reads, and writes nothing. */
import type { HoldDraft } from '../core/hold-draft.ts';
import type { CalendarPlan } from '../core/plan-calendar.ts';
import type { Db } from '../store/database.ts';
import { openHolds } from '../store/hold.ts';
import { type TableAge, tableAge } from '../store/table-age.ts';

/** The plan, whose hold of an older table says from when the table is. Asks nothing where there is none. */
export async function withTableAge(db: Db, plan: CalendarPlan): Promise<CalendarPlan> {
  if (!plan.holds.some(({ kind }) => kind === 'table_older')) return plan;
  const holds = await Promise.all(plan.holds.map((draft) => (draft.kind === 'table_older' ? dated(db, draft) : draft)));
  return { ...plan, holds };
}

/** Why the calendar is held, as it was said when it was found; null where the table is not older than it. */
export async function olderTable(db: Db, plan: CalendarPlan): Promise<string | null> {
  const draft = plan.holds.find(({ kind }) => kind === 'table_older');
  if (draft === undefined) return null;
  const told = (await openHolds(db)).find(({ calendar, kind }) => calendar === plan.calendar && kind === 'table_older');
  return told?.reason ?? (await dated(db, draft)).reason;
}

async function dated(db: Db, draft: HoldDraft): Promise<HoldDraft> {
  const { calendar, items, reason } = draft;
  const age = await tableAge(
    db,
    items.map(({ eventId }) => ({ calendar, eventId })),
  );
  return { ...draft, reason: `${reason}${ageText(age)}` };
}

function ageText({ tableAt, googleAt }: TableAge): string {
  const table =
    tableAt === null ? '' : `; the last change that the table knows is of ${toSecond(tableAt.toISOString())}`;
  return googleAt === null ? table : `${table}, and Google shows changes of ${toSecond(googleAt)}`;
}

function toSecond(instant: string): string {
  return `${instant.slice(0, 19)}Z`;
}
