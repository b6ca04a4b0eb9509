/** What goes wrong with a table as a whole: it is truncated, or an upgrade spells every key another way. */
import { sql } from 'kysely';
import type { Db } from '../../../src/store/database.ts';
import { inTransaction } from '../../../src/store/transaction.ts';
import type { Dice } from '../dice.ts';

export type ImportDeed = { readonly kind: 'truncate' } | { readonly kind: 'rekey' };

export function drawImport(dice: Dice): ImportDeed {
  return { kind: dice.pick(['truncate', 'rekey', 'rekey']) };
}

export async function doImport(db: Db, deed: ImportDeed): Promise<string> {
  switch (deed.kind) {
    case 'truncate':
      await sql`truncate calsync.desired_event cascade`.execute(db);
      return 'by SQL';
    case 'rekey':
      return `${await rekey(db)} keys`;
  }
}

/** Every row as it is under another key, and the old rows taken out, in one transaction: as an import that knows its keys only. */
function rekey(db: Db): Promise<number> {
  return inTransaction(db, async (tx) => {
    await sql`create temporary table old_rows on commit drop as select * from calsync.desired_event where cancelled_at is null`.execute(
      tx,
    );
    await sql`delete from calsync.desired_event where key in (select key from old_rows)`.execute(tx);
    const { numAffectedRows } = await sql`
      insert into calsync.desired_event (key, calendar, schedule, summary, description, location, start_date, start_local, start_zone,
          start_offset, end_date, end_local, end_zone, end_offset, recurrence, reminders, labels, send_updates, allow_twin)
        select case when key like 'class-%' then replace(key, 'class-', 'lesson ') else replace(key, 'lesson ', 'class-') end,
            calendar, schedule, summary, description, location, start_date, start_local, start_zone,
            start_offset, end_date, end_local, end_zone, end_offset, recurrence, reminders, labels, send_updates, allow_twin
          from old_rows order by key`.execute(tx);
    return Number(numAffectedRows ?? 0);
  });
}
