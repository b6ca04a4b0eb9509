-- Weekdays that are counted from the end of a month or year (BYDAY=-1TU) are counted in whole days, whatever the time of day at which the series
-- starts: the one before the last was taken for the last where seven days and part of one were left, and a rule without any occurrence passed.

create or replace function calsync.rule_occurs(rule text, first_day timestamp, until timestamp) returns boolean
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
            or (-(extract(day from span_end - date_trunc('day', day))::int - 1) / 7 - 1) || name = any (days) end;
      if matches then
        return true;
      end if;
      day := day + case when freq = 'DAILY' then make_interval(days => every) else interval '1 day' end;
    end loop;
    return false;
  end
  $$;
