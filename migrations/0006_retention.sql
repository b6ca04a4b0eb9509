-- What is over goes after a while; finding it must not cost a look at everything that is not.

create index binding_retired on calsync.binding (retired_at) where state = 'retired';
create index observed_event_tombstones on calsync.observed_event (seen_at) where status = 'cancelled';
create index run_ended on calsync.run (ended_at);
create index intent_made on calsync.intent (made_at) where outcome is not null;
