/** How long what is over is kept. What a key, a guard's window or an open decision still needs is in none of these. */
import { sql } from 'kysely';
import type { Db } from './database.ts';
import { dropOldHistory } from './history-retention.ts';

/** Days after which rows go. How long history is kept is a setting, and not all of it goes: history-retention.ts. */
const retentionDays = {
  runs: 90,
  intents: 90,
  closedFindings: 365,
  retiredBindings: 30,
  tombstones: 30,
  answers: 30,
  endedMail: 90,
} as const;

/** Rows of each kind that go at once; the next run takes the next ones. */
const mostRowsAtOnce = 5_000;

/** Drops what is older than its retention: turns, settled intents, closed findings, ended mail, ended bindings, tombstones that nothing is bound to, answers to requests that may have come again, ends of series that nothing is known of. */
export async function dropOutdated(db: Db): Promise<void> {
  await sql`
    with runs as (
      delete from calsync.run where id in (select id from calsync.run
        where ended_at < calsync.now() - make_interval(days => ${retentionDays.runs}) order by ended_at, id limit ${mostRowsAtOnce})
    ), intents as (
      delete from calsync.intent where id in (select id from calsync.intent
        where outcome is not null and made_at < calsync.now() - make_interval(days => ${retentionDays.intents})
        order by made_at, id limit ${mostRowsAtOnce})
    ), findings as (
      delete from calsync.finding where id in (select id from calsync.finding
        where closed_at < calsync.now() - make_interval(days => ${retentionDays.closedFindings})
        order by closed_at, id limit ${mostRowsAtOnce})
    ), reminders as (
      delete from calsync.reminder where id in (select id from calsync.reminder
        where state <> 'pending' and ended_at < calsync.now() - make_interval(days => ${retentionDays.endedMail})
        order by ended_at, id limit ${mostRowsAtOnce})
    ), mails as (
      delete from calsync.outbox_mail where id in (select id from calsync.outbox_mail
        where state <> 'pending' and ended_at < calsync.now() - make_interval(days => ${retentionDays.endedMail})
        order by ended_at, id limit ${mostRowsAtOnce})
    ), bindings as (
      delete from calsync.binding where (key, incarnation) in (select key, incarnation from calsync.binding
        where state = 'retired' and retired_at < calsync.now() - make_interval(days => ${retentionDays.retiredBindings})
        order by retired_at, key, incarnation limit ${mostRowsAtOnce})
    ), answers as (
      delete from calsync.idempotency where (token, key) in (select token, key from calsync.idempotency
        where created_at < calsync.now() - make_interval(days => ${retentionDays.answers})
        order by created_at, token, key limit ${mostRowsAtOnce})
    ), series as (
      delete from calsync.series_end where (key, series) in (select known.key, known.series from calsync.series_end known
        where not exists (select from calsync.desired_event event where event.key = known.key)
          and not exists (select from calsync.binding bound where bound.key = known.key)
        order by known.key, known.series limit ${mostRowsAtOnce})
    )
    delete from calsync.observed_event where (calendar, event_id) in (select shown.calendar, shown.event_id from calsync.observed_event shown
      where shown.status = 'cancelled' and shown.recurring_event_id is null
        and shown.seen_at < calsync.now() - make_interval(days => ${retentionDays.tombstones})
        and not exists (select from calsync.binding bound where bound.event_id = shown.event_id and bound.state in ('live', 'gone'))
      order by shown.seen_at, shown.calendar, shown.event_id limit ${mostRowsAtOnce})`.execute(db);
  await dropOldHistory(db);
}
