/** What has to hold of the tables when everyone has written. Each gives what is wrong, in lines; nothing wrong is an empty list. */
import type { Pool } from 'pg';
import type { Acknowledged } from './change.ts';

async function lines(pool: Pool, query: string, values: readonly unknown[] = []): Promise<readonly string[]> {
  const { rows } = await pool.query<{ line: string }>(query, [...values]);
  return rows.map(({ line }) => line);
}

/** Every acknowledged change is in the history whole and once, at the revision that was told, whatever was repeated. */
export async function acknowledgedButNotThere(
  pool: Pool,
  acknowledged: readonly Acknowledged[],
): Promise<readonly string[]> {
  const told = acknowledged.map(({ change, key, revision, kinds, value }) => ({
    actor: change.name,
    key,
    revision,
    kinds: [...kinds].sort().join(),
    value,
  }));
  return lines(
    pool,
    `with told as materialized (
       select * from jsonb_to_recordset($1::jsonb) as told (actor text, key text, revision bigint, kinds text, value text)
     ), found as materialized (
       select regexp_replace(actor, '^admin: ', '') as actor, key, string_agg(kind, ',' order by kind) as kinds, max(revision) as revision,
              bool_or(after::text like '%' || regexp_replace(actor, '^admin: ', '') || '%') as shows
         from calsync.history group by 1, 2
     )
     select told.actor || ' on ' || told.key || ': told revision ' || told.revision || ' and ' || told.kinds || ', found '
         || coalesce(found.revision || ' and ' || found.kinds, 'nothing') as line
       from told left join found on found.actor = told.actor and found.key = told.key
       where found.kinds is distinct from told.kinds or found.revision > told.revision or not found.shows
       order by 1`,
    [JSON.stringify(told)],
  );
}

/** Of a change whose client is gone before it heard the answer, the history has all or nothing; of changes that nobody made, nothing. */
export async function halfDone(
  pool: Pool,
  acknowledged: readonly Acknowledged[],
  abandoned: readonly { readonly name: string; readonly kinds: readonly string[] }[],
): Promise<readonly string[]> {
  const whole = abandoned.map(({ name, kinds }) => ({ name, kinds: [...kinds].sort().join() }));
  return lines(
    pool,
    `with abandoned as materialized (
       select * from jsonb_to_recordset($2::jsonb) as abandoned (name text, kinds text)
     ), found as materialized (
       select regexp_replace(actor, '^admin: ', '') as actor, string_agg(kind, ',' order by kind) as kinds
         from calsync.history where actor not in ('setup', 'admin: setup') group by 1
     )
     select found.actor || ': ' || found.kinds as line
       from found left join abandoned on abandoned.name = found.actor
       where not (found.actor = any($1)) and found.kinds is distinct from abandoned.kinds
       order by 1`,
    [acknowledged.map(({ change }) => change.name), JSON.stringify(whole)],
  );
}

/** Revisions of a key run from 1 to that of its row without a gap, generations too, and the mark names the last one. */
export async function gaps(pool: Pool): Promise<readonly string[]> {
  return lines(
    pool,
    `select event.key || ': revision ' || event.revision || ', generation ' || event.generation || ', marked ' || coalesce(mark.revision::text, 'never')
         || ', history ' || told.revisions || '/' || told.last_revision || ', ' || told.generations || '/' || told.last_generation as line
       from calsync.desired_event event
       left join calsync.dirty mark on mark.key = event.key
       cross join lateral (
         select count(distinct revision) as revisions, min(revision) as first_revision, max(revision) as last_revision,
                count(distinct generation) as generations, max(generation) as last_generation,
                count(*) filter (where kind in ('inserted', 'updated')) as own_changes
           from calsync.history where history.key = event.key
       ) told
       where told.first_revision is distinct from 1 or told.revisions <> event.revision or told.last_revision <> event.revision
          or told.generations <> event.generation or told.last_generation <> event.generation or told.own_changes <> event.generation
          or mark.revision is distinct from event.revision
       order by 1`,
  );
}

/** The rows are what the history says: the last \`after\` of each event, and the guests that were added. */
export async function unlikeHistory(pool: Pool): Promise<readonly string[]> {
  return lines(
    pool,
    `with last_of_event as (
       select distinct on (key) key, after from calsync.history where kind in ('inserted', 'updated') order by key, revision desc
     )
     select event.key || ': row' as line
       from calsync.desired_event event left join last_of_event told using (key)
       where to_jsonb(event) - array['revision', 'attendees_version', 'updated_at']
         is distinct from told.after - array['revision', 'attendees_version', 'updated_at']
     union all
     select coalesce(guest.key, told.key) || ': ' || coalesce(guest.address, told.address)
       from calsync.desired_attendee guest
       full join (select key, after ->> 'address' as address from calsync.history where kind = 'attendee_added') told
         on told.key = guest.key and told.address = guest.address
       where guest.key is null or told.key is null
     order by 1`,
  );
}

/** Each event's history in the order of its revisions is in the order of writing, before and after joined end to end. */
export async function tornHistory(pool: Pool): Promise<readonly string[]> {
  return lines(
    pool,
    `select key || ': ' || revision as line
       from (
         select key, revision, before - array['revision', 'attendees_version', 'updated_at'] as before,
                lag(after - array['revision', 'attendees_version', 'updated_at']) over (partition by key order by revision) as after_of_last,
                id, lag(id) over (partition by key order by revision) as id_of_last
           from calsync.history where kind in ('inserted', 'updated')
       ) joined
       where before is distinct from after_of_last or id < id_of_last order by 1`,
  );
}
