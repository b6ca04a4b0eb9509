-- What a write costs: the same rules, history and marks as before, for about half of the database's processor time, and in fewer statements.
--
-- Plans were made anew for every statement, since those for one key look cheaper than those for any: the functions below keep theirs
-- (plan_cache_mode). A plan kept from small tables must not walk through grown ones, so none walks through a table at all
-- (enable_seqscan); the functions that they call inherit both. Before and after are brought together by a full join, which is never done
-- row by row, however few rows there were when it was planned. Of several triggers each read the same rows again: now there is one for
-- each kind of statement. Rules that hardly any installation has a row for (mail, people, tests) cost one look. Why it is done so:
-- docs/decisions/0013.

create or replace function calsync.now() returns timestamptz
  language sql stable parallel safe
  return statement_timestamp();

create or replace function calsync.writer() returns table (actor text, source text, door text)
  language sql stable parallel safe
  begin atomic
    select coalesce(nullif(current_setting('calsync.actor', true), ''), session_user::text),
           case current_setting('calsync.source', true) when 'google' then 'google' when 'calsync' then 'calsync' else 'caller' end,
           coalesce(nullif(current_setting('calsync.door', true), ''), 'sql');
  end;

-- Rows ----------------------------------------------------------------------------------------------------------------------------

create or replace function calsync.stamp_event() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    counted bigint;
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
    -- Only the trigger on attendees counts them.
    counted := case when pg_trigger_depth() < 2 then old.attendees_version else new.attendees_version end;
    -- With the columns that are kept here set back, what is left of a difference is the writer's.
    new.generation := old.generation;
    new.revision := old.revision;
    new.attendees_version := old.attendees_version;
    new.created_at := old.created_at;
    new.updated_at := old.updated_at;
    own_changed := new is distinct from old;
    if own_changed or counted <> old.attendees_version then
      new.generation := old.generation + own_changed::int;
      new.revision := old.revision + 1;
      new.attendees_version := counted;
      new.updated_at := calsync.now();
    end if;
    return new;
  end
  $$;

-- Marks ---------------------------------------------------------------------------------------------------------------------------

create or replace function calsync.mark_dirty(keys text[], revisions bigint[], calendars text[], starts timestamptz[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    insert into calsync.dirty as mark (key, calendar, revision, starts_at)
      select changed.key,
             coalesce(
               (select bound.calendar from calsync.binding bound where bound.key = changed.key and bound.state in ('live', 'gone')),
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

alter function calsync.record_event_delete() set plan_cache_mode = force_generic_plan;
alter function calsync.record_event_delete() set enable_seqscan = off;

-- Events --------------------------------------------------------------------------------------------------------------------------

create function calsync.of_this_and_before(is_now text, was text) returns text[]
  language sql immutable parallel safe
  return array_remove(array[is_now, nullif(was, is_now)], null);

comment on function calsync.of_this_and_before(text, text) is 'What a row names now and, where it is another, what it named before: whom its history concerns.';

create or replace function calsync.record_event_insert() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    insert into calsync.history (key, kind, generation, revision, actor, source, door, after, calendars, schedules, people)
      select a.key, 'inserted', a.generation, a.revision, w.actor, w.source, w.door, to_jsonb(a), array[a.calendar],
             calsync.of_this_and_before(a.schedule, null), case when exists (select from calsync.person) then calsync.people_of(a.key) else '{}' end
        from after_rows a cross join calsync.writer() w order by a.key;
    perform calsync.mark_dirty(array_agg(a.key), array_agg(a.revision), array_agg(a.calendar),
        array_agg(calsync.starts_at(a.start_date, a.start_local, a.start_zone, a.start_offset)))
      from after_rows a having count(*) > 0;
    if exists (select from calsync.calendar where namespace = 'test') then
      perform calsync.require_namespaces(array_agg(a.key), array_agg(bound.calendar), array_agg(a.calendar))
        from after_rows a join calsync.binding bound on bound.key = a.key and bound.state in ('live', 'gone');
    end if;
    return null;
  end
  $$;

comment on function calsync.record_event_insert() is 'History and dirty marks of inserted rows, which stay in the namespace of an event that still stands for their key.';

create or replace function calsync.record_event_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  declare
    counted record;
  begin
    select array_agg(a.key) as keys, array_agg(a.revision) as revisions, array_agg(a.calendar) as calendars,
           array_agg(calsync.starts_at(a.start_date, a.start_local, a.start_zone, a.start_offset)) as starts,
           array_agg(a.key) filter (where a.generation <> b.generation) as changed,
           array_agg(a.key) filter (where b.cancelled_at is null and a.cancelled_at is not null) as closed,
           array_agg(a.key) filter (where b.cancelled_at is not null and a.cancelled_at is null) as opened,
           array_agg(b.calendar) filter (where a.calendar <> b.calendar) as left_calendars
      into counted
      from before_rows b full join after_rows a on a.key = b.key
      where a.revision is distinct from b.revision;
    if counted.keys is null then
      return null;
    end if;
    if counted.changed is not null then
      insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after, calendars, schedules, people)
        select a.key,
               case when (b.cancelled_at is null) = (a.cancelled_at is null) then 'updated' when b.cancelled_at is null then 'cancelled' else 'revived' end,
               a.generation, a.revision, w.actor, w.source, w.door, to_jsonb(b), to_jsonb(a),
               calsync.of_this_and_before(a.calendar, b.calendar), calsync.of_this_and_before(a.schedule, b.schedule),
               case when exists (select from calsync.person) then calsync.people_of(a.key) else '{}' end
          from before_rows b full join after_rows a on a.key = b.key cross join calsync.writer() w
          where a.generation is distinct from b.generation order by a.key;
    end if;
    if counted.closed is not null then
      update calsync.desired_attendee attendee set state = 'closed' where attendee.key = any (counted.closed);
    end if;
    if counted.opened is not null then
      update calsync.desired_attendee attendee set state = 'active' where attendee.key = any (counted.opened);
    end if;
    perform calsync.mark_dirty(counted.keys, counted.revisions, counted.calendars, counted.starts);
    if counted.changed is not null then
      perform calsync.follow_events(counted.changed, counted.closed, counted.opened);
    end if;
    if counted.left_calendars is not null then
      perform calsync.require_namespaces(array_agg(a.key), array_agg(b.calendar), array_agg(a.calendar))
        from before_rows b full join after_rows a on a.key = b.key where a.calendar is distinct from b.calendar;
    end if;
    return null;
  end
  $$;

comment on function calsync.record_event_update() is
  'History and dirty marks of changed rows, and what follows from the change; cancelling closes the attendees with it, reviving opens them. A row whose attendees alone changed has a new revision and the generation of before: its history is that of the attendees.';

drop trigger then_follow_update on calsync.desired_event;
drop trigger then_keep_namespace_insert on calsync.desired_event;
drop trigger then_keep_namespace_update on calsync.desired_event;
drop function calsync.follow_event_update();
drop function calsync.keep_namespace();

create function calsync.follow_events(changed text[], closed text[], opened text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    known record;
  begin
    select exists (select from calsync.reminder) as reminders, exists (select from calsync.outbox_mail) as mails,
           exists (select from calsync.person) as people, exists (select from calsync.unreachable_address) as unreachable into known;
    if known.reminders then
      update calsync.reminder mail
        set starts_at = moved.starts_at, due_at = moved.starts_at - make_interval(mins => mail.minutes_before)
        from (select event.key, calsync.starts_at(event.start_date, event.start_local, event.start_zone, event.start_offset) as starts_at
                from calsync.desired_event event where event.key = any (changed)) moved
        where mail.key = moved.key and mail.occurrence = '' and mail.starts_at <> moved.starts_at and mail.state in ('pending', 'closed');
    end if;
    if closed is not null and (known.reminders or known.mails) then
      perform calsync.close_mail(closed, 'event_cancelled');
    end if;
    if opened is not null and (known.reminders or known.mails) then
      perform calsync.reopen_mail(opened);
    end if;
    if known.people then
      perform calsync.move_invitations('{}', changed);
    end if;
    if known.unreachable then
      perform calsync.tell_unreachable(changed);
    end if;
  end
  $$;

comment on function calsync.follow_events(text[], text[], text[]) is
  'What follows from a change of events for their mail, for their guests'' addresses, and for what is said of them.';

create function calsync.require_namespaces(keys text[], homes text[], goals text[]) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong text;
  begin
    if not exists (select from calsync.calendar where namespace = 'test') then
      return;
    end if;
    select change.key into wrong
      from unnest(keys, homes, goals) as change (key, home, goal)
      join calsync.calendar home on home.id = change.home
      join calsync.calendar goal on goal.id = change.goal
      where home.namespace <> goal.namespace order by change.key limit 1;
    if wrong is not null then
      raise exception 'the event "%" would go from one namespace to the other', left(wrong, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'calendar',
              constraint = 'namespace_is_permanent',
              hint = 'Rows of tests and live rows never meet: use a calendar of the same namespace, or another key.';
    end if;
  end
  $$;

comment on function calsync.require_namespaces(text[], text[], text[]) is
  'Refuses to take events to a calendar of another namespace than the one where they are.';

-- Attendees -----------------------------------------------------------------------------------------------------------------------

drop trigger limit_attendees on calsync.desired_attendee;
drop function calsync.limit_attendees();
drop function calsync.lock_events_of_attendees(text[]);

-- Locks the events in key order before it looks at them: an enrolment and a cancellation that overlap wait for each other here, and
-- the later one sees what the earlier one did, as do two enrolments that would both be the last one. FOR NO KEY UPDATE, as the foreign
-- key's own lock goes with it.
create function calsync.lock_events_of_attendees(keys text[], most bigint) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong record;
  begin
    perform from calsync.desired_event event where event.key = any (keys) order by event.key for no key update;

    select listed.key, listed.guests > most as crowded, listed.cancelled into wrong
      from (
        select event.key, event.cancelled_at is not null as cancelled, count(*) as guests,
               bool_or((attendee.state = 'active') <> (event.cancelled_at is null)) as differs
          from calsync.desired_event event join calsync.desired_attendee attendee on attendee.key = event.key
          where event.key = any (keys) group by event.key
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

comment on function calsync.lock_events_of_attendees(text[], bigint) is
  'Locks the events of changed attendees and refuses an active attendee of a cancelled event, a closed one of a live event, and more guests than the stated number (null: any number).';

create function calsync.people_with(event_key text, own_people text[]) returns text[]
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    select coalesce(array_agg(distinct concerned order by concerned), '{}')
      from unnest(calsync.people_of(event_key) || own_people) concerned where concerned is not null
  $$;

comment on function calsync.people_with(text, text[]) is 'The persons on an event and these others, in order.';

-- Rows whose event is gone come from its removal and need no history. A change of state alone comes from the event, counted there. An
-- address may follow its person (one leaves, one comes, in one revision); who a guest is, is no change of the event: of that Google is
-- told nothing.
create or replace function calsync.record_attendees() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  declare
    touched text[]; -- all of them
    counted text[]; -- those that get a revision
    known record;
  begin
    if tg_op = 'INSERT' then
      select array_agg(distinct a.key), array_agg(distinct a.key) into touched, counted from after_rows a;
    elsif tg_op = 'DELETE' then
      select array_agg(distinct b.key), array_agg(distinct b.key) into touched, counted from before_rows b;
    elsif exists (select from after_rows) then -- an upsert fires this trigger, too, for no row
      select array_agg(distinct coalesce(a.key, b.key)), array_agg(distinct coalesce(a.key, b.key))
               filter (where to_jsonb(a) - array['state', 'person'] is distinct from to_jsonb(b) - array['state', 'person'])
        into touched, counted
        from before_rows b full join after_rows a on a.key = b.key and a.normal_address = b.normal_address;
    end if;
    if touched is null then
      return null;
    end if;
    perform calsync.lock_events_of_attendees(touched, case tg_op when 'INSERT' then 500 end);
    if counted is not null then
      update calsync.desired_event event set attendees_version = event.attendees_version + 1 where event.key = any (counted);
    end if;

    if tg_op = 'INSERT' then
      insert into calsync.history (key, kind, generation, revision, actor, source, door, after, calendars, schedules, people)
        select event.key, 'attendee_added', event.generation, event.revision, w.actor, w.source, w.door, to_jsonb(a), array[event.calendar],
               calsync.of_this_and_before(event.schedule, null),
               case when exists (select from calsync.person) then calsync.people_with(event.key, array[a.person]) else '{}' end
          from after_rows a
          cross join lateral (select event.* from calsync.desired_event event where event.key = a.key limit 1) event
          cross join calsync.writer() w order by a.key, a.normal_address;
    elsif tg_op = 'DELETE' then
      insert into calsync.history (key, kind, generation, revision, actor, source, door, before, calendars, schedules, people)
        select event.key, 'attendee_removed', event.generation, event.revision, w.actor, w.source, w.door, to_jsonb(b), array[event.calendar],
               calsync.of_this_and_before(event.schedule, null), calsync.people_with(event.key, array[b.person])
          from before_rows b
          cross join lateral (select event.* from calsync.desired_event event where event.key = b.key limit 1) event
          cross join calsync.writer() w order by b.key, b.normal_address;
    else
      insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after, calendars, schedules, people)
        select event.key,
               case when change.before is null then 'attendee_added' when change.after is null then 'attendee_removed' else 'attendee_changed' end,
               event.generation, event.revision, w.actor, w.source, w.door, change.before, change.after, array[event.calendar],
               calsync.of_this_and_before(event.schedule, null), calsync.people_with(event.key, change.own_people)
          from (
            select coalesce(a.key, b.key) as key, coalesce(a.normal_address, b.normal_address) as normal_address,
                   case when b.key is not null then to_jsonb(b) end as before, case when a.key is not null then to_jsonb(a) end as after,
                   array[a.person, b.person] as own_people
              from before_rows b full join after_rows a on a.key = b.key and a.normal_address = b.normal_address
          ) change
          cross join lateral (select event.* from calsync.desired_event event where event.key = change.key limit 1) event
          cross join calsync.writer() w
          where change.after - 'state' is distinct from change.before - 'state'
          order by change.key, change.before is null, change.normal_address;
    end if;

    select exists (select from calsync.reminder) or exists (select from calsync.outbox_mail) as mails,
           exists (select from calsync.unreachable_address) as unreachable into known;
    if tg_op <> 'DELETE' then
      perform calsync.require_test_guests(touched);
      if known.mails then
        perform calsync.reopen_mail(touched);
      end if;
    end if;
    if tg_op <> 'INSERT' and known.mails then
      perform calsync.close_mail_of_guests(array_agg(b.key), array_agg(b.normal_address), array_agg(b.person)) from before_rows b;
    end if;
    if known.unreachable then
      if tg_op = 'INSERT' then
        perform calsync.tell_unreachable_guests(array_agg(a.key), array_agg(a.normal_address)) from after_rows a;
      elsif tg_op = 'DELETE' then
        perform calsync.tell_unreachable_guests(array_agg(b.key), array_agg(b.normal_address)) from before_rows b;
      else
        perform calsync.tell_unreachable_guests(array_agg(side.key), array_agg(side.normal_address))
          from (select b.key, b.normal_address from before_rows b union select a.key, a.normal_address from after_rows a) side;
      end if;
    end if;
    return null;
  end
  $$;

comment on function calsync.record_attendees() is
  'What a statement changed about attendees: one revision of the event, one history row per attendee, and what follows for mail, tests and addresses that do not work.';

drop trigger then_follow_insert on calsync.desired_attendee;
drop trigger then_follow_update on calsync.desired_attendee;
drop trigger then_follow_delete on calsync.desired_attendee;
drop function calsync.follow_attendees();

create function calsync.close_mail_of_guests(keys text[], addresses text[], people text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    with left_behind as (
      select gone.key, gone.normal_address, gone.person from unnest(keys, addresses, people) as gone (key, normal_address, person)
        where not exists (select from calsync.desired_attendee guest where guest.key = gone.key and guest.normal_address = gone.normal_address)
    ), reminders as (
      update calsync.reminder mail set state = 'closed', reason = 'guest_removed', ended_at = calsync.now(), claimed_by = null, claimed_until = null
        from left_behind gone
        where mail.key = gone.key and mail.state = 'pending'
          and (mail.normal_address = gone.normal_address or (mail.person = gone.person
            and not exists (select from calsync.desired_attendee guest where guest.key = gone.key and guest.person = gone.person)))
    )
    update calsync.outbox_mail mail set state = 'closed', reason = 'guest_removed', ended_at = calsync.now(), claimed_by = null, claimed_until = null
      from left_behind gone
      where mail.key = gone.key and mail.state = 'pending' and mail.kind in ('invitation', 'change', 'reminder') and mail.normal_address = gone.normal_address;
  end
  $$;

comment on function calsync.close_mail_of_guests(text[], text[], text[]) is
  'Closes the pending mail of those of these guests who are not on their event any more: key, address and person of each.';

create function calsync.tell_unreachable_guests(keys text[], addresses text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform calsync.tell_unreachable(array_agg(distinct guest.key))
      from unnest(keys, addresses) as guest (key, normal_address)
      join calsync.unreachable_address address on address.normal_address = guest.normal_address having count(*) > 0;
  end
  $$;

comment on function calsync.tell_unreachable_guests(text[], text[]) is
  'Says anew what is said of the addresses of these events, as far as these guests have one that did not work: key and address of each.';

-- What is asked only where there is mail, a test calendar or an address that does not work joins in more ways than one: planned each time,
-- for the keys that it is about.
alter function calsync.close_mail(text[], text) set plan_cache_mode = force_custom_plan;
alter function calsync.reopen_mail(text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.close_mail_of_guests(text[], text[], text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.move_invitations(text[], text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.tell_unreachable(text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.tell_unreachable_guests(text[], text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.require_test_guests(text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.require_namespaces(text[], text[], text[]) set plan_cache_mode = force_custom_plan;
alter function calsync.fill_person() set enable_seqscan = off;

-- What is written above says itself whom it concerns.
drop trigger concerns on calsync.history;
create trigger concerns before insert on calsync.history
  for each row when (new.calendars = '{}') execute function calsync.say_whom_history_concerns();

-- Constraints ---------------------------------------------------------------------------------------------------------------------
-- Every statement prepares all of them, used or not: a function that is unfolded there, in each anew, costs more than the check itself.

-- Where nobody has to ask which hour of two is meant, clocks of one zone show later times later: both times exist, that is looked at
-- before. Operators by their full names, since who writes may have a search path of their own.
create function calsync.comes_later(end_local timestamp, end_zone text, end_offset text, start_local timestamp, start_zone text, start_offset text)
  returns boolean
  language plpgsql immutable parallel safe
  as $$
  begin
    return calsync.instant(end_local, end_zone, end_offset) operator(pg_catalog.>) calsync.instant(start_local, start_zone, start_offset);
  end
  $$;

comment on function calsync.comes_later(timestamp, text, text, timestamp, text, text) is
  'Whether the first of two local times comes after the second, by the zone rules of this database.';

alter table calsync.desired_event
  drop constraint key_characters,
  drop constraint schedule_characters,
  drop constraint summary_characters,
  drop constraint description_characters,
  drop constraint location_characters,
  drop constraint end_after_start,
  add constraint key_characters check (key !~ '[\u0001-\u001f\u007f-\u009f]'),
  add constraint schedule_characters check (schedule !~ '[\u0001-\u001f\u007f-\u009f]'),
  add constraint summary_characters check (summary !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]'),
  add constraint description_characters check (description !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]'),
  add constraint location_characters check (location !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]'),
  add constraint end_after_start check (
    case when start_date is not null then end_date > start_date
      when start_zone = end_zone and start_offset is null and end_offset is null then end_local > start_local
      else calsync.comes_later(end_local, end_zone, end_offset, start_local, start_zone, start_offset) end);

-- What the other doors ask and write ------------------------------------------------------------------------------------------------
-- Functions of the caller's own rights, for the sake of their plans: a session makes them once. Where a list could be joined in several
-- ways it is joined by lateral look-ups, so that there is but one.

create function calsync.lock_desired(keys text[], actor text default null, door text default null, source text default null)
  returns table (event jsonb, attendees jsonb)
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    if actor is not null then
      perform set_config('calsync.actor', actor, true), set_config('calsync.door', door, true), set_config('calsync.source', source, true);
    end if;
    -- By themselves: what is read below is what is there once all locks are held, guests included.
    perform from calsync.desired_event locked where locked.key = any (keys) order by locked.key for no key update;
    if found then
      return query
        select to_jsonb(locked), coalesce((
            select jsonb_agg(to_jsonb(guest) order by guest.added_at, guest.normal_address) from calsync.desired_attendee guest where guest.key = locked.key
          ), '[]')
          from calsync.desired_event locked where locked.key = any (keys) order by locked.key;
    end if;
  end
  $$;

comment on function calsync.lock_desired(text[], text, text, text) is
  'The rows of these keys with their attendees, in key order, locked until the transaction ends; with an actor the transaction writes in that name from here on.';

create function calsync.find_twins(events jsonb) returns table (key text, twin text)
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    return query
      select stated.key, other.key
        from jsonb_populate_recordset(null::calsync.desired_event, events) stated
        cross join lateral (
          select event.key from calsync.desired_event event
            where event.calendar = stated.calendar and event.cancelled_at is null and event.key <> stated.key
              and coalesce(event.start_local, event.start_date) = coalesce(stated.start_local, stated.start_date)
              and md5(event.summary) = md5(stated.summary) and event.summary = stated.summary
              and event.start_zone is not distinct from stated.start_zone and event.end_zone is not distinct from stated.end_zone
              and coalesce(event.end_local, event.end_date) = coalesce(stated.end_local, stated.end_date)
            offset 0
        ) other
        order by stated.key, other.key;
  end
  $$;

comment on function calsync.find_twins(jsonb) is 'Live keys with the same calendar, time and title as one of these events, an array of rows; the event''s own key stands first.';

create function calsync.write_desired(keys text[], inserted jsonb, updated jsonb, guests jsonb, leaving jsonb)
  returns table (numbers jsonb)
  language plpgsql volatile set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  declare
    inserted_rows bigint;
  begin
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
        return;
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

comment on function calsync.write_desired(text[], jsonb, jsonb, jsonb, jsonb) is
  'Writes what was decided from locked rows of these keys: rows to insert and to update, attendees to put and to take off, each null or an array with something in it. Answers the numbers of the keys; nothing, with nothing more written, where a row that was to be inserted is there already.';

create function calsync.find_places(calendars text[], events jsonb, out calendars_known jsonb, out twins jsonb)
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off
  as $$
  begin
    select coalesce(jsonb_agg(known.id), '[]') into calendars_known from calsync.calendar known where known.id = any (calendars);
    if events <> '[]' then
      select coalesce(jsonb_agg(to_jsonb(pair)), '[]') into twins from calsync.find_twins(events) pair;
    end if;
  end
  $$;

comment on function calsync.find_places(text[], jsonb) is 'Those of the calendars that are managed, and the twins of events, as find_twins says them.';
