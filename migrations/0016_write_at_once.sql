-- A write in two statements instead of a transaction of five: what is there is read without a lock, and one statement writes what was
-- decided from it, if it still is as it was read. Why it is done so: docs/decisions/0014.

create function calsync.read_desired(keys text[], calendars text[], events jsonb, out rows_read jsonb, out calendars_known jsonb, out twins jsonb)
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    select coalesce(jsonb_agg(jsonb_build_object('event', to_jsonb(event), 'attendees', coalesce((
          select jsonb_agg(to_jsonb(guest) order by guest.added_at, guest.normal_address) from calsync.desired_attendee guest where guest.key = event.key
        ), '[]')) order by event.key), '[]')
      into rows_read from calsync.desired_event event where event.key = any (keys);
    if rows_read = '[]' and calendars is not null then
      select place.calendars_known, place.twins into calendars_known, twins from calsync.find_places(calendars, events) place;
    end if;
  end
  $$;

comment on function calsync.read_desired(text[], text[], jsonb) is
  'The rows of these keys with their attendees, in key order. Where none of them has a row and calendars are given: what find_places says of the events that would be new.';

create function calsync.write_decided(keys text[], read_keys text[], read_revisions bigint[], actor text, door text, source text,
    inserted jsonb, updated jsonb, cancelled text[], guests jsonb, leaving jsonb)
  returns table (numbers jsonb)
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  declare
    there text[];
    revisions bigint[];
    inserted_rows bigint;
  begin
    if read_keys is not null then
      perform set_config('calsync.actor', actor, true), set_config('calsync.door', door, true), set_config('calsync.source', source, true);
      select coalesce(array_agg(locked.key), '{}'), coalesce(array_agg(locked.revision), '{}') into there, revisions
        from (
          select event.key, event.revision from calsync.desired_event event where event.key = any (keys) order by event.key for no key update
        ) locked;
      if there <> read_keys or revisions <> read_revisions then
        return;
      end if;
    end if;
    if cancelled is not null then
      update calsync.desired_event event set cancelled_at = calsync.now() where event.key = any (cancelled) and event.cancelled_at is null;
    end if;
    if inserted is not null then
      insert into calsync.desired_event (key, calendar, schedule, summary, description, location, start_date, start_local, start_zone, start_offset,
          end_date, end_local, end_zone, end_offset, recurrence, reminders, labels, send_updates, allow_twin)
        select stated.key, stated.calendar, stated.schedule, stated.summary, stated.description, stated.location, stated.start_date, stated.start_local,
            stated.start_zone, stated.start_offset, stated.end_date, stated.end_local, stated.end_zone, stated.end_offset, stated.recurrence,
            stated.reminders, stated.labels, stated.send_updates, stated.allow_twin
          from jsonb_populate_recordset(null::calsync.desired_event, inserted) stated
          order by stated.key
        on conflict (key) do nothing;
      get diagnostics inserted_rows = row_count;
      if inserted_rows < jsonb_array_length(inserted) then
        if read_keys is null then
          return;
        end if;
        -- A transaction of its own: what was inserted beside it must not stay.
        raise exception 'another writer created one of these keys at the same moment' using errcode = 'serialization_failure';
      end if;
    end if;
    if updated is not null then
      update calsync.desired_event event
        set calendar = stated.calendar, schedule = stated.schedule, summary = stated.summary, description = stated.description,
            location = stated.location, start_date = stated.start_date, start_local = stated.start_local, start_zone = stated.start_zone,
            start_offset = stated.start_offset, end_date = stated.end_date, end_local = stated.end_local, end_zone = stated.end_zone,
            end_offset = stated.end_offset, recurrence = stated.recurrence, reminders = stated.reminders, labels = stated.labels,
            send_updates = stated.send_updates, allow_twin = stated.allow_twin, cancelled_at = null
        from jsonb_populate_recordset(null::calsync.desired_event, updated) stated
        where event.key = stated.key and event.key = any (keys);
    end if;
    if guests is not null then
      insert into calsync.desired_attendee as attendee (key, person, address, display_name, optional)
        select stated.key, home.person, case when home.person is null then stated.email end, stated."displayName", stated.optional
          from jsonb_to_recordset(guests) as stated (key text, email text, person text, "displayName" text, optional boolean)
          left join lateral (
            select known.person from calsync.person_address known where known.person = stated.person and known.kind = 'calendar' limit 1
          ) home on true
          order by stated.key
        on conflict (key, normal_address) do update
          set address = excluded.address, display_name = excluded.display_name, optional = excluded.optional,
              person = coalesce(excluded.person, attendee.person)
          where (attendee.address, attendee.display_name, attendee.optional, attendee.person)
            is distinct from (excluded.address, excluded.display_name, excluded.optional, coalesce(excluded.person, attendee.person));
    end if;
    if leaving is not null then
      delete from calsync.desired_attendee attendee
        using jsonb_to_recordset(leaving) as stated (key text, email text)
        where attendee.key = any (keys) and attendee.key = stated.key and attendee.normal_address = calsync.normal_address(stated.email);
    end if;
    return query
      select jsonb_build_object('key', event.key, 'generation', event.generation, 'revision', event.revision)
        from calsync.desired_event event where event.key = any (keys) order by event.key;
  end
  $$;

comment on function calsync.write_decided(text[], text[], bigint[], text, text, text, jsonb, jsonb, text[], jsonb, jsonb) is
  'Writes what was decided for these keys: rows to insert, to update and to cancel, attendees to put and to take off, each null or a list with something in it. Without read_keys it was decided from locked rows. With them, from rows that were read without a lock, at these revisions, in key order: locks them, writes in the stated name, and answers nothing, with nothing written, where they are at others or other keys have rows by now. Answers the numbers of the keys. Where a row that was to be inserted is there by now: with read_keys SQLSTATE 40001, without nothing.';

drop function calsync.write_desired(text[], jsonb, jsonb, jsonb, jsonb);

-- Rules of a row -----------------------------------------------------------------------------------------------------------------------
-- Every statement reads all CHECK constraints of its table and all conditions of its triggers from the catalog and prepares them anew: for
-- desired_event that was a third of what an update cost. They stand in trigger functions now, which a session prepares once; names, SQLSTATE
-- and table of a violation are the same, and the row is not quoted in its detail any more. Lists of values stay constraints.

create or replace function calsync.normalise_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if new.start_offset is null and new.end_offset is null and new.recurrence is null and new.reminders is null
      and strpos(concat(new.summary, new.description, new.location), E'\r') = 0 then
      return new;
    end if;
    new.summary := replace(new.summary, E'\r\n', E'\n');
    new.description := replace(new.description, E'\r\n', E'\n');
    new.location := replace(new.location, E'\r\n', E'\n');
    new.reminders := calsync.normal_reminders(new.reminders);
    if cardinality(new.recurrence) > 0 and array_ndims(new.recurrence) = 1 then
      new.recurrence := (select array_agg(calsync.trimmed(line) order by place) from unnest(new.recurrence) with ordinality as listed (line, place));
    end if;
    new.start_offset := calsync.offset_of(new.start_local, new.start_zone, new.start_offset, 'start');
    new.end_offset := calsync.offset_of(new.end_local, new.end_zone, new.end_offset, 'end');
    return new;
  end
  $$;

create or replace function calsync.verify_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    broken text;
  begin
    if new.generation = old.generation then
      return new; -- numbers alone: what a writer states is as it was
    end if;
    if tg_op = 'INSERT' or (new.recurrence, new.start_date, new.start_local, new.start_zone, new.end_local, new.end_zone)
      is distinct from (old.recurrence, old.start_date, old.start_local, old.start_zone, old.end_local, old.end_zone) then
      perform calsync.require_shown(new.start_local, new.start_zone, 'start');
      perform calsync.require_shown(new.end_local, new.end_zone, 'end');
      if cardinality(new.recurrence) > 0 and array_ndims(new.recurrence) = 1 and array_position(new.recurrence, null) is null
        and num_nonnulls(new.start_date, new.start_local) = 1 then
        perform calsync.require_series(new.recurrence, new.start_date, new.start_local, new.start_zone, new.end_zone);
      end if;
    end if;
    broken := case
      when not (char_length(new.description) <= 8192) then 'description_length'
      when not (new.description !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]') then 'description_characters'
      when not (case when new.start_date is not null then new.end_date > new.start_date
          when new.start_zone = new.end_zone and new.start_offset is null and new.end_offset is null then new.end_local > new.start_local
          else calsync.comes_later(new.end_local, new.end_zone, new.end_offset, new.start_local, new.start_zone, new.start_offset) end) then 'end_after_start'
      when (new.start_date is null) <> (new.end_date is null) or (new.start_local is null) <> (new.end_local is null) then 'end_like_start'
      when new.end_offset is not null and (new.end_local is null or new.end_offset !~ '^[+-][01][0-9]:[0-5][0-9]$') then 'end_offset_form'
      when (new.end_local is null) <> (new.end_zone is null) then 'end_time_has_zone'
      when coalesce(new.end_date, new.end_local::date) not between date '1970-01-01' and date '2200-12-31' then 'end_years'
      when not (new.key !~ '[\u0001-\u001f\u007f-\u009f]') then 'key_characters'
      when new.key in ('.', '..') then 'key_is_no_path_step'
      when octet_length(new.key) not between 1 and 512 then 'key_length'
      when new.labels is distinct from old.labels and new.labels <> '{}' and (calsync.labels_problem(new.labels)).problem is not null then 'labels_form'
      when not (char_length(new.location) <= 1024) then 'location_length'
      when not (new.location !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]') then 'location_characters'
      when cardinality(new.recurrence) > 0 and (array_ndims(new.recurrence) > 1 or array_position(new.recurrence, null) is not null) then 'recurrence_list'
      when new.reminders is distinct from old.reminders and new.reminders is not null and (calsync.reminders_problem(new.reminders)).problem is not null then 'reminders_form'
      when not (new.schedule !~ '[\u0001-\u001f\u007f-\u009f]') then 'schedule_characters'
      when octet_length(new.schedule) not between 1 and 512 then 'schedule_length'
      when num_nonnulls(new.start_date, new.start_local) <> 1 then 'start_is_date_or_time'
      when new.start_offset is not null and (new.start_local is null or new.start_offset !~ '^[+-][01][0-9]:[0-5][0-9]$') then 'start_offset_form'
      when (new.start_local is null) <> (new.start_zone is null) then 'start_time_has_zone'
      when coalesce(new.start_date, new.start_local::date) not between date '1970-01-01' and date '2200-12-31' then 'start_years'
      when not (char_length(new.summary) <= 1024) then 'summary_length'
      when not (new.summary !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]') then 'summary_characters'
    end;
    if broken is not null then
      raise exception 'new row for relation "desired_event" violates check constraint "%"', broken
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', constraint = broken;
    end if;
    return new;
  end
  $$;

comment on function calsync.verify_event() is
  'The rules of a row, as docs/sql.md lists them. Fires after stamp, which counts a generation for what a writer changed. Refuses times that no clock shows, lines that are no recurrence and series that cannot take place only when times or lines change.';

create function calsync.require_series(recurrence text[], start_date date, start_local timestamp, start_zone text, end_zone text) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong record;
  begin
    select * into wrong from calsync.recurrence_problem(recurrence, start_date is not null);
    if wrong.problem is not null then
      raise exception 'recurrence%: %', case when wrong.line is null then '' else format(', line %s', wrong.line + 1) end, wrong.problem
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'recurrence', constraint = 'recurrence_line',
              hint = 'Lines are written as in RFC 5545: RRULE:FREQ=WEEKLY;COUNT=10, EXDATE;TZID=Europe/Paris:20261224T100000.';
    end if;
    if start_zone <> end_zone and not calsync.same_time_zone(start_zone, end_zone) then
      raise exception 'the event is a series and ends in another zone than it starts in'
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'end_zone', constraint = 'series_in_one_zone',
              hint = 'Give end_zone the zone of the start.';
    end if;
    if coalesce(start_date, start_local) < '2201-01-01'
      and calsync.series_is_empty(recurrence, coalesce(start_date::timestamp, start_local), start_zone) then
      raise exception 'the recurrence has no occurrence at or after the start'
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'recurrence', constraint = 'series_not_empty',
              hint = 'Look at its UNTIL, and whether its BY parts ever meet.';
    end if;
  end
  $$;

comment on function calsync.require_series(text[], date, timestamp, text, text) is
  'Refuses lines that are no recurrence, series that end in another zone than they start in, and those without an occurrence.';

drop trigger normalise on calsync.desired_event;
drop trigger verify_new on calsync.desired_event;
drop trigger verify_changed on calsync.desired_event;
create trigger normalise before insert or update on calsync.desired_event for each row execute function calsync.normalise_event();
create trigger verify before insert or update on calsync.desired_event for each row execute function calsync.verify_event();

alter table calsync.desired_event
  drop constraint description_length,
  drop constraint description_characters,
  drop constraint end_after_start,
  drop constraint end_like_start,
  drop constraint end_offset_form,
  drop constraint end_time_has_zone,
  drop constraint end_years,
  drop constraint key_characters,
  drop constraint key_is_no_path_step,
  drop constraint key_length,
  drop constraint labels_form,
  drop constraint location_length,
  drop constraint location_characters,
  drop constraint recurrence_list,
  drop constraint reminders_form,
  drop constraint schedule_characters,
  drop constraint schedule_length,
  drop constraint start_is_date_or_time,
  drop constraint start_offset_form,
  drop constraint start_time_has_zone,
  drop constraint start_years,
  drop constraint summary_length,
  drop constraint summary_characters;

create or replace function calsync.labels_problem(labels jsonb, out field text, out problem text)
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    label record;
    count_of_labels int := 0;
  begin
    if jsonb_typeof(labels) <> 'object' then
      field := 'labels'; problem := 'must be an object';
      return;
    end if;
    for label in select name, value from jsonb_each(labels) as each (name, value) loop
      count_of_labels := count_of_labels + 1;
      if label.name = '__proto__' then
        field := 'labels'; problem := 'cannot have a label called __proto__';
        return;
      elsif label.name = '' then
        problem := 'has a label without a name';
      elsif char_length(label.name) > 64 then
        problem := 'has a name longer than 64 characters';
      elsif not calsync.is_one_line(label.name) then
        problem := 'holds control characters in its name';
      elsif jsonb_typeof(label.value) <> 'string' then
        problem := 'must be a text';
      elsif char_length(label.value #>> '{}') > 1024 then
        problem := 'is longer than 1024 characters';
      elsif not calsync.is_lines(label.value #>> '{}') then
        problem := 'holds control characters other than line break and tab';
      end if;
      if problem is not null then
        field := calsync.path('labels', label.name);
        return;
      end if;
    end loop;
    if count_of_labels > 64 then
      field := 'labels'; problem := 'has more than 64 labels';
    end if;
  end
  $$;
