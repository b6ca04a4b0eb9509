-- The truth: what should be in the calendars. `desired_event` and `desired_attendee` are the write path of every language.

create table calsync.desired_event (
  key text primary key,
  calendar text not null references calsync.calendar (id),
  schedule text,
  summary text,
  description text,
  location text,
  start_date date,
  start_local timestamp(0),
  start_zone text references calsync.time_zone (name),
  start_offset text,
  end_date date,
  end_local timestamp(0),
  end_zone text references calsync.time_zone (name),
  end_offset text,
  recurrence text[],
  reminders jsonb,
  labels jsonb not null default '{}',
  send_updates text,
  allow_twin boolean not null default false,
  drift text,
  on_delete text,
  on_move text,
  cancelled_at timestamptz,
  generation bigint not null default 0,
  revision bigint not null default 0,
  attendees_version bigint not null default 0,
  created_at timestamptz not null default calsync.now(),
  updated_at timestamptz not null default calsync.now(),
  constraint key_length check (octet_length(key) between 1 and 512),
  constraint key_characters check (key !~ '[[:cntrl:]]'),
  constraint schedule_length check (octet_length(schedule) between 1 and 512),
  constraint summary_length check (char_length(summary) <= 1024),
  constraint description_length check (char_length(description) <= 8192),
  constraint location_length check (char_length(location) <= 1024),
  constraint start_is_date_or_time check (num_nonnulls(start_date, start_local) = 1),
  constraint start_time_has_zone check ((start_local is null) = (start_zone is null)),
  constraint start_offset_form check (start_offset is null or (start_local is not null and start_offset ~ '^[+-][01][0-9]:[0-5][0-9]$')),
  constraint end_like_start check ((start_date is null) = (end_date is null) and (start_local is null) = (end_local is null)),
  constraint end_time_has_zone check ((end_local is null) = (end_zone is null)),
  constraint end_offset_form check (end_offset is null or (end_local is not null and end_offset ~ '^[+-][01][0-9]:[0-5][0-9]$')),
  constraint end_after_start check (
    case when start_date is not null then end_date > start_date
         else calsync.instant(end_local, end_zone, end_offset) > calsync.instant(start_local, start_zone, start_offset) end),
  constraint years check (
    coalesce(start_date, start_local::date) >= date '1970-01-01' and coalesce(end_date, end_local::date) < date '2200-01-01'),
  constraint recurrence_not_empty check (recurrence is null or (coalesce(array_ndims(recurrence), 0) = 1 and array_position(recurrence, null) is null)),
  constraint reminders_object check (reminders is null or jsonb_typeof(reminders) = 'object'),
  constraint labels_object check (jsonb_typeof(labels) = 'object'),
  constraint send_updates_known check (send_updates in ('all', 'externalOnly', 'none')),
  constraint drift_known check (drift in ('enforce', 'adopt', 'flag', 'ignore')),
  constraint on_delete_known check (on_delete in ('recreate', 'accept', 'flag')),
  constraint on_move_known check (on_move in ('flag', 'move_back', 'follow'))
);

create index desired_event_calendar on calsync.desired_event (calendar);
create index desired_event_schedule on calsync.desired_event (schedule) where schedule is not null;
create index desired_event_twin on calsync.desired_event (calendar, coalesce(start_local, start_date), md5(summary))
  where cancelled_at is null;

comment on table calsync.desired_event is
  'One row per event that should be in a calendar. Insert, update and delete are the write path; triggers keep the rest.';
comment on column calsync.desired_event.key is 'The caller''s stable name of the event, 1 to 512 bytes; never made from a time, never changed.';
comment on column calsync.desired_event.calendar is 'The managed calendar on which it should be.';
comment on column calsync.desired_event.schedule is 'The group of keys to which it belongs, if any.';
comment on column calsync.desired_event.summary is 'Its title. Null: not stated, so not touched.';
comment on column calsync.desired_event.description is 'Its text, plain or the HTML that Google allows. Null: not stated.';
comment on column calsync.desired_event.location is 'Where it is. Null: not stated.';
comment on column calsync.desired_event.start_date is 'First day of an all-day event.';
comment on column calsync.desired_event.start_local is 'Local time at which a timed event starts.';
comment on column calsync.desired_event.start_zone is 'The IANA zone of start_local.';
comment on column calsync.desired_event.start_offset is 'The caller''s own UTC offset, only to pick a side of an ambiguous hour.';
comment on column calsync.desired_event.end_date is 'The day after the last day of an all-day event.';
comment on column calsync.desired_event.end_local is 'Local time at which a timed event ends.';
comment on column calsync.desired_event.end_zone is 'The IANA zone of end_local.';
comment on column calsync.desired_event.end_offset is 'As start_offset, for the end.';
comment on column calsync.desired_event.recurrence is 'RRULE, RDATE and EXDATE lines of a series. Null: not stated.';
comment on column calsync.desired_event.reminders is 'Google''s reminders object. Null: not stated.';
comment on column calsync.desired_event.labels is 'The caller''s own facts; never sent to Google.';
comment on column calsync.desired_event.send_updates is 'Whom Google mails about changes: all, externalOnly, none. Null: by the rule for protecting people.';
comment on column calsync.desired_event.allow_twin is 'Whether another key may have the same calendar, time and summary.';
comment on column calsync.desired_event.drift is 'Policy of its own, where it differs from the calendar''s.';
comment on column calsync.desired_event.on_delete is 'Policy of its own, where it differs from the calendar''s.';
comment on column calsync.desired_event.on_move is 'Policy of its own, where it differs from the calendar''s.';
comment on column calsync.desired_event.cancelled_at is 'When it was cancelled; null while it should take place.';
comment on column calsync.desired_event.generation is 'Counts changes of the event''s own fields; what a caller''s If-Match names. Kept by triggers.';
comment on column calsync.desired_event.revision is 'Counts every change, attendees included. Kept by triggers.';
comment on column calsync.desired_event.attendees_version is 'Counts changes of its attendees. Kept by triggers.';
comment on column calsync.desired_event.created_at is 'When the row was inserted.';
comment on column calsync.desired_event.updated_at is 'When it changed last.';

create table calsync.desired_attendee (
  key text not null references calsync.desired_event (key) on delete cascade,
  address text not null,
  normal_address text not null generated always as (calsync.normal_address(address)) stored,
  display_name text,
  optional boolean not null default false,
  state text not null default 'active',
  added_at timestamptz not null default calsync.now(),
  primary key (key, normal_address),
  constraint address_length check (char_length(address) <= 254),
  constraint address_form check (
    address ~ '^[a-zA-Z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?([.][a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$'),
  constraint display_name_length check (char_length(display_name) <= 256),
  constraint state_known check (state in ('active', 'closed'))
);

comment on table calsync.desired_attendee is 'Who should be invited: one row per person and event, so that enrolments never overwrite each other.';
comment on column calsync.desired_attendee.key is 'The event.';
comment on column calsync.desired_attendee.address is 'The address of the guest''s calendar, as written.';
comment on column calsync.desired_attendee.normal_address is 'The form in which addresses are compared.';
comment on column calsync.desired_attendee.display_name is 'The guest''s name; given to Google with the invitation, never compared.';
comment on column calsync.desired_attendee.optional is 'Whether attendance is optional.';
comment on column calsync.desired_attendee.state is 'active; closed: the event was cancelled.';
comment on column calsync.desired_attendee.added_at is 'When the guest was added.';

create table calsync.key_counter (
  key text primary key,
  generation bigint not null,
  revision bigint not null
);

comment on table calsync.key_counter is 'Where the numbers of a key stood when its row went, so that a key that comes back goes on counting. Never pruned.';
comment on column calsync.key_counter.key is 'The key.';
comment on column calsync.key_counter.generation is 'Last generation of the row that was there.';
comment on column calsync.key_counter.revision is 'Last revision given to the key; the withdrawal itself has one.';

create table calsync.history (
  id bigint generated always as identity primary key,
  position bigint unique,
  key text not null,
  kind text not null check (kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn',
    'attendee_added', 'attendee_changed', 'attendee_removed', 'google_changed', 'google_deleted')),
  generation bigint not null,
  revision bigint not null,
  at timestamptz not null default calsync.now(),
  actor text not null,
  source text not null check (source in ('caller', 'google', 'calsync')),
  door text not null,
  before jsonb,
  after jsonb
);

create index history_key on calsync.history (key, id);
create index history_unnumbered on calsync.history (id) where position is null;

comment on table calsync.history is 'Append-only: every change of a desired row, and every change of an event of ours that Google showed.';
comment on column calsync.history.id is 'Order of writing; rows of open transactions may appear behind it.';
comment on column calsync.history.position is 'Order after commit, given by one sequencer; null until then.';
comment on column calsync.history.key is 'The key.';
comment on column calsync.history.kind is 'What happened.';
comment on column calsync.history.generation is 'Generation after the change.';
comment on column calsync.history.revision is 'Revision after the change.';
comment on column calsync.history.at is 'When.';
comment on column calsync.history.actor is 'Who: the setting calsync.actor of the transaction, else the database role.';
comment on column calsync.history.source is 'caller, google or calsync.';
comment on column calsync.history.door is 'The way in: sql, cli, http, typescript, engine.';
comment on column calsync.history.before is 'The row before, null for an insert.';
comment on column calsync.history.after is 'The row after, null for a withdrawal.';

create table calsync.dirty (
  key text primary key,
  calendar text not null,
  revision bigint not null,
  starts_at timestamptz,
  marked_at timestamptz not null default calsync.now(),
  due_at timestamptz not null default calsync.now(),
  attempts integer not null default 0,
  parked boolean not null default false,
  fault text check (fault in ('google', 'account', 'row', 'calsync')),
  error_kind text,
  reason text,
  constraint dirty_parked_says_why check (not parked or (reason is not null and fault is not null))
);

create index dirty_due on calsync.dirty (calendar, due_at) where not parked;

comment on table calsync.dirty is 'The keys that need work.';
comment on column calsync.dirty.key is 'The key.';
comment on column calsync.dirty.calendar is 'The calendar in whose turn the key is worked.';
comment on column calsync.dirty.revision is 'The revision that needs work; the mark is cleared only if it is still this one.';
comment on column calsync.dirty.starts_at is 'When the event starts: soonest first.';
comment on column calsync.dirty.marked_at is 'Since when work is due.';
comment on column calsync.dirty.due_at is 'When it is to be worked next.';
comment on column calsync.dirty.attempts is 'How often it failed in a row.';
comment on column calsync.dirty.parked is 'True when it waits for a change of the row or for `calsync retry`.';
comment on column calsync.dirty.fault is 'Whose fault it is that it waits.';
comment on column calsync.dirty.error_kind is 'Kind of the last error.';
comment on column calsync.dirty.reason is 'Why it waits; no event text.';
