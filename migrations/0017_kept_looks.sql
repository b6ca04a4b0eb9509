-- What a session keeps of a plan must serve when tables have grown. A plan that was made while a table had a page could take any index that
-- leads to the row, even one that leads to all of them, and kept to it until statistics were gathered: creating walked through the events of a
-- calendar, every write through the bindings, every enrolment through the attendees. Each look below has one index that can serve it. Why it
-- is done so: docs/decisions/0015.

-- Twins -----------------------------------------------------------------------------------------------------------------------------
-- Calendar and title are one column of the index, and are compared by themselves in a way for which no index serves.

drop index calsync.desired_event_twin;
create index desired_event_twin on calsync.desired_event (md5(calendar || E'\n' || summary), coalesce(start_local, start_date))
  where cancelled_at is null;

create or replace function calsync.find_twins(events jsonb) returns table (key text, twin text)
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
    set enable_indexscan = off
  as $$
  begin
    return query
      select stated.key, other.key
        from jsonb_populate_recordset(null::calsync.desired_event, events) stated
        cross join lateral (
          select event.key from calsync.desired_event event
            where md5(event.calendar || E'\n' || event.summary) = md5(stated.calendar || E'\n' || stated.summary)
              and coalesce(event.start_local, event.start_date) = coalesce(stated.start_local, stated.start_date)
              and event.cancelled_at is null and event.key is distinct from stated.key
              and event.calendar is not distinct from stated.calendar and event.summary is not distinct from stated.summary
              and event.start_zone is not distinct from stated.start_zone and event.end_zone is not distinct from stated.end_zone
              and coalesce(event.end_local, event.end_date) = coalesce(stated.end_local, stated.end_date)
            offset 0
        ) other
        order by stated.key, other.key;
  end
  $$;

create or replace function calsync.twin_of(event calsync.desired_event) returns text
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select other.key from calsync.desired_event other
      where md5(other.calendar || E'\n' || other.summary) = md5(event.calendar || E'\n' || event.summary)
        and coalesce(other.start_local, other.start_date) = coalesce(event.start_local, event.start_date)
        and other.cancelled_at is null and other.key is distinct from event.key
        and other.calendar is not distinct from event.calendar and other.summary is not distinct from event.summary
        and other.start_zone is not distinct from event.start_zone and other.end_zone is not distinct from event.end_zone
        and coalesce(other.end_local, other.end_date) = coalesce(event.end_local, event.end_date)
      order by other.key limit 1
  $$;

-- Marks and attendees ------------------------------------------------------------------------------------------------------------------
-- By bitmaps alone: without a condition that its index has, there is none.

create or replace function calsync.mark_dirty(keys text[], revisions bigint[], calendars text[], starts timestamptz[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
    set enable_indexscan = off
  as $$
  begin
    insert into calsync.dirty as mark (key, calendar, revision, starts_at)
      select changed.key,
             coalesce(
               (select bound.calendar from calsync.binding bound where bound.key = changed.key and bound.state <> 'retired'),
               (select intent.calendar from calsync.intent where intent.key = changed.key and intent.outcome is null order by intent.id desc limit 1),
               changed.calendar),
             changed.revision, changed.starts_at
        from unnest(keys, revisions, calendars, starts) as changed (key, revision, calendar, starts_at)
        order by changed.key
      on conflict (key) do update set calendar = excluded.calendar, revision = greatest(mark.revision, excluded.revision),
        starts_at = coalesce(excluded.starts_at, mark.starts_at), due_at = calsync.now(),
        marked_at = case when mark.parked then calsync.now() else mark.marked_at end,
        attempts = 0, parked = false, fault = null, error_kind = null, reason = null;
  end
  $$;

create or replace function calsync.lock_events_of_attendees(keys text[], most bigint) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
    set enable_indexscan = off
  as $$
  declare
    wrong record;
  begin
    perform from calsync.desired_event event where event.key = any (keys) order by event.key for no key update;

    select listed.key, listed.guests > most as crowded, listed.cancelled into wrong
      from (
        select event.key, event.cancelled_at is not null as cancelled, attending.guests, attending.differs
          from calsync.desired_event event
          cross join lateral (
            select count(*) as guests, bool_or((attendee.state = 'active') <> (event.cancelled_at is null)) as differs
              from calsync.desired_attendee attendee where attendee.key = event.key
          ) attending
          where event.key = any (keys)
      ) listed
      where listed.guests > most or listed.differs
      order by listed.guests > most desc nulls last, listed.key limit 1;
    if not found then
      return;
    elsif wrong.crowded then
      raise exception 'the event "%" would have more than 500 attendees', left(wrong.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'attendees_limit', hint = 'Invite a group''s address instead.';
    elsif wrong.cancelled then
      raise exception 'the event "%" is cancelled: nobody can be added to it', left(wrong.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', constraint = 'event_is_cancelled',
              hint = 'If it should take place after all, set its cancelled_at to null first.';
    else
      raise exception 'the state of an attendee follows its event, and "%" is not cancelled', left(wrong.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'state',
              constraint = 'state_follows_event', hint = 'Leave state out; to take a guest off the event delete the row.';
    end if;
  end
  $$;
