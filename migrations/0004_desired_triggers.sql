-- Stamps, history and dirty marks, whoever writes. SECURITY DEFINER with a fixed search path: a writer needs rights on the two
-- desired tables alone.

create function calsync.writer() returns table (actor text, source text, door text)
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(nullif(current_setting('calsync.actor', true), ''), session_user::text),
           case current_setting('calsync.source', true) when 'google' then 'google' when 'calsync' then 'calsync' else 'caller' end,
           coalesce(nullif(current_setting('calsync.door', true), ''), 'sql')
  $$;

comment on function calsync.writer() is 'Who writes in this transaction: set local calsync.actor, calsync.source, calsync.door.';

-- The fields of a row that are the caller's: what generation counts.
create function calsync.own_fields(event calsync.desired_event) returns jsonb
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select to_jsonb(event) - array['generation', 'revision', 'attendees_version', 'created_at', 'updated_at']
  $$;

comment on function calsync.own_fields(calsync.desired_event) is 'The caller''s fields of a row: what generation counts.';

create function calsync.stamp_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    own_changed boolean;
  begin
    if tg_op = 'INSERT' then
      insert into calsync.key_counter as counter (key, generation, revision) values (new.key, 1, 1)
        on conflict (key) do update set generation = counter.generation + 1, revision = counter.revision + 1
        returning counter.generation, counter.revision into new.generation, new.revision;
      new.attendees_version := 0;
      new.created_at := calsync.now();
      new.updated_at := new.created_at;
      return new;
    end if;

    if new.key <> old.key then
      raise exception 'a key is permanent: % cannot be renamed', left(old.key, 80)
        using errcode = 'check_violation', constraint = 'key_is_permanent', table = 'desired_event', schema = 'calsync', column = 'key',
              hint = 'Insert a row with the new key and delete the old one.';
    end if;
    new.created_at := old.created_at;
    own_changed := calsync.own_fields(new) is distinct from calsync.own_fields(old);
    new.generation := old.generation + own_changed::int;
    new.revision := old.revision + (own_changed or new.attendees_version <> old.attendees_version)::int;
    new.updated_at := case when new.revision > old.revision then calsync.now() else old.updated_at end;
    return new;
  end
  $$;

comment on function calsync.stamp_event() is 'Keeps generation, revision and times of a desired row.';

create trigger stamp before insert or update on calsync.desired_event
  for each row execute function calsync.stamp_event();

-- One dirty mark per key; a new one takes the place of an old one and ends its waiting.
create function calsync.mark_dirty(keys text[], revisions bigint[], calendars text[], starts timestamptz[]) returns void
  language sql volatile set search_path = pg_catalog, pg_temp
  as $$
    insert into calsync.dirty as mark (key, calendar, revision, starts_at)
      select changed.key, coalesce(bound.calendar, changed.calendar), changed.revision, changed.starts_at
        from unnest(keys, revisions, calendars, starts) as changed (key, revision, calendar, starts_at)
        left join calsync.binding bound on bound.key = changed.key and bound.state in ('live', 'gone')
        order by changed.key
      on conflict (key) do update set calendar = excluded.calendar, revision = greatest(mark.revision, excluded.revision),
        starts_at = coalesce(excluded.starts_at, mark.starts_at), due_at = calsync.now(),
        marked_at = case when mark.parked then calsync.now() else mark.marked_at end,
        attempts = 0, parked = false, fault = null, error_kind = null, reason = null
  $$;

comment on function calsync.mark_dirty(text[], bigint[], text[], timestamptz[]) is
  'Marks keys as needing work in the turn of the calendar where they live, else of the desired one.';

create function calsync.starts_at(event calsync.desired_event) returns timestamptz
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select case when event.start_date is not null then event.start_date::timestamp at time zone 'UTC'
      else calsync.instant(event.start_local, event.start_zone, event.start_offset) end
  $$;

comment on function calsync.starts_at(calsync.desired_event) is 'The instant at which it starts, by the zone rules of this database; for ordering only.';

create function calsync.record_event_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into calsync.history (key, kind, generation, revision, actor, source, door, after)
      select e.key, 'inserted', e.generation, e.revision, w.actor, w.source, w.door, to_jsonb(e)
        from after_rows e cross join calsync.writer() w order by e.key;
    perform calsync.mark_dirty(array_agg(e.key), array_agg(e.revision), array_agg(e.calendar), array_agg(calsync.starts_at(e)))
      from (select (r).* from (select r::calsync.desired_event as r from after_rows r) x) e
      having count(*) > 0;
    return null;
  end
  $$;
