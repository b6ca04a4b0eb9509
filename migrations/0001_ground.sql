-- The ground that every other table stands on: the clock, the settings, the zones that a row may name.

create schema if not exists calsync;

comment on schema calsync is
  'Desired state of calendar events, what was written to Google, what Google shows, and what differs.';

create function calsync.now() returns timestamptz
  language sql stable parallel safe
  as $$ select statement_timestamp() $$;

comment on function calsync.now() is
  'The time of the current statement. The only source of time in SQL; STABLE, so that due <= calsync.now() can use an index.';

create table calsync.setting (
  name text primary key,
  value jsonb not null,
  set_at timestamptz not null default calsync.now(),
  set_by text not null default session_user
);

comment on table calsync.setting is 'Facts of this installation, one a row.';
comment on column calsync.setting.name is 'installation, google, fingerprint_secret, database.';
comment on column calsync.setting.value is 'The fact.';
comment on column calsync.setting.set_at is 'When it was set.';
comment on column calsync.setting.set_by is 'The database role that set it.';

create table calsync.time_zone (
  name text primary key
);

comment on table calsync.time_zone is 'The IANA names that a time may carry, aliases included; filled by `calsync migrate`.';
comment on column calsync.time_zone.name is 'The name, in its right spelling.';

create function calsync.normal_address(address text) returns text
  language sql immutable parallel safe strict
  return case
    when lower(split_part(address, '@', 2)) in ('gmail.com', 'googlemail.com')
      then coalesce(nullif(replace(split_part(split_part(lower(address), '@', 1), '+', 1), '.', ''), '') || '@gmail.com', lower(address))
    else lower(address)
  end;

comment on function calsync.normal_address(text) is
  'The form in which two addresses are compared: lower case; for Gmail without dots and without what follows a plus. Equal to src/core/address.ts.';

create function calsync.instant(local timestamp, zone text, utc_offset text) returns timestamptz
  language sql immutable parallel safe
  return case
    when utc_offset is null or utc_offset !~ '^[+-][01][0-9]:[0-5][0-9]$' then local at time zone zone
    else (local - (left(utc_offset, 1) || '1')::int
      * make_interval(hours => substr(utc_offset, 2, 2)::int, mins => substr(utc_offset, 5, 2)::int)) at time zone 'UTC'
  end;

comment on function calsync.instant(timestamp, text, text) is
  'The instant of a local time in a zone by the zone rules of this database; for ordering and for checks, never sent to Google. An offset that is not written as +02:00 is left to the check of its form.';
