-- What history needs for its readers: whom each row concerns, what Google's side changed, and how far it was numbered and pruned.

alter table calsync.history
  add column calendars text[] not null default '{}',
  add column schedules text[] not null default '{}',
  add column people text[] not null default '{}';

comment on column calsync.history.calendars is 'The calendars that the change concerns: that of after, and that of before where it is another one.';
comment on column calsync.history.schedules is 'Likewise the schedules.';
comment on column calsync.history.people is 'The persons who were on the event before or after the change, in order.';

alter table calsync.history drop constraint history_kind_check;
alter table calsync.history add constraint history_kind_check
  check (kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn', 'rekeyed',
    'attendee_added', 'attendee_changed', 'attendee_removed', 'google_changed', 'google_deleted', 'google_answered'));

-- What was written before: a guest's row concerns where its event is now.
alter table calsync.history disable trigger append_only;
update calsync.history past
  set calendars = array_remove(array[coalesce(past.after, past.before) ->> 'calendar', event.calendar], null),
      schedules = array_remove(array[coalesce(past.after, past.before) ->> 'schedule', event.schedule], null)
  from calsync.history same left join calsync.desired_event event on event.key = same.key and same.kind like 'attendee%'
  where same.id = past.id;
alter table calsync.history enable trigger append_only;

create function calsync.people_of(event_key text) returns text[]
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    found_people text[];
  begin
    if not exists (select from calsync.person) then
      return '{}';
    end if;
    select array_agg(distinct attendee.person order by attendee.person) into found_people
      from calsync.desired_attendee attendee where attendee.key = event_key and attendee.person is not null;
    if found_people is null and not exists (select from calsync.desired_event event where event.key = event_key) then
      -- A withdrawal takes the attendees with it before it is recorded: who they were is in the rows since the event came.
      select array_agg(distinct guest.after ->> 'person' order by guest.after ->> 'person') into found_people
        from (
          select distinct on (coalesce(change.after, change.before) ->> 'normal_address') change.after
            from calsync.history change
            where change.key = event_key and change.kind in ('attendee_added', 'attendee_changed', 'attendee_removed')
              and change.id > (select max(born.id) from calsync.history born where born.key = event_key and born.kind = 'inserted')
            order by coalesce(change.after, change.before) ->> 'normal_address', change.id desc
        ) guest
        where guest.after ->> 'person' is not null;
    end if;
    return coalesce(found_people, '{}');
  end
  $$;

comment on function calsync.people_of(text) is 'The persons on an event, in order; of one that is being withdrawn, those who were on it last. Costs nothing while no person is known.';

create function calsync.say_whom_history_concerns() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    was jsonb := new.before;
    is_now jsonb := new.after;
    own_people text[];
  begin
    if new.kind in ('attendee_added', 'attendee_changed', 'attendee_removed') then
      own_people := array(select distinct side ->> 'person' from unnest(array[was, is_now]) side where side ->> 'person' is not null);
      select to_jsonb(event), null into is_now, was from calsync.desired_event event where event.key = new.key;
    end if;
    new.calendars := array_remove(array[is_now ->> 'calendar'], null);
    if was ->> 'calendar' is distinct from is_now ->> 'calendar' then
      new.calendars := new.calendars || array_remove(array[was ->> 'calendar'], null);
    end if;
    if new.kind in ('google_changed', 'google_deleted', 'google_answered') then
      select array_remove(array[event.schedule], null) into new.schedules from calsync.desired_event event where event.key = new.key;
      new.schedules := coalesce(new.schedules, '{}');
    else
      new.schedules := array_remove(array[is_now ->> 'schedule'], null);
      if was ->> 'schedule' is distinct from is_now ->> 'schedule' then
        new.schedules := new.schedules || array_remove(array[was ->> 'schedule'], null);
      end if;
    end if;
    new.people := calsync.people_of(new.key);
    if own_people <> '{}' then
      new.people := array(select distinct concerned from unnest(new.people || own_people) concerned order by concerned);
    end if;
    return new;
  end
  $$;

comment on function calsync.say_whom_history_concerns() is 'Fills calendars, schedules and people of a history row, for those who follow only some of the changes.';

create trigger concerns before insert on calsync.history
  for each row execute function calsync.say_whom_history_concerns();

-- Only what retention names as its own is ever removed.
create function calsync.history_is_kept() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    if tg_op = 'TRUNCATE' or current_setting('calsync.retention', true) is distinct from 'on' then
      raise exception 'history is never removed but by its retention'
        using errcode = 'check_violation', schema = 'calsync', table = 'history', constraint = 'history_is_kept',
              hint = 'Set how long it is kept: calsync config set history.retentionDays DAYS.';
    end if;
    return null;
  end
  $$;

comment on function calsync.history_is_kept() is 'Refuses to remove history, unless the transaction is that of its retention.';

create trigger kept before delete on calsync.history
  for each statement execute function calsync.history_is_kept();
create trigger kept_whole before truncate on calsync.history
  for each statement execute function calsync.history_is_kept();

-- One row, made by the first retention run.
create table calsync.change_feed (
  id boolean primary key default true check (id),
  swept_through bigint not null,
  dropped_through bigint not null
);

comment on table calsync.change_feed is 'How far retention has gone through the history; one row, none before the first time.';
comment on column calsync.change_feed.id is 'Always true: there is one row.';
comment on column calsync.change_feed.swept_through is 'Retention has judged the rows up to this position.';
comment on column calsync.change_feed.dropped_through is 'The highest position of a row that was dropped: who resumes before it has missed something.';

-- What a listing or a reading shows of an event that stands for a key, before it is known whether the change was ours.
create table calsync.google_change (
  id bigint generated always as identity primary key,
  key text not null,
  calendar text not null,
  event_id text not null,
  occurrence text,
  kind text not null check (kind in ('google_changed', 'google_deleted', 'google_answered')),
  since timestamptz,
  seen_at timestamptz not null default calsync.now(),
  before jsonb,
  after jsonb not null
);

create index google_change_key on calsync.google_change (key);

comment on table calsync.google_change is
  'Changes of events of ours that Google showed and that are not in the history yet: a turn judges whether they are the echo of a call of ours, soon after.';
comment on column calsync.google_change.id is 'Order of seeing.';
comment on column calsync.google_change.key is 'The key for which the event stands.';
comment on column calsync.google_change.calendar is 'The calendar on which it was seen.';
comment on column calsync.google_change.event_id is 'Google''s id of the event; of the series, for an occurrence.';
comment on column calsync.google_change.occurrence is 'Google''s id of the occurrence, if it is about one.';
comment on column calsync.google_change.kind is 'The kind that its history row would have.';
comment on column calsync.google_change.since is 'When the state before was seen; calls of ours since then may explain the change. Null: not known.';
comment on column calsync.google_change.seen_at is 'When the change was seen.';
comment on column calsync.google_change.before is 'The event as it was last seen; null when it was not.';
comment on column calsync.google_change.after is 'The event as it is seen now.';

create function calsync.shown_event(calendar text, event_id text, status text, body jsonb) returns jsonb
  language sql immutable parallel safe
  return jsonb_build_object('calendar', calendar, 'eventId', event_id, 'status', status)
    || (coalesce(body, '{}') - array['id', 'status', 'etag', 'created', 'eventType', 'extendedProperties']);

comment on function calsync.shown_event(text, text, text, jsonb) is 'An event of Google as the history keeps it: where it is, how it stands, and the fields that calsync reads.';

-- The answer to a write of ours is in the mirror before a listing shows it; a write whose answer was lost is told apart later, from its intent.
create function calsync.stage_google_change() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    bound record;
    was calsync.observed_event;
    is_gone boolean := new.status = 'cancelled';
    is_occurrence boolean := new.recurring_event_id is not null;
    last_listed timestamptz;
  begin
    select binding.key, binding.calendar, binding.etag into bound
      from calsync.binding
      where binding.event_id = coalesce(new.recurring_event_id, new.event_id) and binding.state in ('live', 'gone')
      order by binding.calendar = new.calendar desc, binding.key limit 1;
    -- Taken out of the mirror and shown again as it was: nothing changed.
    if bound.key is null or (tg_op = 'INSERT' and not is_occurrence and not is_gone and new.etag = bound.etag) then
      return null;
    end if;
    if tg_op = 'UPDATE' then
      was := old;
    elsif not is_occurrence and bound.calendar <> new.calendar then
      select * into was from calsync.observed_event home
        where home.calendar = bound.calendar and home.event_id = new.event_id and home.ours;
    end if;
    -- What a move leaves behind says nothing of an event that lives elsewhere.
    if is_gone and not is_occurrence and (bound.calendar <> new.calendar or exists (
      select from calsync.observed_event there
        where there.event_id = new.event_id and there.calendar <> new.calendar and there.status <> 'cancelled')) then
      return null;
    end if;
    select calendar.observed_at into last_listed from calsync.calendar where calendar.id = new.calendar;
    insert into calsync.google_change (key, calendar, event_id, occurrence, kind, since, before, after)
      values (bound.key, new.calendar, coalesce(new.recurring_event_id, new.event_id), case when is_occurrence then new.event_id end,
        case when is_gone and not is_occurrence then 'google_deleted' else 'google_changed' end,
        case when was.event_id is not null and not is_occurrence then was.seen_at else last_listed end,
        case when was.event_id is not null then calsync.shown_event(was.calendar, was.event_id, was.status, was.body) end,
        calsync.shown_event(new.calendar, new.event_id, new.status, new.body)
          || case when is_occurrence then jsonb_build_object('originalStart', new.original_start) else '{}' end);
    return null;
  end
  $$;

comment on function calsync.stage_google_change() is
  'Notes, in the transaction that writes the mirror, that an event of ours is not as it was and not as we last wrote it.';

create trigger stage_change after update on calsync.observed_event
  for each row when (old.ours and new.ours and new.source <> 'answer' and old.hash_version = new.hash_version and (
    (old.status = 'cancelled') <> (new.status = 'cancelled')
    or old.hash is distinct from new.hash
    or (old.mark_installation, old.mark_key) is distinct from (new.mark_installation, new.mark_key)))
  execute function calsync.stage_google_change();

create trigger stage_arrival after insert on calsync.observed_event
  for each row when (new.ours and new.source <> 'answer')
  execute function calsync.stage_google_change();

create function calsync.answers_in(body jsonb) returns table (mailbox text, guest jsonb, answer jsonb)
  language sql immutable parallel safe set search_path = pg_catalog, pg_temp
  as $$
    select distinct on (calsync.normal_address(entry ->> 'email')) calsync.normal_address(entry ->> 'email'), entry,
           jsonb_build_array(coalesce(entry ->> 'responseStatus', 'needsAction'), coalesce(entry ->> 'comment', ''), coalesce(entry ->> 'additionalGuests', '0'))
      from jsonb_array_elements(case when jsonb_typeof(body -> 'attendees') = 'array' then body -> 'attendees' else '[]' end)
        with ordinality as listed (entry, place)
      where entry ->> 'email' is not null
      order by calsync.normal_address(entry ->> 'email'), place
  $$;

comment on function calsync.answers_in(jsonb) is 'The guests of an event of Google by mailbox, each with what they answered: status, comment, how many they bring.';

-- One row for each guest: of two hundred guests who answer one by one, not two hundred whole lists are kept. Only of those who were on
-- the event before: with what answer somebody came is in the change that brought them.
create function calsync.stage_answers() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    bound_key text;
    is_occurrence boolean := new.recurring_event_id is not null;
  begin
    select binding.key into bound_key
      from calsync.binding
      where binding.event_id = coalesce(new.recurring_event_id, new.event_id) and binding.state in ('live', 'gone')
      order by binding.calendar = new.calendar desc, binding.key limit 1;
    if bound_key is null then
      return null;
    end if;
    insert into calsync.google_change (key, calendar, event_id, occurrence, kind, since, before, after)
      select bound_key, new.calendar, coalesce(new.recurring_event_id, new.event_id), case when is_occurrence then new.event_id end,
             'google_answered', old.seen_at,
             calsync.shown_event(old.calendar, old.event_id, old.status, jsonb_build_object('attendees', jsonb_build_array(was.guest))),
             calsync.shown_event(new.calendar, new.event_id, new.status, jsonb_build_object('attendees', jsonb_build_array(now_is.guest)))
               || case when is_occurrence then jsonb_build_object('originalStart', new.original_start) else '{}' end
        from calsync.answers_in(old.body) was join calsync.answers_in(new.body) now_is using (mailbox)
        where was.answer <> now_is.answer
        order by mailbox;
    return null;
  end
  $$;

comment on function calsync.stage_answers() is 'Notes, in the transaction that writes the mirror, which guests answered otherwise than before.';

create trigger stage_answers after update on calsync.observed_event
  for each row when (old.ours and new.ours and new.source <> 'answer' and old.body -> 'attendees' is distinct from new.body -> 'attendees')
  execute function calsync.stage_answers();

create table calsync.setting_history (
  id bigint generated always as identity primary key,
  name text not null,
  at timestamptz not null default calsync.now(),
  actor text not null,
  door text not null,
  before jsonb,
  after jsonb
);

create index setting_history_name on calsync.setting_history (name, id);

comment on table calsync.setting_history is 'Who changed which setting, from what to what. Append-only.';
comment on column calsync.setting_history.id is 'Order of writing.';
comment on column calsync.setting_history.name is 'The setting.';
comment on column calsync.setting_history.at is 'When.';
comment on column calsync.setting_history.actor is 'Who: the setting calsync.actor of the transaction, else the database role.';
comment on column calsync.setting_history.door is 'The way in.';
comment on column calsync.setting_history.before is 'The value before; null when it had none, and for secrets.';
comment on column calsync.setting_history.after is 'The value after; null when it was taken away, and for secrets.';

create function calsync.record_setting() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    setting_name text := case tg_op when 'DELETE' then old.name else new.name end;
    is_secret boolean := setting_name like '%secret%';
  begin
    insert into calsync.setting_history (name, actor, door, before, after)
      select setting_name, w.actor, w.door,
             case when tg_op <> 'INSERT' and not is_secret then old.value end,
             case when tg_op <> 'DELETE' and not is_secret then new.value end
        from calsync.writer() w;
    return null;
  end
  $$;

comment on function calsync.record_setting() is 'Keeps who changed a setting; never the value of a secret.';

create trigger record_new after insert or delete on calsync.setting
  for each row execute function calsync.record_setting();
create trigger record_change after update on calsync.setting
  for each row when (old.value is distinct from new.value) execute function calsync.record_setting();

create function calsync.setting_history_is_append_only() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    raise exception 'the history of settings is never rewritten'
      using errcode = 'check_violation', schema = 'calsync', table = 'setting_history', constraint = 'setting_history_is_append_only';
  end
  $$;

comment on function calsync.setting_history_is_append_only() is 'Refuses to change or remove what was recorded about settings.';

create trigger append_only before update or delete or truncate on calsync.setting_history
  for each statement execute function calsync.setting_history_is_append_only();
