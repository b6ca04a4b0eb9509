-- Functions for what plain SQL would do clumsily: an event as JSON, a guest, a cancellation. They run with the rights of whoever calls
-- them, and need none but those on the two tables. Every refusal names the field of the JSON as its column and the rule as its constraint.

create type calsync.written as (key text, kind text, generation bigint, revision bigint);
comment on type calsync.written is 'What a write did to a key: created, changed, unchanged, cancelled or revived, and the numbers it has now.';

create type calsync.stated_time as (on_date date, local timestamp, zone text, utc_offset text);
comment on type calsync.stated_time is 'A start or an end, taken apart into its columns.';

create function calsync.refuse(field text, rule text, problem text, hint text, state text default '22023') returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  begin
    raise exception '%', btrim(field || ' ' || problem)
      using errcode = state, schema = 'calsync', table = 'desired_event', column = field, constraint = rule,
            hint = hint;
  end
  $$;

comment on function calsync.refuse(text, text, text, text, text) is 'Refuses an event: its column is the field of the JSON, its constraint the rule.';

create function calsync.refuse_for_rule(rule text, words text, advice text, state text) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  begin
    raise exception '%', words
      using errcode = state, schema = 'calsync', table = 'desired_event', column = coalesce(calsync.field_of(rule), ''), constraint = rule,
            hint = case when advice <> '' then advice when rule = 'desired_event_calendar_fkey' then 'Take the calendar under management with `calsync calendars add`.'
              else format('docs/sql.md says what the rule %s asks for.', rule) end;
  end
  $$;

comment on function calsync.refuse_for_rule(text, text, text, text) is 'Says what a constraint or trigger refused, with the field of the JSON as its column.';

create function calsync.field_of(rule text) returns text
  language sql immutable parallel safe
  return case
    when rule ~ '^key_' then 'key'
    when rule = 'desired_event_calendar_fkey' then 'calendar'
    when rule ~ '^schedule_' then 'schedule'
    when rule ~ '^summary_' then 'summary'
    when rule ~ '^description_' then 'description'
    when rule ~ '^location_' then 'location'
    when rule = 'start_is_date_or_time' then 'start'
    when rule in ('start_time_has_zone', 'desired_event_start_zone_fkey') then 'start.timeZone'
    when rule in ('start_offset_form', 'start_offset_fits', 'start_time_exists', 'start_years') then 'start.dateTime'
    when rule in ('end_like_start', 'end_after_start') then 'end'
    when rule in ('end_time_has_zone', 'desired_event_end_zone_fkey', 'series_in_one_zone') then 'end.timeZone'
    when rule in ('end_offset_form', 'end_offset_fits', 'end_time_exists', 'end_years') then 'end.dateTime'
    when rule in ('recurrence_list', 'recurrence_line', 'series_not_empty') then 'recurrence'
    when rule = 'reminders_form' then 'reminders'
    when rule = 'labels_form' then 'labels'
    when rule = 'send_updates_known' then 'sendUpdates'
    when rule in ('attendees_limit', 'event_is_cancelled', 'desired_attendee_pkey') then 'attendees'
    when rule = 'desired_attendee_key_fkey' then 'key'
    when rule in ('desired_attendee_person_fkey', 'person_has_calendar_address', 'attendee_of_one_person') then 'attendees.person'
    when rule ~ '^address_' then 'attendees.email'
    when rule ~ '^display_name_' then 'attendees.displayName'
  end;

comment on function calsync.field_of(text) is 'The field of the JSON that a constraint or rule of the two tables is about; null where it is about none.';

create function calsync.refuse_unknown_fields(stated jsonb, place text, known text[]) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    stranger text := (select name from jsonb_object_keys(stated) as member (name) where name <> all (known) order by name limit 1);
  begin
    if stranger is not null then
      perform calsync.refuse(calsync.path(place, stranger), 'unknown_field', 'is not a known field', 'Known are ' || array_to_string(known, ', ') || '.');
    end if;
  end
  $$;

comment on function calsync.refuse_unknown_fields(jsonb, text, text[]) is 'Refuses a field that the contract does not have, by its name.';

create function calsync.stated_value(stated jsonb, place text, name text, kind text, is_required boolean default false) returns jsonb
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    value jsonb := stated -> name;
    meant constant text := case kind when 'string' then 'a text' when 'boolean' then 'true or false' when 'array' then 'a list' else 'an object' end;
  begin
    if value is null and not is_required or jsonb_typeof(value) = 'null' and not is_required then
      return null;
    elsif value is null then
      perform calsync.refuse(calsync.path(place, name), 'field_missing', format('is missing: it must be %s', meant), 'State it.');
    elsif jsonb_typeof(value) <> kind then
      perform calsync.refuse(calsync.path(place, name), 'field_type', format('must be %s', meant), 'Write it as the contract does.');
    end if;
    return value;
  end
  $$;

comment on function calsync.stated_value(jsonb, text, text, text, boolean) is 'A member of an object, refused where it is of another type; null where it is not stated.';

create function calsync.stated_text(stated jsonb, place text, name text, is_required boolean default false) returns text
  language sql immutable
  return calsync.stated_value(stated, place, name, 'string', is_required) #>> '{}';

comment on function calsync.stated_text(jsonb, text, text, boolean) is 'A text member of an object; null where it is not stated.';

create function calsync.read_stated_time(event jsonb, side text) returns calsync.stated_time
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    stated jsonb := calsync.stated_value(event, '', side, 'object', true);
    on_date text;
    date_time text;
    zone text;
    parts text[];
    read calsync.stated_time;
  begin
    perform calsync.refuse_unknown_fields(stated, side, array['date', 'dateTime', 'timeZone']);
    on_date := calsync.stated_text(stated, side, 'date');
    date_time := calsync.stated_text(stated, side, 'dateTime');
    zone := calsync.stated_text(stated, side, 'timeZone');
    if num_nonnulls(on_date, date_time) <> 1 then
      perform calsync.refuse(side, 'start_is_date_or_time', case when on_date is null then 'needs dateTime with timeZone, or date for an all-day event'
        else 'has both date and dateTime' end, 'State one of them.');
    elsif on_date is not null and zone is not null then
      perform calsync.refuse(side || '.timeZone', side || '_time_has_zone', 'has no meaning for an all-day date', 'Leave it out.');
    elsif on_date is not null and not (on_date ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and calsync.is_day(replace(on_date, '-', ''))) then
      perform calsync.refuse(side || '.date', 'date_form', 'is no date of 1970 to 2200', 'Write it as 2026-11-30.');
    elsif on_date is not null then
      read.on_date := on_date::date;
      return read;
    end if;
    parts := regexp_match(date_time, '^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?$');
    if parts is null or not calsync.is_day_time(replace(parts[1], '-', '') || 'T' || replace(parts[2], ':', '') || coalesce(substr(parts[3], 2), '00'))
      or (parts[4] <> 'Z' and parts[4] !~ '^[+-](0[0-9]|1[0-3]):[0-5][0-9]$|^[+-]14:00$') then
      perform calsync.refuse(side || '.dateTime', 'time_form', 'is no time of 1970 to 2200', 'Write it as 2026-11-30T10:00:00, without fractions of a second.');
    elsif zone is null then
      perform calsync.refuse(side || '.timeZone', side || '_time_has_zone', 'is missing', 'Name the IANA zone of dateTime, such as Europe/Copenhagen.');
    end if;
    read.local := (parts[1] || ' ' || parts[2] || coalesce(parts[3], ''))::timestamp;
    read.zone := zone;
    read.utc_offset := case parts[4] when 'Z' then '+00:00' else parts[4] end;
    return read;
  end
  $$;

comment on function calsync.read_stated_time(jsonb, text) is 'Start or end of an event as the contract writes it, as columns; refuses what is written otherwise.';

create function calsync.read_event(event jsonb) returns calsync.desired_event
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    row_of calsync.desired_event;
    start_of calsync.stated_time;
    end_of calsync.stated_time;
    wrong record;
    line jsonb;
    place int := 0;
  begin
    if jsonb_typeof(event) is distinct from 'object' then
      perform calsync.refuse('', 'event_object', 'the event must be an object', 'Write it as the contract does.');
    end if;
    perform calsync.refuse_unknown_fields(event, '', array['key', 'calendar', 'schedule', 'summary', 'description', 'location', 'start', 'end',
      'attendees', 'recurrence', 'labels', 'sendUpdates', 'reminders', 'allowTwin']);
    row_of.key := calsync.stated_text(event, '', 'key', true);
    row_of.calendar := calsync.stated_text(event, '', 'calendar', true);
    row_of.schedule := calsync.stated_text(event, '', 'schedule');
    row_of.summary := replace(calsync.stated_text(event, '', 'summary'), E'\r\n', E'\n');
    row_of.description := replace(calsync.stated_text(event, '', 'description'), E'\r\n', E'\n');
    row_of.location := replace(calsync.stated_text(event, '', 'location'), E'\r\n', E'\n');
    start_of := calsync.read_stated_time(event, 'start');
    end_of := calsync.read_stated_time(event, 'end');
    row_of.start_date := start_of.on_date;
    row_of.start_local := start_of.local;
    row_of.start_zone := start_of.zone;
    row_of.start_offset := start_of.utc_offset;
    row_of.end_date := end_of.on_date;
    row_of.end_local := end_of.local;
    row_of.end_zone := end_of.zone;
    row_of.end_offset := end_of.utc_offset;
    for line in select value from jsonb_array_elements(calsync.stated_value(event, '', 'recurrence', 'array')) loop
      if jsonb_typeof(line) <> 'string' then
        perform calsync.refuse(format('recurrence[%s]', place), 'field_type', 'must be a text', 'Write it as the contract does.');
      end if;
      row_of.recurrence := row_of.recurrence || calsync.trimmed(line #>> '{}');
      place := place + 1;
    end loop;
    if jsonb_typeof(event -> 'recurrence') = 'array' and row_of.recurrence is null then
      row_of.recurrence := '{}';
    end if;
    row_of.reminders := calsync.stated_value(event, '', 'reminders', 'object');
    if row_of.reminders is not null then
      select * into wrong from calsync.reminders_problem(row_of.reminders);
      if wrong.problem is not null then
        perform calsync.refuse(wrong.field, 'reminders_form', wrong.problem, 'Write them as Google does: {"useDefault": false, "overrides": [{"method": "popup", "minutes": 10}]}.');
      end if;
      row_of.reminders := calsync.normal_reminders(row_of.reminders);
    end if;
    row_of.labels := coalesce(calsync.stated_value(event, '', 'labels', 'object'), '{}');
    if row_of.labels <> '{}' then
      select * into wrong from calsync.labels_problem(row_of.labels);
      if wrong.problem is not null then
        perform calsync.refuse(wrong.field, 'labels_form', wrong.problem, 'Labels are names with texts.');
      end if;
    end if;
    row_of.send_updates := calsync.stated_text(event, '', 'sendUpdates');
    row_of.allow_twin := coalesce(calsync.stated_value(event, '', 'allowTwin', 'boolean')::boolean, false);
    return row_of;
  end
  $$;

comment on function calsync.read_event(jsonb) is 'An event as the contract writes it, as a row without its numbers; refuses what is written otherwise. Attendees are left aside.';

create function calsync.read_attendees(event jsonb) returns table (place int, address text, display_name text, optional boolean, person text)
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    stated jsonb := calsync.stated_value(event, '', 'attendees', 'array');
    guest jsonb;
    seen jsonb := '{}';
    here text;
  begin
    if jsonb_array_length(stated) > 500 then
      perform calsync.refuse('attendees', 'attendees_limit', 'has more than 500 entries', 'Invite a group''s address instead.');
    end if;
    place := 0;
    for guest in select value from jsonb_array_elements(stated) loop
      here := format('attendees[%s]', place);
      if jsonb_typeof(guest) <> 'object' then
        perform calsync.refuse(here, 'field_type', 'must be an object', 'Write it as the contract does.');
      end if;
      perform calsync.refuse_unknown_fields(guest, here, array['email', 'person', 'displayName', 'optional']);
      person := calsync.stated_text(guest, here, 'person');
      address := calsync.bare_address(calsync.stated_text(guest, here, 'email', person is null));
      display_name := calsync.stated_text(guest, here, 'displayName');
      optional := coalesce(calsync.stated_value(guest, here, 'optional', 'boolean')::boolean, false);
      if not calsync.is_address(address) then
        perform calsync.refuse(here || '.email', 'address_form', 'is not a mail address such as ada@example.com', 'Correct it.');
      elsif seen ? calsync.normal_address(address) then
        perform calsync.refuse(here || '.email', 'desired_attendee_pkey',
          format('is the same mailbox as attendees[%s]', seen ->> calsync.normal_address(address)), 'Name each mailbox once.');
      elsif char_length(display_name) > 256 then
        perform calsync.refuse(here || '.displayName', 'display_name_length', 'is longer than 256 characters', 'Shorten it.');
      elsif not calsync.is_one_line(display_name) then
        perform calsync.refuse(here || '.displayName', 'display_name_characters', 'holds control characters', 'Take them out.');
      end if;
      if seen ? ('person ' || person) then
        perform calsync.refuse(here || '.person', 'attendee_of_one_person',
          format('is the same person as attendees[%s]', seen ->> ('person ' || person)), 'Name each person once.');
      end if;
      seen := seen || jsonb_strip_nulls(jsonb_build_object(coalesce(calsync.normal_address(address), ''), place,
        coalesce('person ' || person, ''), place));
      return next;
      place := place + 1;
    end loop;
  end
  $$;

comment on function calsync.read_attendees(jsonb) is 'The attendees of an event as the contract writes it; no rows where they are not stated; refuses what is written otherwise.';

create function calsync.refuse_overtaken(there calsync.desired_event, seen_generation bigint, seen_revision bigint) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  declare
    now_at constant text := format('It is at generation %s, revision %s: read it and decide again.', there.generation, there.revision);
  begin
    if seen_generation <> there.generation then
      perform calsync.refuse('', 'generation_moved', format('the event %s changed since generation %s', there.key, seen_generation), now_at, '55000');
    elsif seen_revision <> there.revision then
      perform calsync.refuse('', 'revision_moved', format('the event %s changed since revision %s', there.key, seen_revision), now_at, '55000');
    end if;
  end
  $$;

comment on function calsync.refuse_overtaken(calsync.desired_event, bigint, bigint) is 'Refuses a write that rests on numbers which the event no longer has.';

create function calsync.twin_of(event calsync.desired_event) returns text
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select other.key from calsync.desired_event other
      where other.calendar = event.calendar and other.cancelled_at is null and other.key <> event.key
        and coalesce(other.start_local, other.start_date) = coalesce(event.start_local, event.start_date)
        and md5(other.summary) = md5(event.summary) and other.summary = event.summary
        and other.start_zone is not distinct from event.start_zone and other.end_zone is not distinct from event.end_zone
        and coalesce(other.end_local, other.end_date) = coalesce(event.end_local, event.end_date)
      order by other.key limit 1
  $$;

comment on function calsync.twin_of(calsync.desired_event) is 'Another live key with the same calendar, time and title; null when there is none.';

create function calsync.mailbox_of_person(event_key text, person_id text) returns text
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select calsync.normal_address(coalesce(
      (select invited.address from calsync.desired_attendee invited where invited.key = event_key and invited.person = person_id),
      (select home.address from calsync.person_address home where home.person = person_id and home.kind = 'calendar')))
  $$;

comment on function calsync.mailbox_of_person(text, text) is
  'Where a person is invited to an event, or would be: at the address of then, else at that of their calendar; null where there is none.';

create function calsync.put_event(event jsonb, generation bigint default null, revision bigint default null, move boolean default false)
  returns calsync.written
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    stated calsync.desired_event := calsync.read_event(put_event.event);
    there calsync.desired_event;
    guests jsonb := (select jsonb_agg(to_jsonb(guest)) from calsync.read_attendees(put_event.event) guest);
    names_guests constant boolean := jsonb_typeof(put_event.event -> 'attendees') = 'array';
    mailboxes_of_people text[];
    leaving text[];
    wrong record;
    is_new boolean;
    is_done boolean := false;
    rule text;
    words text;
    advice text;
  begin
    loop
      select * into there from calsync.desired_event row_of where row_of.key = stated.key for no key update;
      is_new := not found;
      if is_new and (put_event.generation is not null or put_event.revision is not null) then
        perform calsync.refuse('key', 'unknown_key', 'has no row', 'Leave the generation and revision out to create it.', '55000');
      elsif not is_new then
        perform calsync.refuse_overtaken(there, put_event.generation, put_event.revision);
        if there.cancelled_at is not null and put_event.generation is null then
          perform calsync.refuse('', 'event_is_cancelled', format('the event %s is cancelled', stated.key),
            format('To bring it back name its generation, %s.', there.generation), '55000');
        elsif there.calendar <> stated.calendar and not put_event.move then
          perform calsync.refuse('calendar', 'other_calendar', format('is not where the event %s is: that is on %s', stated.key, there.calendar),
            'Ask for the move (move => true).', '55000');
        end if;
      end if;
      if names_guests then
        leaving := (select array_agg(guest.normal_address) from calsync.desired_attendee guest where guest.key = stated.key
          and not exists (select from jsonb_array_elements(coalesce(guests, '[]')) kept
            where calsync.normal_address(kept ->> 'address') = guest.normal_address or kept ->> 'person' = guest.person));
        if leaving is not null and put_event.revision is null then
          perform calsync.refuse('attendees', 'revision_needed', format('would take %s attendees off', cardinality(leaving)),
            format('Name the revision, %s, to take them off, or leave attendees out.', there.revision), '55000');
        end if;
      end if;
      if stated.summary is not null and not stated.allow_twin and (is_new or there.cancelled_at is not null
        or (there.calendar, there.summary, there.start_date, there.start_local, there.start_zone, there.end_date, there.end_local, there.end_zone)
          is distinct from (stated.calendar, stated.summary, stated.start_date, stated.start_local, stated.start_zone, stated.end_date,
            stated.end_local, stated.end_zone)) and calsync.twin_of(stated) is not null then
        perform calsync.refuse('summary', 'twin', format('makes %s a second event with the calendar, time and title of %s', stated.key,
          calsync.twin_of(stated)), 'State allowTwin if both should be there.', '23505');
      end if;
      begin
        select * into wrong from calsync.recurrence_problem(stated.recurrence, stated.start_date is not null);
        if wrong.problem is not null then
          perform calsync.refuse('recurrence' || coalesce('[' || wrong.line || ']', ''), 'recurrence_line', wrong.problem,
            'Lines are written as in RFC 5545: RRULE:FREQ=WEEKLY;COUNT=10, EXDATE;TZID=Europe/Paris:20261224T100000.');
        end if;
        if is_new then
          insert into calsync.desired_event (key, calendar, schedule, summary, description, location, start_date, start_local, start_zone, start_offset,
              end_date, end_local, end_zone, end_offset, recurrence, reminders, labels, send_updates, allow_twin)
            values (stated.key, stated.calendar, stated.schedule, stated.summary, stated.description, stated.location, stated.start_date,
              stated.start_local, stated.start_zone, stated.start_offset, stated.end_date, stated.end_local, stated.end_zone, stated.end_offset,
              stated.recurrence, stated.reminders, stated.labels, stated.send_updates, stated.allow_twin)
            on conflict do nothing;
          is_done := found;
        else
          update calsync.desired_event row_of set
              (calendar, schedule, summary, description, location, start_date, start_local, start_zone, start_offset, end_date, end_local, end_zone,
                end_offset, recurrence, reminders, labels, send_updates, allow_twin, cancelled_at)
              = (stated.calendar, stated.schedule, stated.summary, stated.description, stated.location, stated.start_date, stated.start_local,
                stated.start_zone, stated.start_offset, stated.end_date, stated.end_local, stated.end_zone, stated.end_offset, stated.recurrence,
                stated.reminders, stated.labels, stated.send_updates, stated.allow_twin, null)
            where row_of.key = stated.key;
          is_done := true;
        end if;
        if is_done then
          mailboxes_of_people := array(
            select calsync.mailbox_of_person(stated.key, named ->> 'person') from jsonb_array_elements(coalesce(guests, '[]')) named
              where calsync.mailbox_of_person(stated.key, named ->> 'person') is not null);
          if cardinality(mailboxes_of_people) > (select count(distinct mailbox) from unnest(mailboxes_of_people) mailbox) then
            perform calsync.refuse('attendees.person', 'address_is_another_guests', 'names two people with one address at this event',
              'An event that is over keeps the addresses of then: leave out who was not there.', '55000');
          end if;
          insert into calsync.desired_attendee as guest (key, address, display_name, optional, person)
            select stated.key, added ->> 'address', added ->> 'display_name', (added ->> 'optional')::boolean, added ->> 'person'
              from jsonb_array_elements(coalesce(guests, '[]')) added
              -- An entry by address beside one of the person whose address it is, is the same guest.
              where added ->> 'person' is not null or calsync.normal_address(added ->> 'address') <> all (mailboxes_of_people)
            on conflict (key, normal_address) do update
              set address = excluded.address, display_name = excluded.display_name, optional = excluded.optional,
                person = coalesce(excluded.person, guest.person)
              where (guest.address, guest.display_name, guest.optional, guest.person)
                is distinct from (excluded.address, excluded.display_name, excluded.optional, coalesce(excluded.person, guest.person));
          delete from calsync.desired_attendee guest where guest.key = stated.key and guest.normal_address = any (leaving);
        end if;
      exception when integrity_constraint_violation then
        get stacked diagnostics rule = constraint_name, words = message_text, advice = pg_exception_hint;
        perform calsync.refuse_for_rule(rule, words, advice, sqlstate);
      end;
      exit when is_done;
    end loop;
    return calsync.written_now(stated.key, case when is_new then 'created' when there.cancelled_at is not null then 'revived' else 'changed' end,
      there.revision);
  end
  $$;

comment on function calsync.put_event(jsonb, bigint, bigint, boolean) is
  'Makes an event what the JSON says, as `calsync put` does: fields that are not stated are cleared, attendees are the whole list where they are stated. generation and revision are those that the caller saw; move lets it go to another calendar.';

create function calsync.written_now(event_key text, kind text, revision_before bigint) returns calsync.written
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select event.key, case when event.revision = revision_before then 'unchanged' else kind end, event.generation, event.revision
      from calsync.desired_event event where event.key = event_key
  $$;

comment on function calsync.written_now(text, text, bigint) is 'What was done to a key, and its numbers now; unchanged where the revision is the one of before.';

create function calsync.lock_event(event_key text) returns calsync.desired_event
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    there calsync.desired_event;
  begin
    select * into there from calsync.desired_event event where event.key = event_key for no key update;
    if not found then
      perform calsync.refuse('key', 'unknown_key', format('names no event: there is no %s', left(event_key, 80)), 'Look at its spelling, or create it with calsync.put_event.', 'P0002');
    end if;
    return there;
  end
  $$;

comment on function calsync.lock_event(text) is 'The row of an event, locked until the transaction ends; refuses a key without one.';

create function calsync.add_attendee(key text, address text, display_name text default null, optional boolean default null) returns calsync.written
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    there calsync.desired_event := calsync.lock_event(add_attendee.key);
    rule text;
    words text;
    advice text;
  begin
    if there.cancelled_at is not null then
      perform calsync.refuse('attendees', 'event_is_cancelled', format('cannot be added to: the event %s is cancelled', there.key),
        'If it should take place after all, set its cancelled_at to null first.', '23514');
    end if;
    begin
      insert into calsync.desired_attendee as guest (key, address, display_name, optional)
        values (there.key, add_attendee.address, add_attendee.display_name, coalesce(add_attendee.optional, false))
        on conflict on constraint desired_attendee_pkey do update
          set display_name = coalesce(add_attendee.display_name, guest.display_name), optional = coalesce(add_attendee.optional, guest.optional)
          where (guest.display_name, guest.optional)
            is distinct from (coalesce(add_attendee.display_name, guest.display_name), coalesce(add_attendee.optional, guest.optional));
    exception when integrity_constraint_violation then
      get stacked diagnostics rule = constraint_name, words = message_text, advice = pg_exception_hint;
      perform calsync.refuse_for_rule(rule, words, advice, sqlstate);
    end;
    return calsync.written_now(there.key, 'changed', there.revision);
  end
  $$;

comment on function calsync.add_attendee(text, text, text, boolean) is
  'Adds a guest to an event, or restates what is said of one; what is left out stays as it is. Nobody else''s entry is touched.';

create function calsync.remove_attendee(key text, address text) returns calsync.written
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    there calsync.desired_event := calsync.lock_event(remove_attendee.key);
  begin
    delete from calsync.desired_attendee guest
      where guest.key = there.key and guest.normal_address = calsync.normal_address(calsync.bare_address(remove_attendee.address));
    return calsync.written_now(there.key, 'changed', there.revision);
  end
  $$;

comment on function calsync.remove_attendee(text, text) is 'Takes a mailbox off an event, in whatever spelling; one that is not on it changes nothing.';

create function calsync.cancel_event(key text, generation bigint default null, revision bigint default null) returns calsync.written
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    there calsync.desired_event := calsync.lock_event(cancel_event.key);
  begin
    perform calsync.refuse_overtaken(there, cancel_event.generation, cancel_event.revision);
    update calsync.desired_event event set cancelled_at = calsync.now() where event.key = there.key and event.cancelled_at is null;
    return calsync.written_now(there.key, 'cancelled', there.revision);
  end
  $$;

comment on function calsync.cancel_event(text, bigint, bigint) is 'Cancels an event with its attendees; one that is cancelled already is unchanged. generation and revision are those that the caller saw.';
