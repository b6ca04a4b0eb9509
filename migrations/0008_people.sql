-- Who the guests are, which addresses do not work, what is to be mailed to whom, and rows of tests that never meet live ones.

-- In "C": what lower() makes of an ASCII letter depends on the database's language elsewhere (Turkish has two kinds of i).
create or replace function calsync.normal_address(address text) returns text
  language sql immutable parallel safe strict
  return case
    when lower(split_part(address collate "C", '@', 2)) in ('gmail.com', 'googlemail.com')
      then coalesce(nullif(replace(split_part(split_part(lower(address collate "C"), '@', 1), '+', 1), '.', ''), '') || '@gmail.com', lower(address collate "C"))
    else lower(address collate "C")
  end;

create function calsync.has_address_form(value text) returns boolean
  language sql immutable parallel safe
  return value ~
    '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$';

comment on function calsync.has_address_form(text) is 'Whether a text is written like a mail address, by the rule of HTML''s e-mail fields; its length is not looked at.';

create function calsync.bare_address(value text) returns text
  language sql immutable parallel safe strict
  return btrim(value, E' \t\n\f\r');

comment on function calsync.bare_address(text) is 'An address without the white space around it, as HTML takes it off.';

create table calsync.person (
  id text primary key,
  display_name text,
  created_at timestamptz not null default calsync.now(),
  constraint person_id_length check (octet_length(id) between 1 and 256),
  constraint person_id_characters check (id !~ '[[:cntrl:]]'),
  constraint person_name_length check (char_length(display_name) <= 256)
);

comment on table calsync.person is 'The people whom a caller invites, by the caller''s own ids.';
comment on column calsync.person.id is 'The caller''s permanent id of the person, 1 to 256 bytes.';
comment on column calsync.person.display_name is 'The person''s name, for people to read.';
comment on column calsync.person.created_at is 'When the person was first put.';

create table calsync.person_address (
  person text not null references calsync.person (id) on delete cascade,
  kind text not null,
  address text not null,
  normal_address text not null generated always as (calsync.normal_address(address)) stored,
  since timestamptz not null default calsync.now(),
  primary key (person, kind, normal_address),
  constraint person_address_kind_known check (kind in ('calendar', 'login')),
  constraint person_address_length check (char_length(address) <= 254),
  constraint person_address_form check (calsync.has_address_form(address))
);

create unique index one_calendar_address on calsync.person_address (person) where kind = 'calendar';
create unique index address_of_one_person on calsync.person_address (kind, normal_address);

comment on table calsync.person_address is 'The addresses of people: the one that their calendar uses now, and those with which they sign in.';
comment on column calsync.person_address.person is 'The person.';
comment on column calsync.person_address.kind is 'calendar: where invitations go, one per person; login: what the caller knows them by.';
comment on column calsync.person_address.address is 'The address, as written.';
comment on column calsync.person_address.normal_address is 'The form in which addresses are compared.';
comment on column calsync.person_address.since is 'Since when.';

alter table calsync.desired_attendee
  add column person text references calsync.person (id) on delete set null,
  drop constraint address_form,
  add constraint address_form check (calsync.has_address_form(address));
comment on column calsync.desired_attendee.person is
  'Whose calendar address it is. With it address may be left out, and follows the person while the event lies ahead.';
create unique index attendee_of_one_person on calsync.desired_attendee (person, key) where person is not null;
create index desired_attendee_address on calsync.desired_attendee (normal_address);

create table calsync.unreachable_address (
  normal_address text primary key,
  address text not null,
  source text not null,
  reason text not null,
  since timestamptz not null default calsync.now(),
  cleared_at timestamptz,
  constraint unreachable_normal check (normal_address = calsync.normal_address(address)),
  constraint unreachable_source_known check (source in ('google', 'smtp', 'bounce')),
  constraint unreachable_reason_length check (char_length(reason) between 1 and 500),
  constraint unreachable_address_length check (char_length(address) <= 254)
);

comment on table calsync.unreachable_address is 'Addresses that turned out not to work.';
comment on column calsync.unreachable_address.normal_address is 'The form in which addresses are compared.';
comment on column calsync.unreachable_address.address is 'The address, as it was reported last.';
comment on column calsync.unreachable_address.source is 'Who refused it: google, smtp (while sending), bounce (afterwards).';
comment on column calsync.unreachable_address.reason is 'What was said, in one line.';
comment on column calsync.unreachable_address.since is 'When it was first refused.';
comment on column calsync.unreachable_address.cleared_at is 'When somebody said that it works again; null while it does not.';

create table calsync.reminder (
  id bigint generated always as identity primary key,
  key text not null,
  address text,
  normal_address text generated always as (calsync.normal_address(address)) stored,
  person text,
  minutes_before integer not null,
  occurrence text not null default '',
  starts_at timestamptz not null,
  due_at timestamptz not null,
  state text not null default 'pending',
  reason text,
  message_id text unique,
  attempts integer not null default 0,
  not_before timestamptz,
  claimed_by text,
  claimed_until timestamptz,
  created_at timestamptz not null default calsync.now(),
  ended_at timestamptz,
  constraint reminder_to_somebody check (num_nonnulls(address, person) = 1),
  constraint reminder_minutes check (minutes_before between 0 and 40320),
  constraint reminder_state_known check (state in ('pending', 'sent', 'dropped', 'failed', 'closed')),
  constraint reminder_ended_says_when check ((state = 'pending') = (ended_at is null)),
  constraint reminder_ended_says_why check (state in ('pending', 'sent') or reason is not null),
  constraint reminder_claim_is_whole check ((claimed_by is null) = (claimed_until is null))
);

create unique index reminder_once on calsync.reminder (key, coalesce(person, ''), coalesce(normal_address, ''), minutes_before, occurrence);
create index reminder_due on calsync.reminder (due_at) where state = 'pending';
create index reminder_ended on calsync.reminder (ended_at) where state <> 'pending';

comment on table calsync.reminder is 'One row per guest, event (or occurrence) and rule: a reminder that is due, and how it ended.';
comment on column calsync.reminder.id is 'Its number.';
comment on column calsync.reminder.key is 'The event. No foreign key: how a reminder ended outlives the row.';
comment on column calsync.reminder.address is 'To whom, where the guest is known by address alone.';
comment on column calsync.reminder.normal_address is 'The form in which addresses are compared.';
comment on column calsync.reminder.person is 'To whom, where the guest is a person: their address is looked up when it is sent.';
comment on column calsync.reminder.minutes_before is 'The rule: minutes before the start.';
comment on column calsync.reminder.occurrence is 'Which occurrence of a series: its original start as local time; empty for a single event.';
comment on column calsync.reminder.starts_at is 'The start for which due_at was reckoned.';
comment on column calsync.reminder.due_at is 'When it is to be sent; follows the start of a single event.';
comment on column calsync.reminder.state is
  'pending; sent; dropped: too late, or not true any more; failed: the mail server refused it; closed: event or guest went.';
comment on column calsync.reminder.reason is 'Why it ended so. event_cancelled, event_withdrawn and guest_removed are undone when event or guest comes back in time.';
comment on column calsync.reminder.message_id is 'The Message-ID of its mail, kept for every further attempt.';
comment on column calsync.reminder.attempts is 'How often sending it failed.';
comment on column calsync.reminder.not_before is 'When it is to be tried again.';
comment on column calsync.reminder.claimed_by is 'The worker that sends it now.';
comment on column calsync.reminder.claimed_until is 'When that worker''s claim ends by itself.';
comment on column calsync.reminder.created_at is 'When it was planned.';
comment on column calsync.reminder.ended_at is 'When it ended.';

create table calsync.outbox_mail (
  id bigint generated always as identity primary key,
  kind text not null,
  key text,
  address text not null,
  normal_address text not null generated always as (calsync.normal_address(address)) stored,
  namespace text not null default 'live',
  revision bigint,
  sequence integer,
  message_id text not null unique,
  payload jsonb not null default '{}',
  state text not null default 'pending',
  reason text,
  attempts integer not null default 0,
  not_before timestamptz not null default calsync.now(),
  claimed_by text,
  claimed_until timestamptz,
  created_at timestamptz not null default calsync.now(),
  ended_at timestamptz,
  constraint mail_kind_known check (kind in ('invitation', 'change', 'cancellation', 'reminder', 'report', 'alert', 'account')),
  constraint mail_of_event_has_key check (key is not null or kind in ('report', 'alert', 'account')),
  constraint mail_invitation_has_sequence check (kind not in ('invitation', 'change', 'cancellation') or sequence is not null),
  constraint mail_namespace_known check (namespace in ('live', 'test')),
  constraint mail_payload_object check (jsonb_typeof(payload) = 'object'),
  constraint mail_state_known check (state in ('pending', 'sent', 'dropped', 'failed', 'closed')),
  constraint mail_ended_says_when check ((state = 'pending') = (ended_at is null)),
  constraint mail_ended_says_why check (state in ('pending', 'sent') or reason is not null),
  constraint mail_claim_is_whole check ((claimed_by is null) = (claimed_until is null))
);

create index outbox_mail_due on calsync.outbox_mail (not_before) where state = 'pending';
create index outbox_mail_of_event on calsync.outbox_mail (key) where key is not null;
create index outbox_mail_ended on calsync.outbox_mail (ended_at) where state <> 'pending';

comment on table calsync.outbox_mail is 'Messages that are to go out, written in the transaction of what they tell.';
comment on column calsync.outbox_mail.id is 'Its number.';
comment on column calsync.outbox_mail.kind is 'invitation, change, cancellation: iCalendar messages of an event; reminder; report, alert, account: to owners.';
comment on column calsync.outbox_mail.key is 'The event that it is about.';
comment on column calsync.outbox_mail.address is 'To whom.';
comment on column calsync.outbox_mail.normal_address is 'The form in which addresses are compared.';
comment on column calsync.outbox_mail.namespace is 'That of the event''s calendar when it was written: mail of test rows goes to a file, never to a mail server.';
comment on column calsync.outbox_mail.revision is 'The revision of the event that it tells.';
comment on column calsync.outbox_mail.sequence is 'The SEQUENCE of an iCalendar message (RFC 5546).';
comment on column calsync.outbox_mail.message_id is 'Its Message-ID, the same at every attempt.';
comment on column calsync.outbox_mail.payload is 'What the message is made from; holds no secret.';
comment on column calsync.outbox_mail.state is 'pending; sent; dropped: not true any more; failed: refused; closed: event or guest went before it was sent.';
comment on column calsync.outbox_mail.reason is 'Why it ended so; as for reminders.';
comment on column calsync.outbox_mail.attempts is 'How often sending it failed.';
comment on column calsync.outbox_mail.not_before is 'When it is to be sent, or tried again.';
comment on column calsync.outbox_mail.claimed_by is 'The worker that sends it now.';
comment on column calsync.outbox_mail.claimed_until is 'When that worker''s claim ends by itself.';
comment on column calsync.outbox_mail.created_at is 'When it was written.';
comment on column calsync.outbox_mail.ended_at is 'When it ended.';

create table calsync.test_address (
  entry text not null,
  normal_entry text primary key generated always as (
    case when left(entry, 1) = '@' then lower(entry) else calsync.normal_address(entry) end) stored,
  added_at timestamptz not null default calsync.now(),
  constraint test_address_form check (calsync.has_address_form(case when left(entry, 1) = '@' then 'any' || entry else entry end)),
  constraint test_address_length check (char_length(entry) <= 254)
);

comment on table calsync.test_address is 'Who may be invited to rows on test calendars; nobody, while it is empty.';
comment on column calsync.test_address.entry is 'An address, or @ and a domain for everyone there.';
comment on column calsync.test_address.normal_entry is 'The form in which it is compared.';
comment on column calsync.test_address.added_at is 'When it was added.';

create index calendar_of_tests on calsync.calendar (id) where namespace = 'test';

alter table calsync.finding drop constraint finding_kind_check;
alter table calsync.finding add constraint finding_kind_check check (kind in ('drift', 'conflict', 'orphan', 'duplicate', 'lookalike',
  'missing', 'moved', 'deleted', 'contested', 'occurrence', 'twin', 'zone_rules_differ', 'rejected', 'guest_copies_may_remain', 'unreachable'));

create function calsync.ends_at(end_date date, end_local timestamp, end_zone text, end_offset text) returns timestamptz
  language sql immutable parallel safe
  return case when end_date is not null then end_date::timestamp at time zone 'UTC' + interval '12 hours'
    else calsync.instant(end_local, end_zone, end_offset) end;

comment on function calsync.ends_at(date, timestamp, text, text) is
  'The instant at which an event has ended, by the zone rules of this database: an all-day one with its last day everywhere on earth.';

-- When an event is over. The days of RDATE and UNTIL are read with a day to spare on either side of any zone; a rule that cannot be
-- bounded in one expression goes on for ever, which here only means that its guests keep following their people.
create function calsync.over_at(event calsync.desired_event) returns timestamptz
  language sql stable set search_path = pg_catalog, pg_temp
  as $$
    with single as (
      select calsync.starts_at(event.start_date, event.start_local, event.start_zone, event.start_offset) as starts,
             calsync.ends_at(event.end_date, event.end_local, event.end_zone, event.end_offset) as ends
    ), lines as (
      select upper(line) as line, coalesce(substring(upper(line) from 'INTERVAL=([0-9]{1,2})(?:;|$)')::int,
               case when upper(line) ~ 'INTERVAL=' then null else 1 end) as every,
             substring(upper(line) from 'COUNT=([0-9]{1,5})(?:;|$)')::int as times
        from unnest(event.recurrence) as line
    ), last_starts as (
      select case
          when line like 'RDATE%' then (
            select max(make_date(found[1]::int, found[2]::int, 1) + found[3]::int)::timestamp at time zone 'UTC' + interval '1 day'
              from regexp_matches(line, '((?:19|20|21)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])', 'g') as found)
          when line ~ 'UNTIL=(19|20|21)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]' then
            (make_date(substring(line from 'UNTIL=([0-9]{4})')::int, substring(line from 'UNTIL=[0-9]{4}([0-9]{2})')::int, 1)
              + substring(line from 'UNTIL=[0-9]{6}([0-9]{2})')::int)::timestamp at time zone 'UTC' + interval '1 day'
          when line ~ 'FREQ=WEEKLY' and line !~ 'BY(MONTH|YEARDAY|WEEKNO|SETPOS)' then single.starts + make_interval(weeks => every * (times + 1))
          when line ~ 'FREQ=DAILY' and line !~ 'BY' then single.starts + make_interval(days => every * (times + 1))
        end as at
        from lines, single where line ~ '^(RRULE|RDATE)'
    )
    select greatest(single.ends, (select max(coalesce(at, 'infinity')) + (single.ends - single.starts) from last_starts)) from single
  $$;

comment on function calsync.over_at(calsync.desired_event) is
  'The instant after which nothing of an event lies ahead; never too early, infinity where a series has no end that can be told.';

-- FOR SHARE: a change of the address waits for enrolments that read the old one, and moves them with the others.
create function calsync.fill_person() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    there text;
    current_address text;
  begin
    new.address := calsync.bare_address(new.address);
    if new.person is null
       or (tg_op = 'UPDATE' and new.person is not distinct from old.person and calsync.normal_address(new.address) = old.normal_address) then
      return new;
    end if;
    select attendee.address into there from calsync.desired_attendee attendee where attendee.key = new.key and attendee.person = new.person;
    if tg_op = 'INSERT' and there is not null and (new.address is null or calsync.normal_address(new.address) = calsync.normal_address(there)) then
      new.address := coalesce(new.address, there);
      return new;
    end if;
    select known.address into current_address from calsync.person_address known
      where known.person = new.person and known.kind = 'calendar' for share;
    if current_address is null then
      if not exists (select from calsync.person known where known.id = new.person) then
        raise exception 'there is no person "%"', left(new.person, 80)
          using errcode = 'foreign_key_violation', schema = 'calsync', table = 'desired_attendee', column = 'person',
                constraint = 'desired_attendee_person_fkey', hint = 'Put the person first: a row in calsync.person.';
      end if;
      raise exception 'the person "%" has no calendar address', left(new.person, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'person',
              constraint = 'person_has_calendar_address',
              hint = 'Say which address their calendar uses: a row of kind calendar in calsync.person_address.';
    end if;
    if new.address is null then
      new.address := current_address;
    elsif calsync.normal_address(new.address) <> calsync.normal_address(current_address) then
      raise exception 'the address is not the calendar address of the person "%"', left(new.person, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'address_is_the_persons', hint = 'Name the person and leave the address out.';
    end if;
    return new;
  end
  $$;

comment on function calsync.fill_person() is
  'An attendee who is a person gets the address of their calendar; another address beside the person is refused.';

create trigger person before insert or update of person, address on calsync.desired_attendee
  for each row execute function calsync.fill_person();

create or replace function calsync.stamp_attendee() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if tg_op = 'INSERT' then
      new.added_at := calsync.now();
      return new;
    end if;
    -- The address of a person may follow the person: that it is theirs was checked before.
    if new.key <> old.key or (calsync.normal_address(new.address) <> old.normal_address and (old.person is null or new.person is distinct from old.person)) then
      raise exception 'an attendee of "%" cannot become another one', left(old.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'attendee_is_permanent', hint = 'Insert the new attendee and delete the old one.';
    end if;
    new.added_at := old.added_at;
    return new;
  end
  $$;

-- As before, but that an address may follow its person (one leaves, one comes, in one revision), and that who a guest is, is no
-- change of the event: of that Google is told nothing.
create or replace function calsync.record_attendees() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    changes jsonb;
    touched text[];
    counted text[];
  begin
    if tg_op = 'INSERT' then
      select array_agg(distinct a.key),
             jsonb_agg(jsonb_build_object('key', a.key, 'kind', 'attendee_added', 'counts', true, 'after', to_jsonb(a)) order by a.key, a.normal_address)
        into touched, changes from after_rows a;
    elsif tg_op = 'DELETE' then
      select array_agg(distinct b.key),
             jsonb_agg(jsonb_build_object('key', b.key, 'kind', 'attendee_removed', 'counts', true, 'before', to_jsonb(b)) order by b.key, b.normal_address)
        into touched, changes from before_rows b;
    else
      select array_agg(distinct pair.key),
             jsonb_agg(jsonb_build_object('key', pair.key, 'before', pair.before, 'after', pair.after, 'kind',
                 case when pair.before is null then 'attendee_added' when pair.after is null then 'attendee_removed' else 'attendee_changed' end,
                 'counts', pair.after - array['state', 'person'] is distinct from pair.before - array['state', 'person'])
               order by pair.key, pair.before is null, pair.normal_address)
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

    select array_agg(distinct change ->> 'key') into counted
      from jsonb_array_elements(changes) change where (change ->> 'counts')::boolean;
    if counted is not null then
      update calsync.desired_event event set attendees_version = event.attendees_version + 1 where event.key = any (counted);
    end if;
    insert into calsync.history (key, kind, generation, revision, actor, source, door, before, after)
      select event.key, change ->> 'kind', event.generation, event.revision, w.actor, w.source, w.door,
             nullif(change -> 'before', 'null'), nullif(change -> 'after', 'null')
        from jsonb_array_elements(changes) with ordinality as listed (change, place)
        join calsync.desired_event event on event.key = change ->> 'key'
        cross join calsync.writer() w order by place;
    return null;
  end
  $$;

create function calsync.move_invitations(people text[], events text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  declare
    touched text[];
    occupied record;
    merged jsonb;
  begin
    if not exists (select from calsync.person) then
      return;
    end if;
    -- By steps: a plan made while the tables were small, and kept by the session, would walk through all events for the few that matter.
    with guest as materialized (
      select key, person, address from calsync.desired_attendee where person = any (people)
      union
      select key, person, address from calsync.desired_attendee where key = any (events) and person is not null
    ), elsewhere as materialized (
      select distinct guest.key from guest
        join calsync.person_address home on home.person = guest.person and home.kind = 'calendar' and home.address <> guest.address
    )
    select array_agg(elsewhere.key) into touched from elsewhere
      where exists (select from calsync.desired_event event
        where event.key = elsewhere.key and event.cancelled_at is null and calsync.over_at(event) > calsync.now());
    if touched is null then
      return;
    end if;
    perform from calsync.desired_event event where event.key = any (touched) order by event.key for no key update;

    select attendee.key into occupied
      from calsync.desired_attendee attendee
      join calsync.person_address home on home.person = attendee.person and home.kind = 'calendar' and home.normal_address <> attendee.normal_address
      join calsync.desired_attendee other on other.key = attendee.key and other.normal_address = home.normal_address
      where attendee.key = any (touched) and attendee.state = 'active' and other.person is not null
      order by attendee.key limit 1;
    if found then
      raise exception 'at the event "%" another person is invited under this address', left(occupied.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'person_address', column = 'address',
              constraint = 'address_is_another_guests', hint = 'Give the other person their new calendar address first.';
    end if;

    with twice as (
      delete from calsync.desired_attendee attendee
        using calsync.person_address home, calsync.desired_attendee other
        where attendee.key = any (touched) and attendee.state = 'active'
          and home.person = attendee.person and home.kind = 'calendar' and home.normal_address <> attendee.normal_address
          and other.key = attendee.key and other.normal_address = home.normal_address
        returning attendee.key, attendee.person
    )
    select coalesce(jsonb_agg(jsonb_build_array(key, person)), '[]') into merged from twice;

    update calsync.desired_attendee attendee
      set person = home.person, address = case when attendee.person is null then attendee.address else home.address end
      from calsync.person_address home
      where home.kind = 'calendar' and attendee.key = any (touched) and attendee.state = 'active'
        and ((home.person = attendee.person and home.address <> attendee.address)
          or (attendee.person is null and home.normal_address = attendee.normal_address
            and merged @> jsonb_build_array(jsonb_build_array(attendee.key, home.person))));
  end
  $$;

comment on function calsync.move_invitations(text[], text[]) is
  'Brings the invitations of people, and those at events, to the people''s calendar addresses wherever the event lies ahead. Where the address is on the event already the two become one.';

create function calsync.follow_person_address() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform calsync.move_invitations(array_agg(distinct a.person), '{}') from after_rows a where a.kind = 'calendar' having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.follow_person_address() is 'A new calendar address takes the invitations that lie ahead with it, in the same transaction.';

create trigger follow_insert after insert on calsync.person_address
  referencing new table as after_rows for each statement execute function calsync.follow_person_address();

create trigger follow_update after update on calsync.person_address
  referencing new table as after_rows for each statement execute function calsync.follow_person_address();

create function calsync.stamp_person_address() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    new.since := case when tg_op = 'UPDATE' and calsync.normal_address(new.address) = old.normal_address and new.kind = old.kind then old.since else calsync.now() end;
    return new;
  end
  $$;

comment on function calsync.stamp_person_address() is 'Keeps since when an address is the person''s.';

create trigger stamp before insert or update on calsync.person_address
  for each row execute function calsync.stamp_person_address();

create function calsync.tell_unreachable(keys text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    with wrong as materialized (
      select event.key, event.calendar, count(*) as guests,
             jsonb_agg(jsonb_build_object('field', 'attendees', 'kind', 'drift', 'desired', attendee.address, 'applied', null,
               'observed', null) order by attendee.normal_address) as fields
        from calsync.desired_event event
        join calsync.desired_attendee attendee on attendee.key = event.key and attendee.state = 'active'
        join calsync.unreachable_address address on address.normal_address = attendee.normal_address and address.cleared_at is null
        where event.key = any (keys) and event.cancelled_at is null and calsync.over_at(event) > calsync.now()
        group by event.key, event.calendar
    ), closed as (
      update calsync.finding known set closed_at = calsync.now(), closed_as = 'gone'
        where known.kind = 'unreachable' and known.closed_at is null and known.key = any (keys)
          and not exists (select from wrong where wrong.key = known.key and wrong.calendar = known.calendar)
    )
    insert into calsync.finding as known (kind, calendar, key, fields, reason, flagged)
      select 'unreachable', wrong.calendar, wrong.key, wrong.fields,
             case when wrong.guests = 1 then 'the address of a guest does not work' else 'the addresses of ' || wrong.guests || ' guests do not work' end, true
        from wrong order by wrong.calendar, wrong.key
      on conflict (kind, calendar, coalesce(key, ''), coalesce(event_id, '')) where closed_at is null
        do update set fields = excluded.fields, reason = excluded.reason
          where (known.fields, known.reason) is distinct from (excluded.fields, excluded.reason);
  end
  $$;

comment on function calsync.tell_unreachable(text[]) is
  'Opens, changes and closes the finding `unreachable` of these keys: one per event that lies ahead and has guests whose address does not work.';

create function calsync.follow_unreachable() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform calsync.tell_unreachable(array_agg(distinct attendee.key))
      from changed_rows changed join calsync.desired_attendee attendee on attendee.normal_address = changed.normal_address
      having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.follow_unreachable() is 'What is learnt of an address is told of every event that has it as a guest.';

create trigger follow_insert after insert on calsync.unreachable_address
  referencing new table as changed_rows for each statement execute function calsync.follow_unreachable();

create trigger follow_update after update on calsync.unreachable_address
  referencing new table as changed_rows for each statement execute function calsync.follow_unreachable();

create trigger follow_delete after delete on calsync.unreachable_address
  referencing old table as changed_rows for each statement execute function calsync.follow_unreachable();

-- What waits to be mailed ends with its event or its guest, and comes back with them while its time lies ahead.
create function calsync.close_mail(keys text[], why text) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    update calsync.reminder set state = 'closed', reason = why, ended_at = calsync.now(), claimed_by = null, claimed_until = null
      where state = 'pending' and key = any (keys);
    update calsync.outbox_mail set state = 'closed', reason = why, ended_at = calsync.now(), claimed_by = null, claimed_until = null
      where state = 'pending' and key = any (keys) and kind in ('invitation', 'change', 'reminder');
  end
  $$;

comment on function calsync.close_mail(text[], text) is
  'Closes the pending reminders and invitations of events. A cancellation that waits to be sent is not closed: it is what remains to be said.';

create function calsync.reopen_mail(keys text[]) returns void
  language plpgsql volatile set search_path = pg_catalog, pg_temp
  as $$
  begin
    update calsync.reminder mail set state = 'pending', reason = null, ended_at = null
      from calsync.desired_event event
      where event.key = any (keys) and mail.key = event.key and event.cancelled_at is null and mail.state = 'closed' and mail.due_at > calsync.now()
        and mail.reason in ('event_cancelled', 'event_withdrawn', 'guest_removed')
        and exists (select from calsync.desired_attendee guest where guest.key = mail.key and guest.state = 'active'
          and (guest.person = mail.person or guest.normal_address = mail.normal_address));
    update calsync.outbox_mail mail set state = 'pending', reason = null, ended_at = null
      from calsync.desired_event event
      where event.key = any (keys) and mail.key = event.key and event.cancelled_at is null and mail.state = 'closed'
        and calsync.over_at(event) > calsync.now() and mail.kind in ('invitation', 'change')
        and mail.reason in ('event_cancelled', 'event_withdrawn', 'guest_removed')
        and exists (select from calsync.desired_attendee guest where guest.key = mail.key and guest.state = 'active'
          and guest.normal_address = mail.normal_address);
  end
  $$;

comment on function calsync.reopen_mail(text[]) is
  'Opens what was closed with its event or guest again: reminders that are not due yet, invitations while the event lies ahead; for guests who are there.';

create function calsync.follow_event_update() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    changed text[];
    closed text[];
    opened text[];
  begin
    select array_agg(change.key), array_agg(change.key) filter (where change.was_live and not change.is_live),
           array_agg(change.key) filter (where change.is_live and not change.was_live)
      into changed, closed, opened
      from (
        select side.key, bool_or(side.live) filter (where not side.is_after) as was_live, bool_or(side.live) filter (where side.is_after) as is_live
          from (
            select b.key, b.generation, b.cancelled_at is null as live, false as is_after from before_rows b
            union all
            select a.key, a.generation, a.cancelled_at is null, true from after_rows a
          ) side
          group by side.key having max(side.generation) > min(side.generation)
      ) change;
    if changed is null then
      return null;
    end if;
    update calsync.reminder mail
      set starts_at = moved.starts_at, due_at = moved.starts_at - make_interval(mins => mail.minutes_before)
      from (select a.key, calsync.starts_at(a.start_date, a.start_local, a.start_zone, a.start_offset) as starts_at
              from after_rows a where a.key = any (changed)) moved
      where mail.key = moved.key and mail.occurrence = '' and mail.starts_at <> moved.starts_at and mail.state in ('pending', 'closed');
    if closed is not null then
      perform calsync.close_mail(closed, 'event_cancelled');
    end if;
    if opened is not null then
      perform calsync.reopen_mail(opened);
    end if;
    perform calsync.move_invitations('{}', changed);
    if exists (select from calsync.unreachable_address) then
      perform calsync.tell_unreachable(changed);
    end if;
    return null;
  end
  $$;

comment on function calsync.follow_event_update() is
  'What follows from a change of an event for its mail, for its guests'' addresses, and for what is said of them.';

create trigger then_follow_update after update on calsync.desired_event
  referencing old table as before_rows new table as after_rows for each statement execute function calsync.follow_event_update();

create function calsync.follow_event_delete() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    perform calsync.close_mail(array_agg(b.key), 'event_withdrawn') from before_rows b having count(*) > 0;
    return null;
  end
  $$;

comment on function calsync.follow_event_delete() is 'A withdrawn event reminds nobody and invites nobody.';

create trigger then_follow_delete after delete on calsync.desired_event
  referencing old table as before_rows for each statement execute function calsync.follow_event_delete();

create function calsync.follow_attendees() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    come text[];
    gone jsonb;
    told text[];
  begin
    if tg_op <> 'DELETE' then
      perform calsync.require_test_guests(array_agg(distinct a.key)) from after_rows a having count(*) > 0;
      select array_agg(distinct a.key) into come from after_rows a
        where exists (select from calsync.reminder mail where mail.key = a.key and mail.state = 'closed')
           or exists (select from calsync.outbox_mail mail where mail.key = a.key and mail.state = 'closed');
      if come is not null then
        perform calsync.reopen_mail(come);
      end if;
    end if;
    if tg_op <> 'INSERT' then
      with left_behind as (
        select b.key, b.normal_address, b.person from before_rows b
          where not exists (select from calsync.desired_attendee guest where guest.key = b.key and guest.normal_address = b.normal_address)
      ), reminders as (
        update calsync.reminder mail set state = 'closed', reason = 'guest_removed', ended_at = calsync.now(), claimed_by = null, claimed_until = null
          from left_behind b
          where mail.key = b.key and mail.state = 'pending'
            and (mail.normal_address = b.normal_address or (mail.person = b.person
              and not exists (select from calsync.desired_attendee guest where guest.key = b.key and guest.person = b.person)))
      )
      update calsync.outbox_mail mail set state = 'closed', reason = 'guest_removed', ended_at = calsync.now(), claimed_by = null, claimed_until = null
        from left_behind b
        where mail.key = b.key and mail.state = 'pending' and mail.kind in ('invitation', 'change', 'reminder') and mail.normal_address = b.normal_address;
    end if;
    if exists (select from calsync.unreachable_address) then
      if tg_op = 'INSERT' then
        select array_agg(distinct a.key) into told from after_rows a join calsync.unreachable_address address on address.normal_address = a.normal_address;
      elsif tg_op = 'DELETE' then
        select array_agg(distinct b.key) into told from before_rows b join calsync.unreachable_address address on address.normal_address = b.normal_address;
      else
        select array_agg(distinct side.key) into told
          from (select b.key, b.normal_address from before_rows b union select a.key, a.normal_address from after_rows a) side
          join calsync.unreachable_address address on address.normal_address = side.normal_address;
      end if;
      if told is not null then
        perform calsync.tell_unreachable(told);
      end if;
    end if;
    return null;
  end
  $$;

comment on function calsync.follow_attendees() is
  'What follows from guests who come or go: who may be invited to a test, their mail, and what is said of addresses that do not work.';

-- Namespaces: rows on test calendars and rows on live ones never meet.
create function calsync.require_test_guests(keys text[]) returns void
  language plpgsql stable set search_path = pg_catalog, pg_temp
  as $$
  declare
    stranger record;
  begin
    if not exists (select from calsync.calendar where namespace = 'test') then
      return;
    end if;
    select event.key, guest.address into stranger
      from calsync.desired_event event
      join calsync.calendar on calendar.id = event.calendar and calendar.namespace = 'test'
      join calsync.desired_attendee guest on guest.key = event.key and guest.state = 'active'
      where event.key = any (keys)
        and not exists (select from calsync.test_address allowed
          where allowed.normal_entry in (guest.normal_address, '@' || split_part(guest.normal_address, '@', 2)))
      order by event.key, guest.normal_address limit 1;
    if found then
      raise exception 'a guest of the test event "%" is not on the list of test addresses', left(stranger.key, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_attendee', column = 'address',
              constraint = 'test_guest_is_allowed',
              hint = 'Insert the address, or @ and its domain, into calsync.test_address (calsync people allow), or leave the guest out.';
    end if;
  end
  $$;

comment on function calsync.require_test_guests(text[]) is 'Refuses guests of rows on test calendars who are not on the list of test addresses.';

create trigger then_follow_insert after insert on calsync.desired_attendee
  referencing new table as after_rows for each statement execute function calsync.follow_attendees();

create trigger then_follow_update after update on calsync.desired_attendee
  referencing old table as before_rows new table as after_rows for each statement execute function calsync.follow_attendees();

create trigger then_follow_delete after delete on calsync.desired_attendee
  referencing old table as before_rows for each statement execute function calsync.follow_attendees();

create function calsync.keep_namespace() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  declare
    wrong text;
  begin
    if not exists (select from calsync.calendar where namespace = 'test') then
      return null;
    end if;
    if tg_op = 'INSERT' then
      select a.key into wrong
        from after_rows a join calsync.calendar wanted on wanted.id = a.calendar
        join calsync.binding bound on bound.key = a.key and bound.state in ('live', 'gone')
        join calsync.calendar home on home.id = bound.calendar
        where home.namespace <> wanted.namespace order by a.key limit 1;
    else
      select side.key into wrong
        from (select b.key, b.calendar from before_rows b union all select a.key, a.calendar from after_rows a) side
        join calsync.calendar on calendar.id = side.calendar
        group by side.key having count(distinct calendar.namespace) > 1 order by side.key limit 1;
    end if;
    if wrong is not null then
      raise exception 'the event "%" would go from one namespace to the other', left(wrong, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'desired_event', column = 'calendar',
              constraint = 'namespace_is_permanent',
              hint = 'Rows of tests and live rows never meet: use a calendar of the same namespace, or another key.';
    end if;
    return null;
  end
  $$;

comment on function calsync.keep_namespace() is
  'Refuses to take an event to a calendar of another namespace, be it by an update or by a new row for a key whose event still stands.';

create trigger then_keep_namespace_insert after insert on calsync.desired_event
  referencing new table as after_rows for each statement execute function calsync.keep_namespace();

create trigger then_keep_namespace_update after update on calsync.desired_event
  referencing old table as before_rows new table as after_rows for each statement execute function calsync.keep_namespace();

-- SHARE waits for rows that are being written: none of them must find itself in the other namespace.
create function calsync.keep_calendar_namespace() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    if new.namespace = old.namespace then
      return new;
    end if;
    lock table calsync.desired_event in share mode;
    if exists (select from calsync.desired_event event where event.calendar = old.id)
       or exists (select from calsync.binding bound where bound.calendar = old.id and bound.state in ('live', 'gone')) then
      raise exception 'the calendar % has rows, or events of ours: its namespace cannot change', left(old.id, 80)
        using errcode = 'check_violation', schema = 'calsync', table = 'calendar', column = 'namespace',
              constraint = 'calendar_has_rows', hint = 'Withdraw its rows and reconcile it first, or add another calendar.';
    end if;
    return new;
  end
  $$;

comment on function calsync.keep_calendar_namespace() is 'The namespace of a calendar changes only while nothing of ours is on it.';

create trigger keep_namespace before update of namespace on calsync.calendar
  for each row execute function calsync.keep_calendar_namespace();

create function calsync.stamp_outbox_mail() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
  begin
    new.namespace := coalesce(
      (select calendar.namespace from calsync.desired_event event join calsync.calendar on calendar.id = event.calendar where event.key = new.key),
      (select calendar.namespace from calsync.binding bound join calsync.calendar on calendar.id = bound.calendar
         where bound.key = new.key order by bound.incarnation desc limit 1),
      new.namespace);
    return new;
  end
  $$;

comment on function calsync.stamp_outbox_mail() is 'Mail of an event has the namespace of its calendar, whatever the writer says.';

create trigger stamp before insert on calsync.outbox_mail
  for each row execute function calsync.stamp_outbox_mail();
