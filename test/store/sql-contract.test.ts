/** docs/sql.md against the database: every constraint is documented, and every documented one answers as it says. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DatabaseError } from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/sql.md', import.meta.url)), 'utf8');
const documented = [...page.matchAll(/^\| `(\w+)`( \*)? \| (\d{5}) \|/gm)].map(
  ([, constraint = '', star, sqlstate = '']) => ({
    constraint,
    sqlstate,
    hint: star !== undefined,
  }),
);

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'trials');
  await database.pool.query(`update calsync.calendar set namespace = 'test' where id = 'trials'`);
  await database.pool.query(`insert into calsync.person (id) values ('homeless'), ('bob')`);
  await database.pool.query(
    `insert into calsync.person_address (person, kind, address) values ('bob', 'calendar', 'bob@example.com')`,
  );
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.pool.query('delete from calsync.desired_event');
  await insertEvent(database.pool, 'there');
  await insertAttendee(database.pool, 'there', 'ada@example.com');
  await insertEvent(database.pool, 'cancelled', { cancelled_at: '2026-01-01' });
  await insertEvent(database.pool, 'trial', { calendar: 'trials' });
});

const event = (columns: Readonly<Record<string, unknown>>) => () => insertEvent(database.pool, 'new', columns);
const guest =
  (address: string, key = 'there') =>
  () =>
    insertAttendee(database.pool, key, address);
const run = (sql: string) => () => database.pool.query(sql);
const timeless = { start_local: null, start_zone: null, end_local: null, end_zone: null };

const violations: Readonly<Record<string, () => Promise<unknown>>> = {
  desired_event_pkey: () => insertEvent(database.pool, 'there'),
  desired_event_calendar_fkey: event({ calendar: 'nowhere' }),
  desired_event_start_zone_fkey: event({ start_zone: 'Europe/Atlantis' }),
  desired_event_end_zone_fkey: event({ end_zone: 'CET-1CEST' }),
  key_length: () => insertEvent(database.pool, 'é'.repeat(257)),
  key_characters: () => insertEvent(database.pool, 'a\tb'),
  key_is_no_path_step: () => insertEvent(database.pool, '..'),
  key_is_permanent: run(`update calsync.desired_event set key = 'other' where key = 'there'`),
  schedule_length: event({ schedule: '' }),
  schedule_characters: event({ schedule: 'a\tb' }),
  summary_characters: event({ summary: 'a\u001bb' }),
  description_characters: event({ description: 'a\u009bb' }),
  location_characters: event({ location: 'a\u007f' }),
  summary_length: event({ summary: 'x'.repeat(1_025) }),
  description_length: event({ description: 'x'.repeat(8_193) }),
  location_length: event({ location: 'x'.repeat(1_025) }),
  start_is_date_or_time: event({ start_date: '2026-11-30', end_date: '2026-12-01' }),
  start_time_has_zone: event({ start_zone: null }),
  start_offset_form: event({ start_offset: '2' }),
  start_offset_fits: event({ start_offset: '+05:00' }),
  start_time_exists: event({ start_local: '2026-03-29T02:30:00' }),
  end_offset_fits: event({ end_offset: '+02:00' }),
  end_time_exists: event({ start_local: '2026-03-29T01:30:00', end_local: '2026-03-29T02:30:00' }),
  end_like_start: event({ ...timeless, start_date: '2026-11-30' }),
  end_time_has_zone: event({ end_zone: null }),
  end_offset_form: event({ end_offset: '+2:00' }),
  end_after_start: event({ end_local: '2026-11-30T10:00:00' }),
  start_years: event({ ...timeless, start_date: '1969-12-31', end_date: '1970-01-02' }),
  end_years: event({ ...timeless, start_date: '2200-12-31', end_date: '2201-01-01' }),
  recurrence_list: event({ recurrence: [null] }),
  recurrence_line: event({ recurrence: ['every Monday'] }),
  series_in_one_zone: event({ recurrence: ['RRULE:FREQ=DAILY'], end_zone: 'Europe/London' }),
  series_not_empty: event({ recurrence: ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30'] }),
  reminders_form: event({ reminders: '{"useDefault": true, "overrides": [{"method": "popup", "minutes": 1}]}' }),
  labels_form: event({ labels: '{"paid": true}' }),
  send_updates_known: event({ send_updates: 'some' }),
  drift_known: event({ drift: 'sometimes' }),
  on_delete_known: event({ on_delete: 'sometimes' }),
  on_move_known: event({ on_move: 'sometimes' }),
  desired_attendee_pkey: guest('ADA@example.com'),
  desired_attendee_key_fkey: guest('bob@example.com', 'nowhere'),
  event_is_cancelled: guest('bob@example.com', 'cancelled'),
  state_follows_event: run(`update calsync.desired_attendee set state = 'closed' where key = 'there'`),
  attendee_is_permanent: run(`update calsync.desired_attendee set address = 'bob@example.com' where key = 'there'`),
  address_form: guest('ada at example.com'),
  address_length: guest(`${'a'.repeat(243)}@example.com`),
  display_name_length: run(`update calsync.desired_attendee set display_name = repeat('x', 257) where key = 'there'`),
  display_name_characters: run(`update calsync.desired_attendee set display_name = e'a\\nb' where key = 'there'`),
  attendees_limit: run(
    `insert into calsync.desired_attendee (key, address) select 'there', 'a' || n || '@example.com' from generate_series(1, 500) n`,
  ),
  desired_attendee_person_fkey: run(`insert into calsync.desired_attendee (key, person) values ('there', 'nobody')`),
  person_has_calendar_address: run(`insert into calsync.desired_attendee (key, person) values ('there', 'homeless')`),
  address_is_the_persons: run(
    `insert into calsync.desired_attendee (key, person, address) values ('there', 'bob', 'eve@example.com')`,
  ),
  test_guest_is_allowed: guest('bob@example.com', 'trial'),
  namespace_is_permanent: run(`update calsync.desired_event set calendar = 'classes' where key = 'trial'`),
  state_known: run(`update calsync.desired_attendee set state = 'asleep' where key = 'there'`),
};

test.each(documented)(
  '$constraint answers $sqlstate, and says what to do where the page promises it',
  async ({ constraint, sqlstate, hint }) => {
    const violate = violations[constraint];
    if (violate === undefined) throw new Error(`no statement violates ${constraint}`);
    const error: unknown = await violate().then(
      () => 'nothing was violated',
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof DatabaseError)) throw new Error(`${constraint}: ${String(error)}`);
    expect({
      constraint: error.constraint,
      sqlstate: error.code,
      hint: error.hint !== undefined,
      schema: error.schema,
    }).toEqual({
      constraint,
      sqlstate,
      hint,
      schema: 'calsync',
    });
  },
);

test('every constraint and every column of the two tables is on the page', async () => {
  const { rows: constraints } = await database.pool.query<{ name: string }>(`
    select conname as name from pg_constraint
      where conrelid in ('calsync.desired_event'::regclass, 'calsync.desired_attendee'::regclass) and contype <> 'n'`);
  const names = documented.map(({ constraint }) => constraint);
  expect(constraints.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([]);
  const { rows: columns } = await database.pool.query<{ name: string }>(`
    select attname as name from pg_attribute
      where attrelid in ('calsync.desired_event'::regclass, 'calsync.desired_attendee'::regclass) and attnum > 0 and not attisdropped`);
  expect(columns.map(({ name }) => name).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
