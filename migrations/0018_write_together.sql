-- Writes of single keys that wait for each other anyway go in one statement. Why, and what each of them still has for itself: docs/decisions/0016.

create or replace function calsync.read_desired(keys text[], calendars text[], events jsonb, out rows_read jsonb, out calendars_known jsonb, out twins jsonb)
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    select coalesce(jsonb_agg(jsonb_build_object('event', to_jsonb(event), 'attendees', coalesce((
          select jsonb_agg(to_jsonb(guest) order by guest.added_at, guest.normal_address) from calsync.desired_attendee guest where guest.key = event.key
        ), '[]')) order by event.key), '[]')
      into rows_read from calsync.desired_event event where event.key = any (keys);
    if calendars is not null and jsonb_array_length(rows_read) < cardinality(keys) then
      select place.calendars_known, place.twins into calendars_known, twins from calsync.find_places(calendars, events) place;
    end if;
  end
  $$;

comment on function calsync.read_desired(text[], text[], jsonb) is
  'The rows of these keys with their attendees, in key order. Where one of them has no row and calendars are given: what find_places says of all that was asked.';

create function calsync.write_apart(keys text[], revisions bigint[], actor text, door text, source text,
    inserted jsonb, updated jsonb, cancelled text[], guests jsonb, leaving jsonb)
  returns table (numbers jsonb)
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
    set lock_timeout = '50ms'
  as $$
  declare
    unmoved text[];
  begin
    perform set_config('calsync.actor', actor, true), set_config('calsync.door', door, true), set_config('calsync.source', source, true);
    select coalesce(array_agg(read.key), '{}') into unmoved
      from unnest(keys, revisions) as read (key, revision)
      left join (
        select event.key, event.revision from calsync.desired_event event where event.key = any (keys) order by event.key for no key update skip locked
      ) locked on locked.key = read.key
      where locked.revision is not distinct from read.revision;
    if unmoved = '{}' then
      return;
    elsif cardinality(unmoved) < cardinality(keys) then
      inserted := calsync.entries_of(inserted, unmoved);
      updated := calsync.entries_of(updated, unmoved);
      guests := calsync.entries_of(guests, unmoved);
      leaving := calsync.entries_of(leaving, unmoved);
      cancelled := (select array_agg(asked.key) from unnest(cancelled) as asked (key) where asked.key = any (unmoved));
    end if;
    return query select written.numbers from calsync.write_decided(unmoved, null, null, null, null, null, inserted, updated, cancelled, guests, leaving) written;
    if not found then
      raise exception 'another writer created one of these keys at the same moment' using errcode = 'serialization_failure';
    end if;
  end
  $$;

comment on function calsync.write_apart(text[], bigint[], text, text, text, jsonb, jsonb, text[], jsonb, jsonb) is
  'Writes what was decided for each of these keys by itself, from what was read at these revisions (null: no row). A key that is not as it was read, or that somebody holds, is left alone; answers the numbers of the others. A transaction of its own, which waits for nobody for long.';

create function calsync.entries_of(listed jsonb, keys text[]) returns jsonb
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$ select jsonb_agg(entry) from jsonb_array_elements(listed) as entry where entry ->> 'key' = any (keys) $$;

comment on function calsync.entries_of(jsonb, text[]) is 'Those entries of a list that name one of the keys; null for none.';
