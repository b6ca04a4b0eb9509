-- The HTTP door: who may come in, and what was answered to a request that may come again.

create table calsync.api_token (
  id bigint generated always as identity primary key,
  name text not null check (name ~ '^[!-~]{1,64}$'),
  secret_hash text not null check (secret_hash ~ '^[0-9a-f]{64}$'),
  scopes text[] not null check (cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'admin']),
  rate_per_minute integer not null check (rate_per_minute between 1 and 1000000),
  created_at timestamptz not null default calsync.now(),
  created_by text not null,
  revoked_at timestamptz,
  last_used_at timestamptz
);

create unique index api_token_name on calsync.api_token (name) where revoked_at is null;

comment on table calsync.api_token is 'The bearer tokens of the HTTP API. The secret itself is nowhere.';
comment on column calsync.api_token.id is 'Its number, a part of the token.';
comment on column calsync.api_token.name is 'The actor of what is written with it; one token in use per name.';
comment on column calsync.api_token.secret_hash is 'SHA-256 of its 256 random bits, hexadecimal.';
comment on column calsync.api_token.scopes is 'What it may: read, write, admin (both, and what is for operators).';
comment on column calsync.api_token.rate_per_minute is 'Requests that it may make a minute, in each process of the server.';
comment on column calsync.api_token.created_at is 'When it was made.';
comment on column calsync.api_token.created_by is 'Who made it.';
comment on column calsync.api_token.revoked_at is 'Since when it opens nothing any more; null while it does.';
comment on column calsync.api_token.last_used_at is 'When it was used last, to ten minutes.';

create table calsync.idempotency (
  token text not null,
  key text not null check (key ~ '^[!-~]{1,255}$'),
  request_hash text not null check (request_hash ~ '^[0-9a-f]{64}$'),
  status integer,
  headers jsonb,
  body text,
  created_at timestamptz not null default calsync.now(),
  primary key (token, key)
);

create index idempotency_created on calsync.idempotency (created_at);

comment on table calsync.idempotency is
  'Answers to requests with an Idempotency-Key, written in the transaction of what they answer; kept 30 days.';
comment on column calsync.idempotency.token is 'Who asked; a key means something to its own token alone.';
comment on column calsync.idempotency.key is 'The Idempotency-Key.';
comment on column calsync.idempotency.request_hash is 'SHA-256 of method, path, query and body.';
comment on column calsync.idempotency.status is 'The status that was answered; null only within the transaction that writes it.';
comment on column calsync.idempotency.headers is 'The headers that belong to the answer, such as its ETag.';
comment on column calsync.idempotency.body is 'The body as it was sent.';
comment on column calsync.idempotency.created_at is 'When the request came first.';

-- Lists are read page by page in the order of keys.
create index desired_event_calendar_key on calsync.desired_event (calendar, key);
drop index calsync.desired_event_calendar;
create index desired_event_schedule_key on calsync.desired_event (schedule, key) where schedule is not null;
drop index calsync.desired_event_schedule;
