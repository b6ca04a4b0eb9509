-- What protects people when Google is silent, when keys change their spelling, and when a database is a copy of another one.

create table calsync.breaker (
  scope text primary key check (scope = 'google' or scope like 'account:%'),
  state text not null default 'closed' check (state in ('closed', 'open', 'half_open')),
  failures integer not null default 0 check (failures >= 0),
  failing_since timestamptz,
  last_failure_at timestamptz,
  reason text,
  opened_at timestamptz,
  probe_at timestamptz,
  probes integer not null default 0 check (probes >= 0),
  prober text,
  constraint breaker_open_says_when check ((state = 'closed') = (opened_at is null) and (state = 'closed') = (probe_at is null)),
  constraint breaker_half_open_has_prober check ((state = 'half_open') = (prober is not null)),
  constraint breaker_silent_since check (state = 'closed' or failing_since is not null)
);

comment on table calsync.breaker is 'Whether Google is called at all, as every worker sees it: a row per account, and one for all of Google. No row: closed.';
comment on column calsync.breaker.scope is '`google`, or `account:` and its address.';
comment on column calsync.breaker.state is 'closed: calls are made; open: none is; half_open: one worker tries whether Google answers again.';
comment on column calsync.breaker.failures is 'Calls in a row, of all workers, to which Google gave no usable answer.';
comment on column calsync.breaker.failing_since is 'When the first of them failed.';
comment on column calsync.breaker.last_failure_at is 'When the last of them failed.';
comment on column calsync.breaker.reason is 'What the last of them met: a time-out, a status, the network''s code.';
comment on column calsync.breaker.opened_at is 'When it opened.';
comment on column calsync.breaker.probe_at is 'Open: when the next try is due; half open: when the try that runs is given up.';
comment on column calsync.breaker.probes is 'Tries in a row that failed; each makes the next wait longer.';
comment on column calsync.breaker.prober is 'Half open: the lease whose turn tries.';

alter table calsync.hold drop constraint hold_kind_check;
alter table calsync.hold add constraint hold_kind_check
  check (kind in ('withdrawals', 'recreates', 'rekey', 'lookalike', 'deleted_with_copy', 'table_older', 'mark_taken'));

alter table calsync.hold_item add column replaces text;

comment on column calsync.hold_item.replaces is 'In a re-key, of a new key: the withdrawn key whose event says the same.';

alter table calsync.history drop constraint history_kind_check;
alter table calsync.history add constraint history_kind_check
  check (kind in ('inserted', 'updated', 'cancelled', 'revived', 'withdrawn', 'rekeyed',
    'attendee_added', 'attendee_changed', 'attendee_removed', 'google_changed', 'google_deleted'));

create function calsync.this_database() returns jsonb
  language sql stable set search_path = pg_catalog, pg_temp
  return (select jsonb_build_object('system', system_identifier::text, 'name', current_database()::text) from pg_control_system());

comment on function calsync.this_database() is
  'What tells this database from its copies: the identifier that the server was initialised with, and its own name.';

create function calsync.is_claimed() returns boolean
  language sql stable set search_path = pg_catalog, pg_temp
  return coalesce((select value = calsync.this_database() from calsync.setting where name = 'database'), false);

comment on function calsync.is_claimed() is
  'Whether this database is the one that was installed or claimed, and no copy of it: only then its rows reach Google.';

-- "This and following" ends a series early and goes on under an id that is derived from its own (API facts §5): no occurrence, but an event
-- that stands for the later dates. Whether marks are copied to it is not documented, so it is known by its id.
alter table calsync.observed_event add column rest_of text;
update calsync.observed_event set rest_of = substring(event_id from '^(.+)_R[0-9]{8}(?:T[0-9]{6})?$'), recurring_event_id = null
  where event_id ~ '_R[0-9]{8}(T[0-9]{6})?$';
create index observed_event_rest on calsync.observed_event (rest_of) where rest_of is not null;

comment on column calsync.observed_event.rest_of is 'The event whose later dates a person took over with this one, by its id: "this and following".';
