-- Stamps, history and dirty marks, whoever writes. SECURITY DEFINER with a fixed search path: a writer needs rights on the two
-- desired tables alone. Nothing here touches calsync.calendar: writers never wait for a turn, nor a turn for writers.

create function calsync.writer() returns table (actor text, source text, door text)
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(nullif(current_setting('calsync.actor', true), ''), session_user::text),
           case current_setting('calsync.source', true) when 'google' then 'google' when 'calsync' then 'calsync' else 'caller' end,
           coalesce(nullif(current_setting('calsync.door', true), ''), 'sql')
  $$;

comment on function calsync.writer() is 'Who writes in this transaction: set local calsync.actor, calsync.source, calsync.door.';

create function calsync.starts_at(start_date date, start_local timestamp, start_zone text, start_offset text) returns timestamptz
  language sql immutable parallel safe
  return case when start_date is not null then start_date::timestamp at time zone 'UTC'
    else calsync.instant(start_local, start_zone, start_offset) end;

comment on function calsync.starts_at(date, timestamp, text, text) is
  'The instant at which an event starts, by the zone rules of this database; for ordering only.';

create function calsync.require_zone(zone text, side text) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  begin
    if zone is not null and not exists (select from calsync.time_zone known where known.name = zone) then
      raise exception 'the zone of the %, "%", is not one that calsync knows', side, left(zone, 40)
        using errcode = 'foreign_key_violation', schema = 'calsync', table = 'desired_event', column = side || '_zone',
              constraint = 'desired_event_' || side || '_zone_fkey',
              hint = 'Use a name of the IANA database in its own spelling, such as Europe/Copenhagen; calsync.time_zone lists them.';
    end if;
  end
  $$;

comment on function calsync.require_zone(text, text) is
  'Refuses an unknown zone by name before any check computes with it; says the same as the foreign key would, and more.';

-- The counter is written even where ON CONFLICT then turns the insert into an update: while a row lives its own numbers count, and
-- its removal sets the counter from them. Writing it here makes an insert wait for a removal of the same key that is still open.
create function calsync.stamp_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    kept_here constant text[] := array['generation', 'revision', 'attendees_version', 'created_at', 'updated_at'];
    own_changed boolean;
  begin
    if tg_op = 'INSERT' or new.start_zone is distinct from old.start_zone then
      perform calsync.require_zone(new.start_zone, 'start');
    end if;
    if new.end_zone is distinct from new.start_zone then
      perform calsync.require_zone(new.end_zone, 'end');
    end if;

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
      raise exception 'a key is permanent: "%" cannot be renamed', left(old.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'key',
              constraint = 'key_is_permanent', hint = 'Insert a row with the new key and delete the old one.';
    end if;
    if pg_trigger_depth() < 2 then
      new.attendees_version := old.attendees_version; -- only the trigger on attendees counts them
    end if;
    new.created_at := old.created_at;
    own_changed := (to_jsonb(new) - kept_here) is distinct from (to_jsonb(old) - kept_here);
    new.generation := old.generation + own_changed::int;
    new.revision := old.revision + (own_changed or new.attendees_version <> old.attendees_version)::int;
    new.updated_at := case when new.revision > old.revision then calsync.now() else old.updated_at end;
    return new;
  end
  $$;

comment on function calsync.stamp_event() is 'Keeps generation, revision and times of a desired row, whatever the writer says they are.';

create trigger stamp before insert or update on calsync.desired_event
  for each row execute function calsync.stamp_event();

create function calsync.mark_dirty(keys text[], revisions bigint[], calendars text[], starts timestamptz[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into calsync.dirty as mark (key, calendar, revision, starts_at)
      select changed.key, coalesce(bound.calendar, calling.calendar, changed.calendar), changed.revision, changed.starts_at
        from unnest(keys, revisions, calendars, starts) as changed (key, revision, calendar, starts_at)
        left join calsync.binding bound on bound.key = changed.key and bound.state in ('live', 'gone')
        left join lateral (
          select intent.calendar from calsync.intent
            where intent.key = changed.key and intent.outcome is null and bound.key is null
            order by intent.id desc limit 1
        ) calling on true
        order by changed.key
      on conflict (key) do update set calendar = excluded.calendar, revision = greatest(mark.revision, excluded.revision),
        starts_at = coalesce(excluded.starts_at, mark.starts_at), due_at = calsync.now(),
        marked_at = case when mark.parked then calsync.now() else mark.marked_at end,
        attempts = 0, parked = false, fault = null, error_kind = null, reason = null;
  end
  $$;

comment on function calsync.mark_dirty(text[], bigint[], text[], timestamptz[]) is
  'One mark per key, in the turn of the calendar where it lives, else where a call about it is open, else of the desired one. A new mark ends the waiting of an old one.';

create function calsync.record_event_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into calsync.history (key, kind, generation, revision, actor, source, door, after)
      select e.key, 'inserted', e.generation, e.revision, w.actor, w.source, w.door, to_jsonb(e)
        from after_rows e cross join calsync.writer() w order by e.key;
    perform calsync.mark_dirty(array_agg(e.key), array_agg(e.revision), array_agg(e.calendar),
        array_agg(calsync.starts_at(e.start_date, e.start_local, e.start_zone, e.start_offset)))
      from after_rows e having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.record_event_insert() is 'History and dirty marks of inserted rows.';

create trigger record_insert after insert on calsync.desired_event
  referencing new table as after_rows
  for each statement execute function calsync.record_event_insert();

-- A row whose attendees alone changed has a new revision and the generation of before: its history is that of the attendees. Before
-- and after are brought together by grouping: a join of two transition tables would be planned once, for as few rows as came first.
create function calsync.record_event_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    turned text[];
  begin
    insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after)
      select change.key,
             case when change.cancelled_before = change.cancelled_after then 'updated' when change.cancelled_after then 'cancelled' else 'revived' end,
             change.generation, change.revision, w.actor, w.source, w.door, change.before, change.after
        from (
          select side.key, max(side.generation) as generation, max(side.revision) as revision,
                 bool_or(side.is_cancelled) filter (where not side.is_after) as cancelled_before,
                 bool_or(side.is_cancelled) filter (where side.is_after) as cancelled_after,
                 jsonb_agg(side.body) filter (where not side.is_after) -> 0 as before,
                 jsonb_agg(side.body) filter (where side.is_after) -> 0 as after
            from (
              select b.key, b.generation, b.revision, b.cancelled_at is not null as is_cancelled, false as is_after, to_jsonb(b) as body from before_rows b
              union all
              select a.key, a.generation, a.revision, a.cancelled_at is not null, true, to_jsonb(a) from after_rows a
            ) side
            group by side.key having max(side.generation) > min(side.generation)
        ) change cross join calsync.writer() w order by change.key;

    select array_agg(change.key) into turned
      from (
        select side.key from (select key, cancelled_at from before_rows union all select key, cancelled_at from after_rows) side
          group by side.key having count(side.cancelled_at) = 1
      ) change;
    if turned is not null then
      update calsync.desired_attendee attendee set state = case when event.cancelled_at is null then 'active' else 'closed' end
        from calsync.desired_event event
        where event.key = any (turned) and attendee.key = event.key;
    end if;

    perform calsync.mark_dirty(array_agg(change.key), array_agg(change.revision), array_agg(change.calendar), array_agg(change.starts_at))
      from (
        select side.key, max(side.revision) as revision, max(side.calendar) as calendar, max(side.starts_at) as starts_at
          from (
            select b.key, b.revision, null as calendar, null as starts_at from before_rows b
            union all
            select a.key, a.revision, a.calendar, calsync.starts_at(a.start_date, a.start_local, a.start_zone, a.start_offset) from after_rows a
          ) side
          group by side.key having max(side.revision) > min(side.revision)
      ) change having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.record_event_update() is
  'History and dirty marks of changed rows; cancelling closes the attendees with it, reviving opens them.';

create trigger record_update after update on calsync.desired_event
  referencing old table as before_rows new table as after_rows
  for each statement execute function calsync.record_event_update();

create function calsync.record_event_delete() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    insert into calsync.key_counter (key, generation, revision)
      select b.key, b.generation, b.revision + 1 from before_rows b order by b.key
      on conflict (key) do update set generation = excluded.generation, revision = excluded.revision;
    insert into calsync.history (key, kind, generation, revision, actor, source, door, before)
      select b.key, 'withdrawn', b.generation, b.revision + 1, w.actor, w.source, w.door, to_jsonb(b)
        from before_rows b cross join calsync.writer() w order by b.key;
    perform calsync.mark_dirty(array_agg(b.key), array_agg(b.revision + 1), array_agg(b.calendar),
        array_agg(calsync.starts_at(b.start_date, b.start_local, b.start_zone, b.start_offset)))
      from before_rows b having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.record_event_delete() is 'A removed row is withdrawn: history, its numbers kept, a dirty mark with the revision of the withdrawal.';

create trigger record_delete after delete on calsync.desired_event
  referencing old table as before_rows
  for each statement execute function calsync.record_event_delete();

create function calsync.stamp_attendee() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if tg_op = 'INSERT' then
      new.added_at := calsync.now();
      return new;
    end if;
    if new.key <> old.key or calsync.normal_address(new.address) <> old.normal_address then
      raise exception 'an attendee of "%" cannot become another one', left(old.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'attendee_is_permanent', hint = 'Insert the new attendee and delete the old one.';
    end if;
    new.added_at := old.added_at;
    return new;
  end
  $$;

comment on function calsync.stamp_attendee() is 'Keeps when an attendee was added, and that a row stays about the same guest of the same event.';

create trigger stamp before insert or update on calsync.desired_attendee
  for each row execute function calsync.stamp_attendee();

-- Locks the events in key order before it looks at them: an enrolment and a cancellation that overlap wait for each other here, and
-- the later one sees what the earlier one did. FOR NO KEY UPDATE, as the foreign key's own lock goes with it.
create function calsync.lock_events_of_attendees(keys text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong record;
  begin
    perform from calsync.desired_event event where event.key = any (keys) order by event.key for no key update;

    select attendee.key, attendee.state into wrong
      from calsync.desired_event event join calsync.desired_attendee attendee on attendee.key = event.key
      where event.key = any (keys) and (attendee.state = 'active') <> (event.cancelled_at is null)
      order by attendee.key limit 1;
    if wrong.state = 'active' then
      raise exception 'the event "%" is cancelled: nobody can be added to it', left(wrong.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', constraint = 'event_is_cancelled',
              hint = 'If it should take place after all, set its cancelled_at to null first.';
    elsif wrong.state = 'closed' then
      raise exception 'the state of an attendee follows its event, and "%" is not cancelled', left(wrong.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'state',
              constraint = 'state_follows_event', hint = 'Leave state out; to take a guest off the event delete the row.';
    end if;
  end
  $$;

comment on function calsync.lock_events_of_attendees(text[]) is
  'Locks the events of changed attendees and refuses an active attendee of a cancelled event, or a closed one of a live event.';

-- Rows whose event is gone come from its removal and need nothing more. A change of state alone comes from the event, counted there.
create function calsync.record_attendees() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    changes jsonb;
    touched text[];
    counted text[];
  begin
    if tg_op = 'INSERT' then
      select array_agg(distinct a.key),
             jsonb_agg(jsonb_build_object('key', a.key, 'kind', 'attendee_added', 'after', to_jsonb(a)) order by a.key, a.normal_address)
        into touched, changes from after_rows a;
    elsif tg_op = 'DELETE' then
      select array_agg(distinct b.key),
             jsonb_agg(jsonb_build_object('key', b.key, 'kind', 'attendee_removed', 'before', to_jsonb(b)) order by b.key, b.normal_address)
        into touched, changes from before_rows b;
    else
      select array_agg(distinct pair.key),
             jsonb_agg(jsonb_build_object('key', pair.key, 'kind', 'attendee_changed', 'before', pair.before, 'after', pair.after)
               order by pair.key, pair.normal_address)
               filter (where pair.after - 'state' is distinct from pair.before - 'state')
        into touched, changes
        from (
          select side.key, side.normal_address, jsonb_agg(side.body) filter (where not side.is_after) -> 0 as before,
                 jsonb_agg(side.body) filter (where side.is_after) -> 0 as after
            from (
              select b.key, b.normal_address, false as is_after, to_jsonb(b) as body from before_rows b
              union all
              select a.key, a.normal_address, true, to_jsonb(a) from after_rows a
            ) side
            group by side.key, side.normal_address
        ) pair;
    end if;
    if touched is null then
      return null;
    end if;
    perform calsync.lock_events_of_attendees(touched);
    if changes is null then
      return null;
    end if;

    select array_agg(distinct change ->> 'key') into counted from jsonb_array_elements(changes) change;
    update calsync.desired_event event set attendees_version = event.attendees_version + 1 where event.key = any (counted);
    insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after)
      select event.key, change ->> 'kind', event.generation, event.revision, w.actor, w.source, w.door, change -> 'before', change -> 'after'
        from jsonb_array_elements(changes) with ordinality as listed (change, place)
        join calsync.desired_event event on event.key = change ->> 'key'
        cross join calsync.writer() w order by place;
    return null;
  end
  $$;

comment on function calsync.record_attendees() is
  'What a statement changed about attendees: one revision of the event, one history row per attendee.';

create trigger record_insert after insert on calsync.desired_attendee
  referencing new table as after_rows
  for each statement execute function calsync.record_attendees();

create trigger record_update after update on calsync.desired_attendee
  referencing old table as before_rows new table as after_rows
  for each statement execute function calsync.record_attendees();

create trigger record_delete after delete on calsync.desired_attendee
  referencing old table as before_rows
  for each statement execute function calsync.record_attendees();

create function calsync.delete_before_truncate() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    execute format('delete from %I.%I', tg_table_schema, tg_table_name);
    return null;
  end
  $$;

comment on function calsync.delete_before_truncate() is
  'TRUNCATE fires no triggers for rows: the rows are deleted first, so that each is withdrawn with its history.';

create trigger withdraw_all before truncate on calsync.desired_event
  for each statement execute function calsync.delete_before_truncate();

create trigger withdraw_all before truncate on calsync.desired_attendee
  for each statement execute function calsync.delete_before_truncate();

create function calsync.history_is_append_only() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    if old.position is not null or (to_jsonb(new) - 'position') is distinct from (to_jsonb(old) - 'position') then
      raise exception 'history is never rewritten'
        using errcode = 'check_violation', schema = 'calsync', table = 'history', constraint = 'history_is_append_only';
    end if;
    return new;
  end
  $$;

comment on function calsync.history_is_append_only() is 'Lets a history row be numbered once, and nothing else.';

create trigger append_only before update on calsync.history
  for each row execute function calsync.history_is_append_only();
