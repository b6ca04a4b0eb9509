-- What was written, what Google shows, what differs, and who has to decide.

create table calsync.binding (
  key text not null,
  incarnation integer not null check (incarnation >= 0),
  calendar text not null references calsync.calendar (id),
  event_id text not null,
  state text not null check (state in ('live', 'gone', 'retired')),
  etag text,
  applied jsonb,
  applied_hash text,
  applied_revision bigint not null default 0,
  answered_hash text,
  answered_start text,
  answered_end text,
  hash_version integer not null,
  written_at timestamptz,
  unconfirmed_since timestamptz,
  bound_at timestamptz not null default calsync.now(),
  retired_at timestamptz,
  primary key (key, incarnation),
  constraint binding_retired_says_when check ((state = 'retired') = (retired_at is not null)),
  constraint binding_applied_is_whole check ((applied is null) = (applied_hash is null))
);

create unique index binding_one_per_key on calsync.binding (key) where state in ('live', 'gone');
create unique index binding_one_per_event on calsync.binding (calendar, event_id) where state in ('live', 'gone');
create index binding_event on calsync.binding (event_id);
create index binding_unconfirmed on calsync.binding (calendar, unconfirmed_since) where unconfirmed_since is not null;

comment on table calsync.binding is 'The merge base: which Google event stands for a key, and what was last written to it with success.';
comment on column calsync.binding.key is 'The key. No foreign key: a binding outlives its row.';
comment on column calsync.binding.incarnation is 'The how-manieth Google event of the key this is; part of the derived event id.';
comment on column calsync.binding.calendar is 'The calendar on which the event lives.';
comment on column calsync.binding.event_id is 'Google''s id of the event; it rules, the derivation only creates.';
comment on column calsync.binding.state is 'live; gone: seen deleted by someone; retired: ended by us, kept for a grace period.';
comment on column calsync.binding.etag is 'The etag that goes with what was applied.';
comment on column calsync.binding.applied is 'The fields last written with success, as they were stated; null when the event was taken over and never written.';
comment on column calsync.binding.applied_hash is 'Hash of the normal form of applied.';
comment on column calsync.binding.applied_revision is 'The revision of the row that was applied.';
comment on column calsync.binding.answered_hash is 'Hash of the normal form of the event as Google had it when it was last found equal.';
comment on column calsync.binding.answered_start is 'The start that Google answered to the last write, an RFC 3339 instant or a date.';
comment on column calsync.binding.answered_end is 'The end that Google answered to the last write.';
comment on column calsync.binding.hash_version is 'Version of the normal form behind the hashes; another one means computing both again, never a write.';
comment on column calsync.binding.written_at is 'When the last write ended.';
comment on column calsync.binding.unconfirmed_since is 'When it was written, until a listing shows it.';
comment on column calsync.binding.bound_at is 'When the event came to stand for the key.';
comment on column calsync.binding.retired_at is 'When we ended it.';

create table calsync.observed_event (
  calendar text not null references calsync.calendar (id),
  event_id text not null,
  etag text not null,
  status text not null check (status in ('confirmed', 'tentative', 'cancelled')),
  recurring_event_id text,
  original_start text,
  ours boolean not null,
  mark_installation text,
  mark_key text,
  mark_revision bigint,
  hash text,
  hash_version integer not null,
  body jsonb,
  fingerprint text,
  created text,
  listing bigint not null,
  source text not null check (source in ('list', 'read', 'answer')),
  seen_at timestamptz not null default calsync.now(),
  primary key (calendar, event_id),
  constraint observed_body_only_if_ours check (ours or body is null),
  constraint observed_mark_is_whole check ((mark_installation is null) = (mark_key is null))
);

create index observed_event_id on calsync.observed_event (event_id);
create index observed_event_mark on calsync.observed_event (mark_key) where mark_key is not null;
create index observed_event_fingerprint on calsync.observed_event (calendar, fingerprint) where fingerprint is not null;
create index observed_event_series on calsync.observed_event (calendar, recurring_event_id) where recurring_event_id is not null;

comment on table calsync.observed_event is 'The mirror: what Google last told us. Nothing readable is kept of events that are not ours.';
comment on column calsync.observed_event.calendar is 'The calendar.';
comment on column calsync.observed_event.event_id is 'Google''s id of the event.';
comment on column calsync.observed_event.etag is 'Its etag; empty for a tombstone that came without.';
comment on column calsync.observed_event.status is 'confirmed, tentative, or cancelled (a tombstone).';
comment on column calsync.observed_event.recurring_event_id is 'The series, for an occurrence that differs from it.';
comment on column calsync.observed_event.original_start is 'When that occurrence would have started.';
comment on column calsync.observed_event.ours is 'Bound, or carrying the mark of this installation.';
comment on column calsync.observed_event.mark_installation is 'Installation named by the mark in its private extended properties.';
comment on column calsync.observed_event.mark_key is 'Key named by the mark.';
comment on column calsync.observed_event.mark_revision is 'Revision named by the mark.';
comment on column calsync.observed_event.hash is 'Hash of its normal form; only for events of ours.';
comment on column calsync.observed_event.hash_version is 'Version of the normal form behind hash and fingerprint.';
comment on column calsync.observed_event.body is 'The event as Google gave it, as far as calsync reads it; only for events of ours.';
comment on column calsync.observed_event.fingerprint is 'Keyed fingerprint of start, end, recurrence and summary; only for live events that are not ours.';
comment on column calsync.observed_event.created is 'When Google says that it was created; decides which copy is the oldest.';
comment on column calsync.observed_event.listing is 'Number of the full listing in which it was last seen, or that was newest then.';
comment on column calsync.observed_event.source is 'list: a listing showed it; read: read by id; answer: Google''s answer to our write.';
comment on column calsync.observed_event.seen_at is 'When.';

create table calsync.hold (
  id bigint generated always as identity primary key,
  calendar text not null references calsync.calendar (id),
  kind text not null check (kind in ('withdrawals', 'recreates', 'lookalike', 'deleted_with_copy', 'table_older', 'mark_taken')),
  set_hash text not null,
  reason text not null,
  opened_at timestamptz not null default calsync.now(),
  closed_at timestamptz,
  decision text check (decision in ('approved', 'rejected', 'lapsed')),
  decided_by text,
  constraint hold_closed_is_decided check ((closed_at is null) = (decision is null))
);

create unique index hold_open_once on calsync.hold (calendar, kind, set_hash) where closed_at is null;

comment on table calsync.hold is 'What the guard stopped: a set of actions that waits for a person.';
comment on column calsync.hold.id is 'The number by which it is approved or rejected.';
comment on column calsync.hold.calendar is 'The calendar.';
comment on column calsync.hold.kind is 'What was stopped.';
comment on column calsync.hold.set_hash is 'Hash of the exact set.';
comment on column calsync.hold.reason is 'Why, in one sentence.';
comment on column calsync.hold.opened_at is 'Since when it waits.';
comment on column calsync.hold.closed_at is 'When it ended.';
comment on column calsync.hold.decision is 'approved, rejected, or lapsed: the set changed or went away.';
comment on column calsync.hold.decided_by is 'Who decided.';

create table calsync.hold_item (
  hold bigint not null references calsync.hold (id),
  key text not null,
  event_id text not null,
  revision bigint not null,
  used_at timestamptz,
  primary key (hold, key, event_id)
);

create index hold_item_key on calsync.hold_item (key);

comment on table calsync.hold_item is 'The exact set of a hold.';
comment on column calsync.hold_item.hold is 'The hold.';
comment on column calsync.hold_item.key is 'The key.';
comment on column calsync.hold_item.event_id is 'The Google event that the stopped action concerns.';
comment on column calsync.hold_item.revision is 'The revision of the key when it was stopped.';
comment on column calsync.hold_item.used_at is 'When the permission for it was used; once.';

create table calsync.approval (
  hold bigint primary key references calsync.hold (id),
  granted_by text not null,
  granted_at timestamptz not null default calsync.now(),
  expires_at timestamptz not null
);

comment on table calsync.approval is 'A permission for the exact set of a hold: each item once, until it expires.';
comment on column calsync.approval.hold is 'The hold.';
comment on column calsync.approval.granted_by is 'Who granted it.';
comment on column calsync.approval.granted_at is 'When.';
comment on column calsync.approval.expires_at is 'When it ends, used or not.';

create table calsync.intent (
  id bigint generated always as identity primary key,
  calendar text not null references calsync.calendar (id),
  epoch bigint not null,
  key text,
  kind text not null check (kind in ('create', 'patch', 'move', 'delete')),
  event_id text not null,
  incarnation integer,
  etag text,
  destination text references calsync.calendar (id),
  revision bigint,
  applied jsonb,
  counts_as text check (counts_as in ('withdrawal', 'cancellation', 'recreate')),
  repairs text[] not null default '{}',
  approval bigint references calsync.approval (hold),
  made_at timestamptz not null default calsync.now(),
  settled_at timestamptz,
  outcome text check (outcome in ('done', 'not_done', 'overtaken')),
  error_kind text,
  error_reason text,
  constraint intent_settled_says_how check ((settled_at is null) = (outcome is null)),
  constraint intent_etag_on_what_exists check ((kind = 'create') = (etag is null)),
  constraint intent_move_has_destination check ((kind = 'move') = (destination is not null))
);

create unique index intent_unsettled on calsync.intent (calendar, event_id) where outcome is null;
create index intent_key on calsync.intent (key, made_at);
create index intent_counted on calsync.intent (calendar, made_at) where counts_as is not null;

comment on table calsync.intent is 'Append-only: every changing call to Google before it is made, and how it ended.';
comment on column calsync.intent.id is 'Order of making.';
comment on column calsync.intent.calendar is 'The calendar that is called.';
comment on column calsync.intent.epoch is 'The lease under which it was made.';
comment on column calsync.intent.key is 'The key; null for an orphan.';
comment on column calsync.intent.kind is 'create, patch, move or delete.';
comment on column calsync.intent.event_id is 'The Google event.';
comment on column calsync.intent.incarnation is 'For a create: which Google event of the key.';
comment on column calsync.intent.etag is 'What is sent as If-Match; null only for a create.';
comment on column calsync.intent.destination is 'For a move: where to.';
comment on column calsync.intent.revision is 'The revision on which it rests.';
comment on column calsync.intent.applied is 'The fields that are applied if it is done.';
comment on column calsync.intent.counts_as is 'As what the guard counts it.';
comment on column calsync.intent.repairs is 'The fields of a person''s change that it undoes; counted for contested.';
comment on column calsync.intent.approval is 'The approval that it uses; such intents are in no count.';
comment on column calsync.intent.made_at is 'When it was written, before the call.';
comment on column calsync.intent.settled_at is 'When its outcome was known.';
comment on column calsync.intent.outcome is 'done; not_done: the call had no effect; overtaken: someone else''s change came first.';
comment on column calsync.intent.error_kind is 'Kind of the error, if any.';
comment on column calsync.intent.error_reason is 'Google''s reason, if any.';

create function calsync.intent_is_append_only() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$
  begin
    if old.outcome is not null or (to_jsonb(new) - array['settled_at', 'outcome', 'error_kind', 'error_reason'])
       is distinct from (to_jsonb(old) - array['settled_at', 'outcome', 'error_kind', 'error_reason']) then
      raise exception 'an intent is settled once and never rewritten' using errcode = 'check_violation';
    end if;
    return new;
  end
  $$;

comment on function calsync.intent_is_append_only() is 'Lets an intent be settled once, and nothing else.';

create trigger append_only before update on calsync.intent
  for each row execute function calsync.intent_is_append_only();

create table calsync.finding (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('drift', 'conflict', 'orphan', 'duplicate', 'lookalike', 'missing', 'moved', 'deleted', 'contested',
    'occurrence', 'twin', 'zone_rules_differ', 'rejected', 'guest_copies_may_remain')),
  calendar text not null references calsync.calendar (id),
  key text,
  event_id text,
  fields jsonb not null default '[]' check (jsonb_typeof(fields) = 'array'),
  reason text not null,
  flagged boolean not null,
  opened_at timestamptz not null default calsync.now(),
  closed_at timestamptz,
  closed_as text check (closed_as in ('mended', 'accepted', 'gone')),
  constraint finding_about_something check (num_nonnulls(key, event_id) > 0),
  constraint finding_closed_says_how check ((closed_at is null) = (closed_as is null))
);

create unique index finding_open_once on calsync.finding (kind, calendar, coalesce(key, ''), coalesce(event_id, '')) where closed_at is null;
create index finding_key on calsync.finding (key);
create index finding_closed on calsync.finding (closed_at);

comment on table calsync.finding is 'A named difference between the table and Google, from when it was seen to when it ended.';
comment on column calsync.finding.id is 'The number by which people speak of it.';
comment on column calsync.finding.kind is 'What it is.';
comment on column calsync.finding.calendar is 'Where it was seen.';
comment on column calsync.finding.key is 'The key, if it has one.';
comment on column calsync.finding.event_id is 'The Google event, if there is one.';
comment on column calsync.finding.fields is 'The fields that differ: desired, applied, observed. Evidence: for those who may read the calendar.';
comment on column calsync.finding.reason is 'One sentence, without event text.';
comment on column calsync.finding.flagged is 'True when it waits for a person; false when calsync mends it or it counts as in sync.';
comment on column calsync.finding.opened_at is 'Since when.';
comment on column calsync.finding.closed_at is 'Until when; null while open.';
comment on column calsync.finding.closed_as is 'mended by calsync, accepted into the table or by a person, or gone by itself.';

create table calsync.run (
  id bigint generated always as identity primary key,
  calendar text not null references calsync.calendar (id),
  epoch bigint not null,
  started_at timestamptz not null,
  ended_at timestamptz not null default calsync.now(),
  outcome text not null,
  counts jsonb not null,
  error_kind text,
  error_reason text
);

create index run_calendar on calsync.run (calendar, id);

comment on table calsync.run is 'One row per turn: what it did and how it ended.';
comment on column calsync.run.id is 'Order of ending.';
comment on column calsync.run.calendar is 'The calendar.';
comment on column calsync.run.epoch is 'The lease under which it ran.';
comment on column calsync.run.started_at is 'When it began.';
comment on column calsync.run.ended_at is 'When it ended.';
comment on column calsync.run.outcome is 'The state of the calendar after it.';
comment on column calsync.run.counts is 'Calls and changes, by kind.';
comment on column calsync.run.error_kind is 'Kind of the error that ended it, if any.';
comment on column calsync.run.error_reason is 'Its reason, without event text.';
