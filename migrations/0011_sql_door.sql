-- The SQL door: plain statements are held to the rules of every other door.
--
-- What can be judged from a value alone is a constraint. What rests on the rules of time zones is a trigger that looks when the value
-- changes: rules change with the server, and a row that was right when it was written must stay one that can be cancelled.

-- Instants ---------------------------------------------------------------------------------------------------------------------

create function calsync.utc_offset_at(utc timestamp, zone text) returns interval
  language sql immutable parallel safe
  return ((utc at time zone 'UTC') at time zone zone) - utc;

comment on function calsync.utc_offset_at(timestamp, text) is 'How far the clocks of a zone are ahead of UTC at a time of UTC, by the zone rules of this database.';

create function calsync.first_instant(local timestamp, zone text, offset_before interval) returns timestamptz
  language sql immutable parallel safe
  return case when (((local - offset_before) at time zone 'UTC') at time zone zone) = local
    then (local - offset_before) at time zone 'UTC' else local at time zone zone end;

comment on function calsync.first_instant(timestamp, text, interval) is
  'The first instant at which clocks show a time that comes twice, given the offset of the day before. PostgreSQL itself takes the second.';

create or replace function calsync.instant(local timestamp, zone text, utc_offset text) returns timestamptz
  language sql immutable parallel safe
  return case
    when utc_offset ~ '^[+-][01][0-9]:[0-5][0-9]$' then (local - (left(utc_offset, 1) || '1')::int
      * make_interval(hours => substr(utc_offset, 2, 2)::int, mins => substr(utc_offset, 5, 2)::int)) at time zone 'UTC'
    else calsync.first_instant(local, zone, calsync.utc_offset_at(((local at time zone zone) at time zone 'UTC') - interval '36 hours', zone))
  end;

comment on function calsync.instant(timestamp, text, text) is
  'The instant of a local time in a zone by the zone rules of this database; for ordering and for checks, never sent to Google. A time that comes twice is the first one (RFC 5545 section 3.3.5) unless an offset says otherwise; an offset that is not written as +02:00 is left to the check of its form.';

create function calsync.side_of_hour(local timestamp, zone text, utc_offset text) returns text
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    is_shown boolean := (local at time zone zone) at time zone zone = local;
    shown timestamp := calsync.instant(local, zone, utc_offset) at time zone zone;
  begin
    if not is_shown then
      return null; -- what is wrong is the time, whatever the offset
    elsif abs(extract(epoch from shown - local)) >= 60 then -- an offset is written in whole minutes, Liberia's of 1970 was none
      return 'wrong';
    elsif calsync.instant(local, zone, null) = local at time zone zone then
      return null;
    end if;
    return case utc_offset when '-00:00' then '+00:00' else utc_offset end;
  end
  $$;

comment on function calsync.side_of_hour(timestamp, text, text) is
  'The offset, where it picks a side of an hour that comes twice; null where it is right and says nothing; "wrong" where the zone has another.';

-- Zones ------------------------------------------------------------------------------------------------------------------------

alter table calsync.time_zone add column canonical text;
comment on column calsync.time_zone.canonical is 'The one name that stands for the zone and all its aliases; null: this one.';

create function calsync.is_time_zone(zone text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$ select exists (select from calsync.time_zone known where known.name = zone) $$;

comment on function calsync.is_time_zone(text) is 'Whether calsync knows the zone by this name.';

create function calsync.same_time_zone(a text, b text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp
  as $$
    select a = b or (select coalesce(known.canonical, known.name) from calsync.time_zone known where known.name = a)
      = (select coalesce(known.canonical, known.name) from calsync.time_zone known where known.name = b)
  $$;

comment on function calsync.same_time_zone(text, text) is 'Whether two names mean one zone: equal, or aliases of one another.';

-- Texts ------------------------------------------------------------------------------------------------------------------------

create function calsync.trimmed(value text) returns text
  language sql immutable parallel safe strict
  return btrim(value, U&'\0009\000a\000b\000c\000d\0020\00a0\1680\2000\2001\2002\2003\2004\2005\2006\2007\2008\2009\200a\2028\2029\202f\205f\3000\feff');

comment on function calsync.trimmed(text) is 'Without the white space around it, that of Unicode included.';

create function calsync.is_one_line(value text) returns boolean
  language sql immutable parallel safe
  return value !~ '[\u0001-\u001f\u007f-\u009f]';

comment on function calsync.is_one_line(text) is 'Whether a text is without control characters.';

create function calsync.is_lines(value text) returns boolean
  language sql immutable parallel safe
  return value !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]';

comment on function calsync.is_lines(text) is 'Whether a text is without control characters but line breaks and tabs.';

create function calsync.is_address(value text) returns boolean
  language sql immutable parallel safe
  return char_length(value) <= 254 and calsync.has_address_form(value);

comment on function calsync.is_address(text) is 'Whether a text can be a mail address, by the rule of HTML''s e-mail fields, in at most 254 characters.';

-- Labels and reminders: what is wrong, as a path and a sentence ------------------------------------------------------------------

create function calsync.labels_problem(labels jsonb, out field text, out problem text)
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
      end if;
      field := calsync.path('labels', label.name);
      if label.name = '' then
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
        return;
      end if;
    end loop;
    field := case when count_of_labels > 64 then 'labels' end;
    problem := case when count_of_labels > 64 then 'has more than 64 labels' end;
  end
  $$;

comment on function calsync.labels_problem(jsonb) is 'What is wrong with labels, and where; nulls when nothing is.';

create function calsync.visible(value text) returns text
  language sql immutable parallel safe
  return regexp_replace(value, '[\u0001-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]', U&'\fffd', 'g');

comment on function calsync.visible(text) is 'A text that cannot move a cursor or run backwards: control and direction characters are U+FFFD.';

create function calsync.path(parent text, name text) returns text
  language sql immutable parallel safe
  return case when parent = '' then '' else parent || '.' end
    || case when name ~ '^[A-Za-z0-9_-]{1,40}$' then name
       else '"' || case when char_length(name) > 40 then left(calsync.visible(name), 39) || '…' else calsync.visible(name) end || '"' end;

comment on function calsync.path(text, text) is 'The path of a member as problems name it: labels.payment; an odd name stands in quotes, cut short.';

create function calsync.reminders_problem(reminders jsonb, out field text, out problem text)
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    overrides jsonb := reminders -> 'overrides';
    override jsonb;
    minutes numeric;
    place int := 0;
  begin
    field := 'reminders';
    if jsonb_typeof(reminders) <> 'object' then
      problem := 'must be an object';
      return;
    end if;
    select calsync.path('reminders', name), 'is not a known field: known are useDefault, overrides' into field, problem
      from jsonb_object_keys(reminders) as member (name) where name not in ('useDefault', 'overrides') limit 1;
    if found then
      return;
    end if;
    if jsonb_typeof(reminders -> 'useDefault') is distinct from 'boolean' then
      field := 'reminders.useDefault';
      problem := case when reminders ? 'useDefault' then 'must be true or false' else 'is missing: it must be true or false' end;
      return;
    end if;
    field := 'reminders.overrides';
    if overrides is null or jsonb_typeof(overrides) = 'null' then
      field := null;
      return;
    elsif jsonb_typeof(overrides) <> 'array' then
      problem := 'must be a list';
      return;
    elsif jsonb_array_length(overrides) > 5 then
      problem := 'has more than 5 entries';
      return;
    end if;
    for override in select value from jsonb_array_elements(overrides) loop
      field := format('reminders.overrides[%s]', place);
      if jsonb_typeof(override) <> 'object' then
        problem := 'must be an object';
        return;
      end if;
      select calsync.path(field, name), 'is not a known field: known are method, minutes' into field, problem
        from jsonb_object_keys(override) as member (name) where name not in ('method', 'minutes') limit 1;
      if found then
        return;
      end if;
      field := format('reminders.overrides[%s]', place);
      if jsonb_typeof(override -> 'method') is distinct from 'string' or override ->> 'method' not in ('email', 'popup') then
        field := field || '.method';
        problem := 'must be one of email, popup';
        return;
      end if;
      field := field || '.minutes';
      if jsonb_typeof(override -> 'minutes') is distinct from 'number' then
        problem := 'must be a whole number';
        return;
      end if;
      minutes := (override ->> 'minutes')::numeric;
      if minutes <> trunc(minutes) or minutes < 0 or minutes > 40320 then
        problem := 'must be a whole number from 0 to 40320 (four weeks)';
        return;
      end if;
      place := place + 1;
    end loop;
    field := 'reminders.overrides';
    if (reminders -> 'useDefault')::boolean and place > 0 then
      problem := 'goes with useDefault: false only';
    elsif (select count(distinct (value ->> 'method', (value ->> 'minutes')::numeric)) from jsonb_array_elements(overrides)) < place then
      problem := 'names one reminder twice';
    else
      field := null;
    end if;
  end
  $$;

comment on function calsync.reminders_problem(jsonb) is 'What is wrong with reminders, and where; nulls when nothing is.';

create function calsync.normal_reminders(reminders jsonb) returns jsonb
  language sql immutable parallel safe
  return case when jsonb_typeof(reminders) = 'object' and jsonb_typeof(reminders -> 'overrides') is distinct from 'array'
    and coalesce(jsonb_typeof(reminders -> 'overrides'), 'null') = 'null'
    then reminders || '{"overrides": []}' else reminders end;

comment on function calsync.normal_reminders(jsonb) is 'Reminders with their list of overrides written out.';

-- Recurrence -------------------------------------------------------------------------------------------------------------------

create function calsync.whole_number(value text, at_least int, at_most int, may_be_negative boolean default false) returns boolean
  language sql immutable parallel safe
  return case when value !~ (case when may_be_negative then '^[+-]?[0-9]{1,9}$' else '^[+]?[0-9]{1,9}$' end) then false
    when may_be_negative then abs(value::int) between at_least and at_most else value::int between at_least and at_most end;

comment on function calsync.whole_number(text, int, int, boolean) is
  'Whether a text is a whole number within bounds; where it may be negative the bounds are those of its size.';

create function calsync.every_member(list text, pattern text, at_least int, at_most int, may_be_negative boolean) returns boolean
  language sql immutable parallel safe
  return (select bool_and(case
      when pattern is null then calsync.whole_number(btrim(member), at_least, at_most, may_be_negative)
      else btrim(member) ~ pattern and (btrim(member) ~ '^[A-Z]' or calsync.whole_number(left(btrim(member), -2), at_least, at_most, may_be_negative))
    end) from unnest(string_to_array(list, ',')) as listed (member));

comment on function calsync.every_member(text, text, int, int, boolean) is
  'Whether every member of a list is a number within bounds or, given a pattern, a day with such a number before it or none.';

create function calsync.rule_part_problem(name text, value text) returns text
  language sql immutable parallel safe
  return case name
    when 'FREQ' then case
      when value in ('DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY') then null
      when value in ('SECONDLY', 'MINUTELY', 'HOURLY') then 'must be DAILY or longer: Google Calendar repeats nothing more often than daily'
      else 'must be DAILY, WEEKLY, MONTHLY or YEARLY' end
    when 'INTERVAL' then case when not calsync.whole_number(value, 1, 1000) then 'must be a whole number from 1 to 1000' end
    when 'COUNT' then case when not calsync.whole_number(value, 1, 10000) then 'must be a whole number from 1 to 10000' end
    when 'UNTIL' then case when value !~ '^[0-9]{8}(T[0-9]{6}Z?)?$' then 'must be a date such as 20261231T235959Z' end
    when 'WKST' then case when value !~ '^(MO|TU|WE|TH|FR|SA|SU)$' then 'must be one of MO TU WE TH FR SA SU' end
    when 'BYDAY' then case when not calsync.every_member(value, '^([+-]?[0-9]{1,9})?(MO|TU|WE|TH|FR|SA|SU)$', 1, 53, true)
      then 'must hold days such as MO or 2TU' end
    when 'BYMONTH' then case when not calsync.every_member(value, null, 1, 12, false) then 'must be a whole number from 1 to 12' end
    when 'BYMONTHDAY' then case when not calsync.every_member(value, null, 1, 31, true) then 'must hold numbers from 1 to 31 or -31 to -1' end
    when 'BYYEARDAY' then case when not calsync.every_member(value, null, 1, 366, true) then 'must hold numbers from 1 to 366 or -366 to -1' end
    when 'BYWEEKNO' then case when not calsync.every_member(value, null, 1, 53, true) then 'must hold numbers from 1 to 53 or -53 to -1' end
    when 'BYSETPOS' then case when not calsync.every_member(value, null, 1, 366, true) then 'must hold numbers from 1 to 366 or -366 to -1' end
    when 'BYHOUR' then case when not calsync.every_member(value, null, 0, 23, false) then 'must be a whole number from 0 to 23' end
    when 'BYMINUTE' then case when not calsync.every_member(value, null, 0, 59, false) then 'must be a whole number from 0 to 59' end
    when 'BYSECOND' then case when not calsync.every_member(value, null, 0, 59, false) then 'must be a whole number from 0 to 59' end
    else 'is no part of a recurrence rule'
  end;

comment on function calsync.rule_part_problem(text, text) is
  'What is wrong with one part of an RRULE (RFC 5545 section 3.3.10, as far as Google Calendar takes it); null when nothing is. The rules of src/core/recurrence-rule.ts.';

create function calsync.rule_parts(rule text) returns table (name text, value text, place bigint)
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
    select btrim(split_part(part, '=', 1)), btrim(case when strpos(part, '=') > 0 then substr(part, strpos(part, '=') + 1) else '' end), place
      from unnest(string_to_array(regexp_replace(upper(btrim(substr(rule, strpos(rule, ':') + 1))), ';$', ''), ';')) with ordinality as listed (part, place)
  $$;

comment on function calsync.rule_parts(text) is 'The parts of an RRULE line in order, in capitals.';

create function calsync.rule_problem(rule text, is_all_day boolean) returns text
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    part record;
    parts jsonb := '{}';
  begin
    for part in select * from calsync.rule_parts(rule) order by place loop
      if calsync.rule_part_problem(part.name, part.value) is not null then
        return case when part.name ~ '^[A-Z0-9-]{1,40}$' then part.name else 'what stands there' end
          || ' ' || calsync.rule_part_problem(part.name, part.value);
      elsif parts ? part.name then
        return part.name || ' is given twice';
      end if;
      parts := parts || jsonb_build_object(part.name, part.value);
    end loop;
    return case
      when not parts ? 'FREQ' then 'FREQ is missing: say FREQ=DAILY, WEEKLY, MONTHLY or YEARLY'
      when parts ? 'COUNT' and parts ? 'UNTIL' then 'COUNT and UNTIL exclude each other: keep one of them'
      when is_all_day and char_length(parts ->> 'UNTIL') <> 8 then 'UNTIL must be a date such as 20261231, since the event is all-day'
      when not is_all_day and parts ->> 'UNTIL' !~ 'Z$' then 'UNTIL must be a time in UTC such as 20261231T235959Z, since the event has a time'
      when parts ->> 'BYDAY' ~ '[0-9]' and (parts ->> 'FREQ' not in ('MONTHLY', 'YEARLY') or parts ? 'BYWEEKNO')
        then 'BYDAY with a number (2MO) needs FREQ=MONTHLY or YEARLY without BYWEEKNO'
      when parts ? 'BYMONTHDAY' and parts ->> 'FREQ' = 'WEEKLY' then 'BYMONTHDAY does not go with FREQ=WEEKLY'
      when parts ? 'BYYEARDAY' and parts ->> 'FREQ' <> 'YEARLY' then 'BYYEARDAY needs FREQ=YEARLY'
      when parts ? 'BYWEEKNO' and parts ->> 'FREQ' <> 'YEARLY' then 'BYWEEKNO needs FREQ=YEARLY'
      when parts ? 'BYSETPOS' and not parts ?| array['BYDAY', 'BYMONTH', 'BYMONTHDAY', 'BYYEARDAY', 'BYWEEKNO', 'BYHOUR', 'BYMINUTE', 'BYSECOND']
        then 'BYSETPOS needs another BY part to choose from'
      when is_all_day and parts ?| array['BYHOUR', 'BYMINUTE', 'BYSECOND'] then 'BYHOUR, BYMINUTE and BYSECOND do not go with an all-day event'
    end;
  end
  $$;

comment on function calsync.rule_problem(text, boolean) is 'What is wrong with an RRULE or EXRULE line of an all-day or timed event; null when nothing is.';

create function calsync.is_day(value text) returns boolean
  language sql immutable parallel safe
  return value ~ '^[0-9]{8}$' and left(value, 4)::int between 1970 and 2200 and substr(value, 5, 2)::int between 1 and 12
    and substr(value, 7, 2)::int between 1 and case
      when substr(value, 5, 2)::int in (4, 6, 9, 11) then 30
      when substr(value, 5, 2)::int <> 2 then 31
      when left(value, 4)::int % 4 = 0 and (left(value, 4)::int % 100 <> 0 or left(value, 4)::int % 400 = 0) then 29
      else 28 end;

comment on function calsync.is_day(text) is 'Whether 20261130 is a real day of the years 1970 to 2200.';

create function calsync.is_day_time(value text) returns boolean
  language sql immutable parallel safe
  return value ~ '^[0-9]{8}T([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z?$' and calsync.is_day(left(value, 8));

comment on function calsync.is_day_time(text) is 'Whether 20261130T100000 is a real time of the years 1970 to 2200, in UTC with a Z.';

create function calsync.dates_problem(line text, is_all_day boolean) returns text
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    name text := upper(split_part(split_part(line, ':', 1), ';', 1));
    listed text[] := string_to_array(upper(substr(line, strpos(line, ':') + 1)), ',');
    member text;
    zone text;
    kind text;
    in_utc int := 0;
  begin
    foreach member in array coalesce((string_to_array(split_part(line, ':', 1), ';'))[2:], '{}') loop
      case upper(btrim(split_part(member, '=', 1)))
        when 'TZID' then zone := coalesce(zone, btrim(substr(member, strpos(member, '=') + 1)));
        when 'VALUE' then kind := coalesce(kind, upper(btrim(substr(member, strpos(member, '=') + 1))));
        else return name || ' takes the parameters TZID and VALUE only';
      end case;
    end loop;
    if is_all_day and zone is not null then
      return name || ' TZID has no meaning for an all-day event';
    elsif is_all_day and (kind is distinct from 'DATE' or exists (select from unnest(listed) as day (value) where not calsync.is_day(btrim(value)))) then
      return name || format(' must hold dates, as in %s;VALUE=DATE:20261224, since the event is all-day', name);
    elsif is_all_day then
      return null;
    end if;
    foreach member in array listed loop
      if coalesce(kind, 'DATE-TIME') <> 'DATE-TIME' or not calsync.is_day_time(btrim(member)) then
        return name || format(' must hold times, as in %s;TZID=Europe/Paris:20261224T100000, since the event has a time', name);
      end if;
      in_utc := in_utc + (btrim(member) ~ 'Z$')::int;
    end loop;
    return name || case
      when zone is not null and not calsync.is_time_zone(zone) then ' TZID is no IANA time zone'
      when zone is not null and in_utc > 0 then ' cannot have both TZID and times in UTC (ending in Z)'
      when zone is null and in_utc < cardinality(listed) then ' needs TZID for its local times, or times in UTC'
    end;
  end
  $$;

comment on function calsync.dates_problem(text, boolean) is 'What is wrong with an RDATE or EXDATE line of an all-day or timed event; null when nothing is.';

create function calsync.recurrence_problem(lines text[], is_all_day boolean, out line int, out problem text)
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    stated text;
    name text;
    head text;
    repeats boolean := false;
  begin
    if coalesce(cardinality(lines), 0) = 0 then
      return;
    elsif cardinality(lines) > 64 then
      problem := 'has more than 64 lines';
      return;
    elsif char_length(array_to_string(lines, E'\n')) > 16384 then
      problem := 'is longer than 16384 characters';
      return;
    end if;
    line := 0;
    foreach stated in array lines loop
      stated := calsync.trimmed(stated);
      head := split_part(stated, ':', 1);
      name := upper(split_part(head, ';', 1));
      problem := case
        when stated ~* '^(DTSTART|DTEND)\y' then 'DTSTART and DTEND do not belong here: they are the columns of start and end'
        when stated ~* '^FREQ=' then 'must begin with RRULE:, as in RRULE:FREQ=WEEKLY'
        when strpos(stated, ':') = 0 or calsync.trimmed(substr(stated, strpos(stated, ':') + 1)) = ''
          or not (name in ('RDATE', 'EXDATE') or (name in ('RRULE', 'EXRULE') and strpos(head, ';') = 0))
          then 'must be an RRULE, EXRULE, RDATE or EXDATE line with a value, as in RRULE:FREQ=WEEKLY;COUNT=10'
        when name in ('RRULE', 'EXRULE') then name || ' ' || calsync.rule_problem(stated, is_all_day)
        else calsync.dates_problem(stated, is_all_day)
      end;
      if problem is not null then
        return;
      end if;
      repeats := repeats or name in ('RRULE', 'RDATE');
      line := line + 1;
    end loop;
    line := null;
    if not repeats then
      problem := 'needs an RRULE or RDATE line: exceptions alone repeat nothing';
    end if;
  end
  $$;

comment on function calsync.recurrence_problem(text[], boolean) is
  'What is wrong with the lines of a series, and with which, counted from 0 (null: all of them); nulls when nothing is. The rules of src/core/recurrence-door.ts.';

-- Only whether there is any occurrence, not which. Rules with BYSETPOS, BYWEEKNO or times of day, and yearly ones that choose days in more
-- than one way, are taken to have one: programs differ on some of them.
create function calsync.rule_occurs(rule text, first_day timestamp, until timestamp) returns boolean
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    horizon constant timestamp := '2201-01-01';
    part jsonb := (select jsonb_object_agg(name, value) from calsync.rule_parts(rule));
    freq text := part ->> 'FREQ';
    every int := coalesce((part ->> 'INTERVAL')::int, 1);
    week_start int := array_position(array['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], coalesce(part ->> 'WKST', 'MO'));
    days text[] := string_to_array(replace(replace(part ->> 'BYDAY', ' ', ''), '+', ''), ',');
    months int[] := string_to_array(part ->> 'BYMONTH', ',')::int[];
    month_days int[] := string_to_array(part ->> 'BYMONTHDAY', ',')::int[];
    year_days int[] := string_to_array(part ->> 'BYYEARDAY', ',')::int[];
    day timestamp := first_day;
    week0 timestamp := first_day - make_interval(days => (extract(isodow from first_day)::int - week_start + 7) % 7);
    name text;
    span_start timestamp;
    span_end timestamp;
    month_end int;
    year_end int;
    matches boolean;
  begin
    if until < first_day then
      return false;
    elsif part ?| array['BYSETPOS', 'BYWEEKNO', 'BYHOUR', 'BYMINUTE', 'BYSECOND'] or not part ?| array['BYDAY', 'BYMONTH', 'BYMONTHDAY', 'BYYEARDAY'] then
      return true;
    elsif freq = 'YEARLY' and (num_nonnulls(part ->> 'BYDAY', part ->> 'BYMONTHDAY', part ->> 'BYYEARDAY') > 1 or part ->> 'BYDAY' ~ '[0-9]') then
      return true;
    end if;
    while day < horizon and (until is null or day <= until) loop
      name := (array['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'])[extract(isodow from day)::int];
      month_end := extract(day from date_trunc('month', day) + interval '1 month - 1 day');
      year_end := extract(doy from date_trunc('year', day) + interval '1 year - 1 day');
      span_start := date_trunc(case when freq = 'MONTHLY' or months is not null then 'month' else 'year' end, day);
      span_end := span_start + case when freq = 'MONTHLY' or months is not null then interval '1 month' else interval '1 year' end;
      matches := case freq
           when 'DAILY' then true
           when 'WEEKLY' then (extract(day from day - week0)::int / 7) % every = 0
           when 'MONTHLY' then ((extract(year from day) - extract(year from first_day)) * 12 + extract(month from day) - extract(month from first_day))::int % every = 0
           else (extract(year from day) - extract(year from first_day))::int % every = 0 end
        and (months is null or extract(month from day)::int = any (months))
        and (month_days is null or extract(day from day)::int = any (month_days) or extract(day from day)::int - month_end - 1 = any (month_days))
        and (year_days is null or extract(doy from day)::int = any (year_days) or extract(doy from day)::int - year_end - 1 = any (year_days))
        and case
          when days is null then
            case when freq = 'WEEKLY' then extract(isodow from day) = extract(isodow from first_day)
                 when freq = 'MONTHLY' then month_days is not null or extract(day from day) = extract(day from first_day)
                 when freq = 'YEARLY' then month_days is not null or year_days is not null or (extract(day from day) = extract(day from first_day)
                   and (months is not null or extract(month from day) = extract(month from first_day)))
                 else true end
          else name = any (days)
            or ((extract(day from day - span_start)::int / 7) + 1) || name = any (days)
            or (-(extract(day from span_end - day)::int - 1) / 7 - 1) || name = any (days) end;
      if matches then
        return true;
      end if;
      day := day + case when freq = 'DAILY' then make_interval(days => every) else interval '1 day' end;
    end loop;
    return false;
  end
  $$;

comment on function calsync.rule_occurs(text, timestamp, timestamp) is
  'Whether a rule that is right in itself has an occurrence at or after a first day and not after its end; wall-clock times of the zone of the series.';

create function calsync.series_is_empty(lines text[], first_day timestamp, zone text) returns boolean
  language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
  declare
    stated text;
    until_text text;
    until timestamp;
    has_rule boolean := false;
  begin
    foreach stated in array lines loop
      stated := calsync.trimmed(stated);
      if stated ~* '^RDATE' then
        return false;
      elsif stated ~* '^RRULE' then
        has_rule := true;
        select value into until_text from calsync.rule_parts(stated) where name = 'UNTIL';
        until := case
          when not found then null
          when calsync.is_day(until_text) then until_text::date::timestamp
          when calsync.is_day_time(until_text) then
            ((left(until_text, 8) || ' ' || substr(until_text, 10, 6))::timestamp at time zone 'UTC') at time zone coalesce(zone, 'UTC')
        end;
        if calsync.rule_occurs(stated, first_day, until) then
          return false;
        end if;
      end if;
    end loop;
    return has_rule;
  end
  $$;

comment on function calsync.series_is_empty(text[], timestamp, text) is 'Whether the rules of a series have no occurrence at or after its start. Exceptions are left aside.';

-- Constraints ------------------------------------------------------------------------------------------------------------------

alter table calsync.desired_event
  drop constraint key_characters,
  drop constraint years,
  drop constraint recurrence_not_empty,
  drop constraint reminders_object,
  drop constraint labels_object,
  add constraint key_characters check (calsync.is_one_line(key)),
  add constraint key_is_no_path_step check (key not in ('.', '..')),
  add constraint schedule_characters check (calsync.is_one_line(schedule)),
  add constraint summary_characters check (calsync.is_lines(summary)),
  add constraint description_characters check (calsync.is_lines(description)),
  add constraint location_characters check (calsync.is_lines(location)),
  add constraint start_years check (coalesce(start_date, start_local::date) between date '1970-01-01' and date '2200-12-31'),
  add constraint end_years check (coalesce(end_date, end_local::date) between date '1970-01-01' and date '2200-12-31'),
  add constraint recurrence_list check (
    recurrence is null or cardinality(recurrence) = 0 or (array_ndims(recurrence) = 1 and array_position(recurrence, null) is null)),
  add constraint reminders_form check (case when reminders is null then true else (calsync.reminders_problem(reminders)).problem is null end),
  add constraint labels_form check (case when labels = '{}' then true else (calsync.labels_problem(labels)).problem is null end);

alter table calsync.desired_attendee
  add constraint display_name_characters check (calsync.is_one_line(display_name));

-- Keys and ids stand in URLs, whose readers resolve these two away.
alter table calsync.person
  add constraint person_id_is_no_path_step check (id not in ('.', '..')),
  add constraint person_name_characters check (calsync.is_one_line(display_name));

-- Triggers ---------------------------------------------------------------------------------------------------------------------
-- They fire in the order of their names: `normalise` before `stamp`, so that another spelling of the same is no change, and `verify`
-- after it, which knows the zones. Their conditions are expressions, so that most rows cost no call.

create function calsync.normalise_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
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

comment on function calsync.normalise_event() is
  'Brings a row to the one spelling that every door writes: \n for line breaks, reminders written out, lines trimmed, an offset only where it says something.';

create function calsync.offset_of(local timestamp, zone text, utc_offset text, side text) returns text
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    picked text;
  begin
    if local is null or zone is null or utc_offset is null or utc_offset !~ '^[+-][01][0-9]:[0-5][0-9]$' then
      return utc_offset;
    end if;
    perform calsync.require_zone(zone, side);
    picked := calsync.side_of_hour(local, zone, utc_offset);
    if picked = 'wrong' then
      raise exception 'the % has the offset %, which % does not have at %', side, utc_offset, zone, to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS')
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = side || '_offset',
              constraint = side || '_offset_fits', hint = 'Correct it, or leave it out: it only picks a side of an hour that comes twice.';
    end if;
    return picked;
  end
  $$;

comment on function calsync.offset_of(timestamp, text, text, text) is 'The offset to keep of one that was stated; refuses one that the zone does not have then.';

create trigger normalise before insert or update on calsync.desired_event
  for each row when (
    new.start_offset is not null or new.end_offset is not null or new.recurrence is not null or new.reminders is not null
    or strpos(new.summary, E'\r') > 0 or strpos(new.description, E'\r') > 0 or strpos(new.location, E'\r') > 0
  ) execute function calsync.normalise_event();

create function calsync.verify_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong record;
  begin
    perform calsync.require_shown(new.start_local, new.start_zone, 'start');
    perform calsync.require_shown(new.end_local, new.end_zone, 'end');
    if coalesce(cardinality(new.recurrence), 0) = 0 or array_ndims(new.recurrence) > 1 or array_position(new.recurrence, null) is not null
      or num_nonnulls(new.start_date, new.start_local) <> 1 then
      return new; -- there is no series, or a constraint refuses the row
    end if;
    select * into wrong from calsync.recurrence_problem(new.recurrence, new.start_date is not null);
    if wrong.problem is not null then
      raise exception 'recurrence%: %', case when wrong.line is null then '' else format(', line %s', wrong.line + 1) end, wrong.problem
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'recurrence', constraint = 'recurrence_line',
              hint = 'Lines are written as in RFC 5545: RRULE:FREQ=WEEKLY;COUNT=10, EXDATE;TZID=Europe/Paris:20261224T100000.';
    end if;
    if new.start_zone <> new.end_zone and not calsync.same_time_zone(new.start_zone, new.end_zone) then
      raise exception 'the event is a series and ends in another zone than it starts in'
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'end_zone', constraint = 'series_in_one_zone',
              hint = 'Give end_zone the zone of the start.';
    end if;
    if coalesce(new.start_date, new.start_local) < '2201-01-01'
      and calsync.series_is_empty(new.recurrence, coalesce(new.start_date::timestamp, new.start_local), new.start_zone) then
      raise exception 'the recurrence has no occurrence at or after the start'
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'recurrence', constraint = 'series_not_empty',
              hint = 'Look at its UNTIL, and whether its BY parts ever meet.';
    end if;
    return new;
  end
  $$;

comment on function calsync.verify_event() is 'Refuses times that no clock shows, lines that are no recurrence, and series that cannot take place. Looks when times or lines change.';

create function calsync.require_shown(local timestamp, zone text, side text) returns void
  language plpgsql immutable set search_path = pg_catalog, pg_temp
  as $$
  begin
    if (local at time zone zone) at time zone zone <> local then
      raise exception 'the % does not exist: % is skipped in % that day', side, to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS'), zone
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = side || '_local',
              constraint = side || '_time_exists',
              hint = format('Clocks are put forward there; this one would show %s.', to_char((local at time zone zone) at time zone zone, 'HH24:MI:SS'));
    end if;
  end
  $$;

comment on function calsync.require_shown(timestamp, text, text) is 'Refuses a local time that the clocks of its zone skip, by the zone rules of this database.';

create trigger verify_new before insert on calsync.desired_event
  for each row when (
    new.recurrence is not null
    or (new.start_local at time zone new.start_zone) at time zone new.start_zone <> new.start_local
    or (new.end_local at time zone new.end_zone) at time zone new.end_zone <> new.end_local
  ) execute function calsync.verify_event();

create trigger verify_changed before update on calsync.desired_event
  for each row when (
    (new.recurrence, new.start_date, new.start_local, new.start_zone, new.end_local, new.end_zone)
      is distinct from (old.recurrence, old.start_date, old.start_local, old.start_zone, old.end_local, old.end_zone)
  ) execute function calsync.verify_event();

create function calsync.limit_attendees() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    crowded text;
  begin
    select attendee.key into crowded from calsync.desired_attendee attendee
      where attendee.key in (select added.key from after_rows added) group by attendee.key having count(*) > 500 limit 1;
    if crowded is not null then
      raise exception 'the event "%" would have more than 500 attendees', left(crowded, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'attendees_limit', hint = 'Invite a group''s address instead.';
    end if;
    return null;
  end
  $$;

comment on function calsync.limit_attendees() is 'An event has at most 500 attendees.';

create trigger limit_attendees after insert on calsync.desired_attendee
  referencing new table as after_rows
  for each statement execute function calsync.limit_attendees();
