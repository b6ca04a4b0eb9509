-- How each event and each guest stands. Facts, then a decision over them: `calsync.event_cause` and `calsync.attendee_cause` say the same
-- as src/core/event-status.ts, and a test walks every combination of facts through both. Nothing here is stored: a status cannot be stale.

create table calsync.series_end (
  key text not null,
  series text not null,
  ends_at timestamptz not null,
  primary key (key, series)
);

comment on table calsync.series_end is 'When series end, as the program found by expanding their rules, which SQL cannot; `infinity` for one without end.';
comment on column calsync.series_end.key is 'The key.';
comment on column calsync.series_end.series is 'Hash of start, end and recurrence, as calsync.series_hash gives it: another series of the key has its own row.';
comment on column calsync.series_end.ends_at is 'The end of its last occurrence; an all-day one ends with its day everywhere on earth.';

create function calsync.series_hash(stated_start jsonb, stated_end jsonb, recurrence jsonb) returns text
  language sql immutable parallel safe
  return md5(concat_ws(' ', stated_start ->> 'date', stated_start ->> 'local', stated_start ->> 'zone', stated_start ->> 'offset', 'to',
    stated_end ->> 'date', stated_end ->> 'local', stated_end ->> 'zone', stated_end ->> 'offset', recurrence::text));

comment on function calsync.series_hash(jsonb, jsonb, jsonb) is
  'Names a series by what decides when it ends, in the form in which a binding keeps what was applied.';

create function calsync.row_time(on_date date, local timestamp, zone text, utc_offset text) returns jsonb
  language sql stable parallel safe
  return case when on_date is not null then jsonb_build_object('kind', 'date', 'date', on_date)
    else jsonb_build_object('kind', 'time', 'local', to_char(local, 'YYYY-MM-DD"T"HH24:MI:SS'), 'zone', zone, 'offset', utc_offset) end;

comment on function calsync.row_time(date, timestamp, text, text) is 'A time of a row in the form in which a binding keeps what was applied.';

comment on column calsync.setting.name is
  'installation, google, fingerprint_secret, database; reconciler: its limits, for the views below; and the names that `calsync config` sets.';

create view calsync.status_limits as
  select coalesce((limits.value ->> 'freshForMs')::float8, 900000) / 1000 * interval '1 second' as fresh_for,
         case when limits.name is null then interval '7 days' else (limits.value ->> 'settledAfterMs')::float8 / 1000 * interval '1 second' end
           as settled_after,
         not calsync.is_claimed() as copied
    from (select) one left join calsync.setting limits on limits.name = 'reconciler';

comment on view calsync.status_limits is
  'For how long an observation may be believed, and after how long an event that is over is settled (null: never), as the reconciler said last; whether this database is a copy.';

create view calsync.calendar_obstacle as
  select place.id as calendar, place.observed_at,
         coalesce(place.state in ('active', 'held') and place.observed_at > calsync.now() - limits.fresh_for, false) as fresh,
         obstacle.detail, obstacle.fault, obstacle.since,
         case when place.state in ('unavailable', 'unknown') then place.state_since
              else coalesce(place.observed_at + limits.fresh_for, place.created_at) end as unseen_since
    from calsync.calendar place
    join calsync.account on account.id = place.account
    cross join calsync.status_limits limits
    left join lateral (
      select 'this database is a copy, and writes nothing to Google until it is claimed' as detail, 'calsync' as fault,
          place.created_at as since, 0 as rank
        where limits.copied
      union all
      select 'its account has to be connected again' || coalesce(' (' || account.state_reason || ')', ''),
          'account', account.state_since, 1
        where account.state = 'reauth_required'
      union all
      select 'Google asked its account for a long pause' || coalesce(' (' || account.state_reason || ')', ''), 'google', account.state_since, 2
        where account.state = 'quota_paused' and account.paused_until > calsync.now()
      union all
      (select 'Google does not answer' || coalesce(' (' || breaker.reason || ')', ''), 'google', breaker.failing_since, 3
        from calsync.breaker
        where breaker.scope in ('google', 'account:' || account.id) and breaker.state <> 'closed'
        order by breaker.failing_since, breaker.scope limit 1)
      union all
      select 'its calendar cannot be reached: ' || place.state_reason, 'account', place.state_since, 4
        where place.state = 'unavailable'
      union all
      select place.state_reason, 'google', place.state_since, 5
        where place.state = 'unknown'
      union all
      (select 'its calendar is held: ' || hold.reason, 'calsync', hold.opened_at, 6
        from calsync.hold
        where hold.calendar = place.id and hold.kind = 'table_older' and hold.closed_at is null
        order by hold.id limit 1)
      order by rank limit 1
    ) obstacle on true;

comment on view calsync.calendar_obstacle is
  'Per calendar: whether its last observation may be believed, and what keeps every event of it waiting, with whose fault and since when.';

create view calsync.event_fact as
  select known.key,
         coalesce(event.calendar, bound.calendar, mark.calendar) as calendar,
         event.schedule,
         coalesce(event.generation, counter.generation, 0) as generation,
         coalesce(event.revision, counter.revision, 0) as revision,
         case when event.key is null then 'absent' when event.cancelled_at is null then 'live' else 'cancelled' end as wanted,
         coalesce(greatest(ends.of_row, ends.of_applied) < calsync.now() - limits.settled_after, false) as over,
         hold.reason is not null as held,
         case when mark.key is null then 'none' when mark.parked then 'parked' else 'due' end as mark,
         coalesce(bound.state = 'live' and bound.applied_revision >= event.revision and bound.calendar = event.calendar
           and not finding.absent, false) as confirmed,
         bound.key is not null as bound,
         calling.made_at is not null as calling,
         coalesce(place.fresh, false) and coalesce(goal.fresh, true) as fresh,
         coalesce(finding.flagged, false) as flagged,
         coalesce(finding.mending, false) as mending,
         coalesce(bound.etag = shown.etag and shown.status <> 'cancelled', false) as agrees,
         jsonb_build_object(
           'work', jsonb_build_object('detail', coalesce(place.detail, mark.reason),
             'fault', coalesce(place.fault, mark.fault), 'since', coalesce(mark.marked_at, event.updated_at, calling.made_at)),
           'hold', jsonb_build_object('detail', hold.reason, 'since', hold.opened_at),
           'parking', jsonb_build_object('detail', mark.reason, 'fault', mark.fault, 'since', coalesce(finding.rejected_since, mark.marked_at)),
           'sight', jsonb_build_object('detail', coalesce(place.detail, goal.detail), 'fault', coalesce(place.fault, goal.fault),
             'since', case when place.fresh then goal.unseen_since else place.unseen_since end),
           'difference', jsonb_build_object('detail', finding.reason,
             'fault', case when mark.key is not null then coalesce(mark.fault, 'calsync') end, 'since', finding.opened_at),
           'comparison', jsonb_build_object('since', coalesce(mark.marked_at, calling.made_at, shown.seen_at, bound.bound_at)),
           'agreement', jsonb_build_object('since', coalesce(bound.written_at, bound.bound_at)),
           'ending', jsonb_build_object('since', coalesce(past.retired_at, event.cancelled_at)),
           'past', jsonb_build_object('since', greatest(ends.of_row, ends.of_applied) + limits.settled_after)
         ) as told
    from (
      select key from calsync.desired_event union select key from calsync.binding union select key from calsync.dirty
    ) known
    cross join calsync.status_limits limits
    left join calsync.desired_event event on event.key = known.key
    left join calsync.binding bound on bound.key = known.key and bound.state in ('live', 'gone')
    left join calsync.dirty mark on mark.key = known.key
    left join calsync.key_counter counter on counter.key = known.key
    left join calsync.observed_event shown on shown.calendar = bound.calendar and shown.event_id = bound.event_id
    left join calsync.calendar_obstacle place on place.calendar = coalesce(bound.calendar, event.calendar, mark.calendar)
    left join calsync.calendar_obstacle goal on goal.calendar = event.calendar and event.cancelled_at is null and bound.calendar <> event.calendar
    left join lateral (
      select max(retired.retired_at) as retired_at from calsync.binding retired where retired.key = known.key and retired.state = 'retired'
    ) past on true
    left join lateral (
      select case when event.key is null then null
                  when cardinality(event.recurrence) > 0 then coalesce((
                    select series.ends_at from calsync.series_end series
                      where series.key = event.key and series.series = calsync.series_hash(
                        calsync.row_time(event.start_date, event.start_local, event.start_zone, event.start_offset),
                        calsync.row_time(event.end_date, event.end_local, event.end_zone, event.end_offset), to_jsonb(event.recurrence))),
                    calsync.over_at(event))
                  else calsync.ends_at(event.end_date, event.end_local, event.end_zone, event.end_offset) end as of_row,
             case when bound.applied is null then null
                  when jsonb_typeof(bound.applied -> 'recurrence') = 'array' and bound.applied -> 'recurrence' <> '[]' then coalesce((
                    select series.ends_at from calsync.series_end series
                      where series.key = bound.key and series.series = calsync.series_hash(
                        bound.applied -> 'start', bound.applied -> 'end', bound.applied -> 'recurrence')), 'infinity')
                  else calsync.ends_at((bound.applied -> 'end' ->> 'date')::date, (bound.applied -> 'end' ->> 'local')::timestamp,
                    bound.applied -> 'end' ->> 'zone', bound.applied -> 'end' ->> 'offset')
             end as of_applied
        offset 0 -- computed once a row
    ) ends on true
    left join lateral (
      select hold.reason, hold.opened_at
        from calsync.hold_item item join calsync.hold on hold.id = item.hold
        where item.key = known.key and hold.closed_at is null and item.revision >= coalesce(event.revision, counter.revision, 0)
        order by hold.id limit 1
    ) hold on true
    left join lateral (
      select intent.made_at from calsync.intent
        where intent.key = known.key and intent.outcome is null order by intent.id limit 1
    ) calling on true
    left join lateral (
      select coalesce(bool_or(told.flagged and told.counts), false) as flagged,
             coalesce(bool_or(not told.flagged and told.kind in ('deleted', 'missing', 'moved')), false) as absent,
             coalesce(bool_or(not told.flagged and told.kind in ('drift', 'duplicate')), false) as mending,
             (array_agg(told.reason order by told.flagged desc, told.opened_at, told.id) filter (where told.counts))[1] as reason,
             min(told.opened_at) filter (where told.counts) as opened_at,
             min(told.opened_at) filter (where told.kind = 'rejected') as rejected_since
        from (
          select finding.*, finding.flagged and finding.kind not in ('rejected', 'unreachable') or finding.kind in ('drift', 'duplicate') as counts
            from calsync.finding where finding.key = known.key and finding.closed_at is null
        ) told
    ) finding on true;

comment on view calsync.event_fact is
  'What the status of each key is decided from: a key that has a row, a binding or a dirty mark. `told` holds what there is to say of each topic.';

create function calsync.event_cause(wanted text, over boolean, held boolean, mark text, confirmed boolean, bound boolean, calling boolean,
    fresh boolean, flagged boolean, mending boolean, agrees boolean) returns text
  language sql immutable parallel safe
  return case
    when held then 'held'
    when over then 'over'
    when mark = 'parked' then 'parked'
    when wanted <> 'live' then
      case when calling then 'delete_unheard' when bound or mark <> 'none' then 'undeleted' else 'deleted' end
    when not confirmed and calling then 'unheard'
    when not confirmed and not (flagged and mark = 'none') then 'unsent'
    when not fresh then 'unseen'
    when flagged or (mending and mark <> 'none') then 'differs'
    when calling or mark <> 'none' or not agrees then 'uncompared'
    else 'same'
  end;

comment on function calsync.event_cause(text, boolean, boolean, text, boolean, boolean, boolean, boolean, boolean, boolean, boolean) is
  'Why an event stands as it does: the first line that fits. The same as causeOf in src/core/event-status.ts.';

create function calsync.attendee_cause(event_cause text, wanted text, fresh boolean, active boolean, written boolean, alike boolean,
    unreachable boolean, removed boolean) returns text
  language sql immutable parallel safe
  return case
    when event_cause = 'over' then 'over'
    when wanted = 'live' and active and written and alike then
      case when unreachable then 'unreachable' when not fresh then 'unseen' when removed then 'differs' else 'same' end
    when not written and not (wanted = 'live' and active) then 'deleted'
    when event_cause in ('held', 'parked') then event_cause
    when wanted = 'live' and active then case when event_cause = 'unheard' then 'unheard' else 'unsent' end
    else case when event_cause = 'delete_unheard' then 'delete_unheard' else 'undeleted' end
  end;

comment on function calsync.attendee_cause(text, text, boolean, boolean, boolean, boolean, boolean, boolean) is
  'Why a guest stands as they do: the first line that fits. The same as attendeeCauseOf in src/core/attendee-status.ts.';

create view calsync.status_cause as
  select * from (values
    ('held', 'held', 'hold', null, 'a person has to decide'),
    ('over', 'settled', 'past', null, 'it is over, and settled'),
    ('parked', 'parked', 'parking', 'row', 'it waits for a change of its row or for a retry'),
    ('unsent', 'pending', 'work', 'calsync', 'Google does not show it yet'),
    ('unheard', 'pending', 'work', 'google', 'it was sent to Google, and whether it arrived is not known yet'),
    ('unseen', 'unknown', 'sight', 'calsync', 'its calendar was not observed lately'),
    ('differs', 'out_of_sync', 'difference', null, 'Google shows something else'),
    ('uncompared', 'unknown', 'comparison', 'calsync', 'what Google shows has still to be compared with the table'),
    ('same', 'in_sync', 'agreement', null, 'Google shows what the table says'),
    ('undeleted', 'cancelling', 'work', 'calsync', 'Google may still show it'),
    ('delete_unheard', 'cancelling', 'work', 'google', 'Google was asked to take it away, and whether it did is not known yet'),
    ('deleted', 'cancelled', 'ending', null, 'it is gone from Google'),
    ('unreachable', 'out_of_sync', 'address', 'row', 'invitations to this address do not arrive')
  ) as cause (cause, status, topic, fault, sentence);

comment on view calsync.status_cause is 'What each cause means: the status, whose fault it is unless more is known, and the sentence that says so.';

create view calsync.event_status as
  select fact.key, fact.calendar, fact.schedule, fact.generation, fact.revision, cause.status,
         cause.sentence || coalesce(': ' || (fact.told -> cause.topic ->> 'detail'), '') as reason,
         coalesce(fact.told -> cause.topic ->> 'fault', cause.fault) as fault,
         (fact.told -> cause.topic ->> 'since')::timestamptz as since
    from calsync.event_fact fact
    join calsync.status_cause cause on cause.cause = calsync.event_cause(fact.wanted, fact.over, fact.held, fact.mark, fact.confirmed,
      fact.bound, fact.calling, fact.fresh, fact.flagged, fact.mending, fact.agrees);

comment on view calsync.event_status is
  'How each key stands: pending, in_sync, out_of_sync, unknown, cancelling, cancelled, held, parked or settled; why, whose fault it is, and since when.';
comment on column calsync.event_status.key is 'The key.';
comment on column calsync.event_status.calendar is 'The calendar of its row, else the one on which its event lives.';
comment on column calsync.event_status.schedule is 'The schedule of its row.';
comment on column calsync.event_status.generation is 'Generation of its row, else where its counter stands.';
comment on column calsync.event_status.revision is 'Revision of its row, else where its counter stands.';
comment on column calsync.event_status.status is 'One of the nine words.';
comment on column calsync.event_status.reason is 'One sentence, without event text.';
comment on column calsync.event_status.fault is 'google, account, row or calsync; null where nothing is wrong, or a person has to decide.';
comment on column calsync.event_status.since is 'Since when.';

create view calsync.attendee_fact as
  select guest.key, guest.normal_address, guest.address, guest.active, guest.written, guest.alike,
         wrong.since is not null as unreachable,
         coalesce(differing.since is not null, false) as removed,
         case when guest.active and not guest.written then jsonb_build_object('work', jsonb_build_object('since', guest.added_at))
              when wrong.since is not null then
                jsonb_build_object('address', jsonb_build_object('detail', wrong.source || ' says: ' || wrong.reason, 'since', wrong.since))
              else '{}' end as told
    from (
      select side.key, side.normal_address, coalesce(min(side.address) filter (where not side.written), min(side.address)) as address,
             bool_or(side.active) as active, bool_or(side.written) as written, bool_and(side.optional) = bool_or(side.optional) as alike,
             min(side.added_at) as added_at
        from (
          select key, normal_address, address, state = 'active' as active, false as written, optional, added_at from calsync.desired_attendee
          union all
          select bound.key, calsync.normal_address(entry ->> 'email'), entry ->> 'email', false, true,
                 coalesce((entry ->> 'optional')::boolean, false), null
            from calsync.binding bound cross join lateral jsonb_array_elements(bound.applied -> 'attendees') entry
            where bound.state in ('live', 'gone')
        ) side
        group by side.key, side.normal_address
    ) guest
    left join calsync.unreachable_address wrong on wrong.normal_address = guest.normal_address and wrong.cleared_at is null
    left join lateral (
      select min(finding.opened_at) as since
        from calsync.finding
          cross join lateral jsonb_array_elements(finding.fields) field
          cross join lateral jsonb_array_elements(field -> 'guests') entry
        where finding.key = guest.key and finding.closed_at is null and field ->> 'field' = 'attendees'
          and entry ->> 'kind' in ('missing', 'role') and calsync.normal_address(entry ->> 'address') = guest.normal_address
          and (finding.flagged or exists (select from calsync.dirty mark where mark.key = guest.key))
    ) differing on true;

comment on view calsync.attendee_fact is
  'What the status of each guest is decided from, beside that of the event: the guests of the row and those that were written, by normal address.';

create view calsync.attendee_status as
  select guest.key, guest.address, cause.status,
         cause.sentence || coalesce(': ' || (topic.told ->> 'detail'), '') as reason,
         coalesce(topic.told ->> 'fault', cause.fault) as fault,
         (topic.told ->> 'since')::timestamptz as since
    from calsync.attendee_fact guest
    join calsync.event_fact fact on fact.key = guest.key
    join calsync.status_cause cause on cause.cause = calsync.attendee_cause(
      calsync.event_cause(fact.wanted, fact.over, fact.held, fact.mark, fact.confirmed, fact.bound, fact.calling, fact.fresh, fact.flagged,
        fact.mending, fact.agrees),
      fact.wanted, fact.fresh, guest.active, guest.written, guest.alike, guest.unreachable, guest.removed)
    cross join lateral (
      select coalesce(fact.told -> cause.topic, '{}') || coalesce(guest.told -> cause.topic, '{}') as told
    ) topic;

comment on view calsync.attendee_status is 'How each guest of each event stands, in the words of event_status.';
comment on column calsync.attendee_status.key is 'The event.';
comment on column calsync.attendee_status.address is 'The address as the row has it, else as it was written.';
comment on column calsync.attendee_status.status is 'pending: not invited yet; cancelling: still invited; cancelled: not invited any more; the other words as for events.';
comment on column calsync.attendee_status.reason is 'One sentence, without event text.';
comment on column calsync.attendee_status.fault is 'google, account, row or calsync; null where nothing is wrong, or a person has to decide.';
comment on column calsync.attendee_status.since is 'Since when.';

-- A function, for the views take longer to plan than to read: in plpgsql the plan is made once a connection.
create function calsync.facts_of(keys text[]) returns setof jsonb
  language plpgsql stable set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
  as $$
  begin
    return query
      select to_jsonb(fact) || jsonb_build_object('guests', coalesce((
          select jsonb_agg(to_jsonb(guest) order by guest.normal_address) from calsync.attendee_fact guest where guest.key = fact.key), '[]'))
        from calsync.event_fact fact where fact.key = any (keys) order by fact.key;
  end
  $$;

comment on function calsync.facts_of(text[]) is
  'The facts of these keys and of their guests, one object a key, in key order: what a program decides the status of many events from.';
