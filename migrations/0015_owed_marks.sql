-- A turn waits for no writer. What a listing shows of a key whose writer has a transaction open is marked dirty by a later turn: the
-- writer's own mark may be rolled back, so it cannot stand for the turn's.
create table calsync.owed_mark (
  key text primary key,
  calendar text not null,
  since timestamptz not null default calsync.now()
);

create index owed_mark_calendar on calsync.owed_mark (calendar, key);

comment on table calsync.owed_mark is 'Keys that a turn has to mark dirty and could not, because a writer had them at that moment. The next turn of the calendar does.';
comment on column calsync.owed_mark.key is 'The key.';
comment on column calsync.owed_mark.calendar is 'In whose turn it is marked.';
comment on column calsync.owed_mark.since is 'Since when.';
