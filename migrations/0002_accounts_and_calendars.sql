-- Whose calendars these are, and how each is treated.

create table calsync.account (
  id text primary key check (octet_length(id) between 3 and 254),
  state text not null default 'active' check (state in ('active', 'reauth_required', 'quota_paused')),
  state_reason text,
  state_since timestamptz not null default calsync.now(),
  paused_until timestamptz,
  refresh_token text not null,
  scopes text[] not null default '{}',
  created_at timestamptz not null default calsync.now(),
  constraint account_paused_says_until_when check ((state = 'quota_paused') = (paused_until is not null))
);

comment on table calsync.account is 'A Google connection.';
comment on column calsync.account.id is 'The address of the Google account, as Google spells it.';
comment on column calsync.account.state is 'active; reauth_required: its owner has to connect again; quota_paused: Google asked for a long pause.';
comment on column calsync.account.state_reason is 'Why it is in this state; holds no secret.';
comment on column calsync.account.state_since is 'Since when it is in this state.';
comment on column calsync.account.paused_until is 'When a quota pause ends.';
comment on column calsync.account.refresh_token is 'The refresh token, encrypted with CALSYNC_SECRET_KEY.';
comment on column calsync.account.scopes is 'What the owner consented to.';
comment on column calsync.account.created_at is 'When it was connected first.';

create table calsync.calendar (
  id text primary key check (octet_length(id) between 1 and 512),
  account text not null references calsync.account (id),
  summary text not null default '',
  time_zone text not null default 'UTC',
  namespace text not null default 'live' check (namespace in ('live', 'test')),
  policy text not null check (policy in ('sync', 'upsert-only', 'create-only', 'observe')),
  drift text not null default 'enforce' check (drift in ('enforce', 'adopt', 'flag', 'ignore')),
  drift_fields jsonb not null default '{}' check (jsonb_typeof(drift_fields) = 'object'),
  on_delete text not null default 'recreate' check (on_delete in ('recreate', 'accept', 'flag')),
  on_move text not null default 'flag' check (on_move in ('flag', 'move_back', 'follow')),
  orphans text not null default 'flag' check (orphans in ('flag', 'delete')),
  duplicates text not null default 'flag' check (duplicates in ('flag', 'delete')),
  fallback text not null default 'hold' check (fallback in ('hold', 'primary')),
  state text not null default 'active' check (state in ('active', 'unavailable', 'unknown', 'held')),
  state_reason text,
  state_since timestamptz not null default calsync.now(),
  sync_token text,
  full_listing bigint not null default 0,
  observed_at timestamptz,
  next_pull_at timestamptz not null default calsync.now(),
  lease_owner text,
  lease_epoch bigint not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null default calsync.now(),
  constraint calendar_lease_is_whole check ((lease_owner is null) = (lease_until is null)),
  constraint calendar_state_has_reason check (state = 'active' or state_reason is not null)
);

create index calendar_account on calsync.calendar (account);
create index calendar_next_pull on calsync.calendar (next_pull_at);

comment on table calsync.calendar is 'A Google calendar under management.';
comment on column calsync.calendar.id is 'Google''s id of the calendar; the only name by which it is known.';
comment on column calsync.calendar.account is 'The connection through which it is read and written.';
comment on column calsync.calendar.summary is 'Its title when it was last seen; for people to read, never to find it by.';
comment on column calsync.calendar.time_zone is 'Its own zone, in which Google renders instants.';
comment on column calsync.calendar.namespace is 'live, or test: rows of tests never reach a live calendar.';
comment on column calsync.calendar.policy is 'sync: create, patch and delete; upsert-only: no delete; create-only: no patch and no delete; observe: no change at all.';
comment on column calsync.calendar.drift is 'What a change by a person leads to: enforce, adopt, flag or ignore.';
comment on column calsync.calendar.drift_fields is 'The same per field, where it differs: {"location": "adopt"}.';
comment on column calsync.calendar.on_delete is 'What a deletion by a person leads to: recreate, accept (cancel the row) or flag.';
comment on column calsync.calendar.on_move is 'What a move by a person to another managed calendar leads to: flag, move_back or follow.';
comment on column calsync.calendar.orphans is 'What is done with events of ours that have no row: flag or delete.';
comment on column calsync.calendar.duplicates is 'What is done with further marked events of a key: flag or delete.';
comment on column calsync.calendar.fallback is 'Where rows go when the calendar is gone: hold, or primary.';
comment on column calsync.calendar.state is 'active; unavailable: Google answers 404 or refuses access; unknown: a listing cannot be believed; held: a person has to decide.';
comment on column calsync.calendar.state_reason is 'Why it is in this state.';
comment on column calsync.calendar.state_since is 'Since when it is in this state.';
comment on column calsync.calendar.sync_token is 'Google''s token for the next incremental listing; written with the last page that it covers.';
comment on column calsync.calendar.full_listing is 'Number of the newest full listing; a mirror row of an older one was not in it.';
comment on column calsync.calendar.observed_at is 'When a listing was last read to its end.';
comment on column calsync.calendar.next_pull_at is 'When it is to be listed again.';
comment on column calsync.calendar.lease_owner is 'The worker that works on it now.';
comment on column calsync.calendar.lease_epoch is 'Counts the leases; a write of an older epoch is refused.';
comment on column calsync.calendar.lease_until is 'When the lease ends by itself.';
comment on column calsync.calendar.created_at is 'When it came under management.';

create table calsync.quota_bucket (
  scope text primary key,
  units double precision not null,
  refilled_at timestamptz not null,
  day date not null,
  day_spent bigint not null default 0
);

comment on table calsync.quota_bucket is 'Quota units that may be spent now, per account and for the project.';
comment on column calsync.quota_bucket.scope is '`project`, or `account:` and its address.';
comment on column calsync.quota_bucket.units is 'Units left in the bucket at refilled_at; below zero when calls wait.';
comment on column calsync.quota_bucket.refilled_at is 'When the bucket was last filled up.';
comment on column calsync.quota_bucket.day is 'The day that day_spent counts (UTC).';
comment on column calsync.quota_bucket.day_spent is 'Units spent on that day.';
