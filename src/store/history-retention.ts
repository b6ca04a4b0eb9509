/**
 * How long history is kept. Never dropped: the first version of a key; and of what is older than the limit, whatever is needed to tell
 * how the key stood at the limit and since: its newest state, its newest revision, the last time its row came, and the newest state of
 * each of its guests.
 */
import { sql } from 'kysely';
import { adjustable } from './adjustable-setting.ts';
import type { Db } from './database.ts';
import { Sequencer } from './sequencer.ts';

/** Numbered rows that one step looks at, and the steps of one run: the next run goes on from there. */
const rowsAStep = 2_000;
const mostSteps = 20;
const mostNumberingRounds = 20;

/** Drops history that is older than the setting `history.retentionDays`, a bounded part of it. Only what has a position is dropped. */
export async function dropOldHistory(db: Db): Promise<void> {
  await new Sequencer(db).numberAll(mostNumberingRounds);
  const days = await adjustable(db, 'history.retentionDays');
  for (let step = 0; step < mostSteps; step += 1) {
    if (!(await dropStep(db, days))) return;
  }
}

/** Looks at the rows that came over the limit since the last step, and at the older rows of their keys. False: there are none. */
async function dropStep(db: Db, days: number): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    await sql`select set_config('calsync.retention', 'on', true)`.execute(tx);
    await sql`
      insert into calsync.change_feed (swept_through, dropped_through) values (0, 0) on conflict (id) do nothing`.execute(
      tx,
    );
    const { rows } = await sql<{ swept: number }>`
      select swept_through as swept from calsync.change_feed for update`.execute(tx);
    const swept = rows[0]?.swept ?? 0;
    const { rows: aged } = await sql<{ position: number; key: string }>`
      select position, key from (
        select position, key, at < calsync.now() - make_interval(days => ${days}) as is_old,
               bool_and(at < calsync.now() - make_interval(days => ${days})) over (order by position) as all_old
          from calsync.history where position > ${swept} order by position limit ${rowsAStep}
      ) next where all_old order by position`.execute(tx);
    const through = aged.at(-1)?.position;
    if (through === undefined) return false;
    await dropOfKeys(tx, [...new Set(aged.map(({ key }) => key))], through);
    return true;
  });
}

async function dropOfKeys(tx: Db, keys: readonly string[], through: number): Promise<void> {
  await sql`
    with old as materialized (
      select id, key, kind, position, revision, coalesce(after, before) ->> 'normal_address' as mailbox, after is null as is_removal
        from calsync.history where key = any(${keys}::text[]) and position <= ${through}
    ), judged as (
      select old.id, old.position, old.kind, old.is_removal,
             row_number() over (partition by old.key order by old.id) = 1 as is_first,
             max(old.id) filter (where old.kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn')) over of_key as state_id,
             max(old.id) filter (where old.kind = 'inserted') over of_key as born_id,
             max(old.id) over (partition by old.key, old.mailbox) as mailbox_id,
             old.revision = max(old.revision) over of_key as is_newest
        from old window of_key as (partition by old.key)
    ), dropped as (
      delete from calsync.history gone using judged
        where gone.id = judged.id and not judged.is_first
          and gone.position < (select max(position) from calsync.history)
          and case
            when judged.kind in ('google_changed', 'google_deleted', 'google_answered') then true
            when judged.is_newest then false
            when judged.kind like 'attendee%' then
              judged.id <> judged.mailbox_id or judged.id < judged.born_id or judged.is_removal
            else judged.id <> judged.state_id and judged.id <> judged.born_id
          end
        returning gone.position
    )
    update calsync.change_feed set swept_through = ${through},
      dropped_through = greatest(dropped_through, (select coalesce(max(position), 0) from dropped))`.execute(tx);
}
