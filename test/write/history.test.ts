import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adjust } from '../../src/store/adjustable-setting.ts';
import { readDesired } from '../../src/store/desired.ts';
import { readHistory } from '../../src/store/history.ts';
import { verifyReplay } from '../../src/store/replay.ts';
import { dropOutdated } from '../../src/store/retention.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { restoreVersion } from '../../src/write/restore-version.ts';
import { requireWritten } from '../../src/write/result.ts';
import { insertAttendee } from '../support/rows.ts';
import { anEvent, World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const ada = { actor: 'ada', door: 'cli', source: 'caller' } as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const key = 'class-1';

async function titleNow(): Promise<string | null | undefined> {
  return (await readDesired(world.store.db, [key])).get(key)?.spec.summary;
}

async function guestsNow(): Promise<readonly string[]> {
  return ((await readDesired(world.store.db, [key])).get(key)?.spec.attendees ?? []).map(({ email }) => email);
}

async function lines(): Promise<readonly string[]> {
  const { entries } = await readHistory(world.store.db, key);
  return entries.map((entry) =>
    entry.kind === 'call'
      ? `call ${entry.call} ${entry.outcome}`
      : `${entry.kind} ${entry.generation} ${entry.actor} ${entry.door}`,
  );
}

const retitled = (summary: string, hour = 10) =>
  world.put([
    anEvent({
      summary,
      start: { dateTime: `2027-03-01T${hour}:00:00`, timeZone: 'Europe/Copenhagen' },
      end: { dateTime: `2027-03-01T${hour + 1}:00:00`, timeZone: 'Europe/Copenhagen' },
    }),
  ]);

test('[S11B] the time changed several times: every version is there, the first included, and each can be restored', async () => {
  for (const hour of [10, 11, 12, 13]) {
    await retitled(`At ${hour}`, hour);
    await world.advance(hourMs);
  }
  const { entries, isWhole } = await readHistory(world.store.db, key);
  expect(isWhole).toBe(true);
  const hours = entries.map((entry) =>
    entry.kind === 'call' ? '' : (entry.after as { start_local: string }).start_local.slice(11, 13),
  );
  expect(hours).toEqual(['10', '11', '12', '13']);
  for (const [index, hour] of [10, 11, 12, 13].entries()) {
    const [written] = requireWritten(await restoreVersion(world.store.db, key, { generation: index + 1 }, ada));
    const spec = (await readDesired(world.store.db, [key])).get(key)?.spec;
    expect(spec).toMatchObject({ summary: `At ${hour}`, start: { local: `2027-03-01T${hour}:00:00` } });
    expect(written?.generation).toBe(5 + index);
  }
  expect((await readHistory(world.store.db, key)).entries).toHaveLength(8);
  expect((await verifyReplay(world.store.db)).differences).toEqual([]);
});

test('[S11B] by time: what was there at that instant', async () => {
  await retitled('First');
  await world.advance(hourMs);
  await retitled('Second');
  const between = new Date(world.now() - hourMs / 2);
  await world.advance(hourMs);
  const [written] = requireWritten(await restoreVersion(world.store.db, key, { at: between }, ada));
  expect(written).toMatchObject({ kind: 'changed', generation: 3 });
  expect(await titleNow()).toBe('First');
  expect(await restoreVersion(world.store.db, key, { at: new Date(world.now() - 30 * dayMs) }, ada)).toMatchObject({
    kind: 'refused',
    problems: [{ kind: 'nothing_to_restore' }],
  });
  expect(await restoreVersion(world.store.db, 'never there', { generation: 1 }, ada)).toMatchObject({
    kind: 'refused',
  });
  expect(await restoreVersion(world.store.db, key, { generation: 99 }, ada)).toMatchObject({ kind: 'refused' });
});

test('a restore is one new generation in the name of who asked, and of a version that is there already none', async () => {
  await retitled('First');
  await retitled('Second', 14);
  requireWritten(await restoreVersion(world.store.db, key, { generation: 1 }, ada));
  expect(await lines()).toEqual(['inserted 1 test typescript', 'updated 2 test typescript', 'updated 3 ada cli']);
  const [again] = requireWritten(await restoreVersion(world.store.db, key, { generation: 1 }, ada));
  expect(again).toMatchObject({ kind: 'unchanged', generation: 3 });
});

describe('guests and a restore', () => {
  beforeEach(async () => {
    await retitled('First');
    await insertAttendee(world.store.pool, key, 'old@example.com');
    await retitled('Second');
    requireWritten(await addAttendees(world.store.db, key, [{ email: 'new@example.com' }], ada));
    requireWritten(await removeAttendeesOf(world.store.db, key, ['old@example.com'], ada));
  });

  test('they stay as they are', async () => {
    requireWritten(await restoreVersion(world.store.db, key, { generation: 1 }, ada));
    expect([await titleNow(), await guestsNow()]).toEqual(['First', ['new@example.com']]);
  });

  test('unless asked for: then those of that version', async () => {
    requireWritten(await restoreVersion(world.store.db, key, { generation: 1 }, ada, { attendees: true }));
    expect([await titleNow(), await guestsNow()]).toEqual(['First', ['old@example.com']]);
  });

  test('a withdrawn event comes back with those who were on it last, or those of the version', async () => {
    for (const [attendees, guests] of [
      [false, ['new@example.com']],
      [true, ['old@example.com']],
    ] as const) {
      await world.store.pool.query('delete from calsync.desired_event');
      const [written] = requireWritten(
        await restoreVersion(world.store.db, key, { generation: 1 }, ada, { attendees }),
      );
      expect(written?.kind).toBe('restored');
      expect([await titleNow(), await guestsNow()]).toEqual(['First', guests]);
    }
    expect((await verifyReplay(world.store.db)).differences).toEqual([]);
  });

  test('a cancelled event is revived by a version that was not, and cancelled by one that was', async () => {
    requireWritten(await cancelEvents(world.store.db, [key], ada));
    const [revived] = requireWritten(await restoreVersion(world.store.db, key, { generation: 2 }, ada));
    expect(revived).toMatchObject({ kind: 'revived', generation: 4 });
    expect(await guestsNow()).toEqual(['new@example.com']);
    const [cancelled] = requireWritten(await restoreVersion(world.store.db, key, { generation: 3 }, ada));
    expect(cancelled).toMatchObject({ kind: 'cancelled', generation: 5 });
    expect(await restoreVersion(world.store.db, key, { generation: 3 }, ada, { attendees: true })).toMatchObject({
      kind: 'refused',
    });
    expect((await verifyReplay(world.store.db)).differences).toEqual([]);
  });
});

test('[S11A] the history of a key tells callers, Google and our own calls in one order', async () => {
  await retitled('First');
  await world.reconcile();
  await world.advance(hourMs);
  world.emulator.people.edit('home@group.calendar.google.com', world.eventOf(key).id, { summary: 'Party' });
  await world.reconcile();
  await world.advance(hourMs);
  requireWritten(await cancelEvents(world.store.db, [key], ada));
  await world.reconcile();
  expect(await lines()).toEqual([
    'inserted 1 test typescript',
    'call create done',
    'google_changed 1 somebody in Google Calendar engine',
    'call patch done',
    'cancelled 2 ada cli',
    'call delete done',
  ]);
});

describe('replay', () => {
  async function aLife(): Promise<void> {
    await world.put([
      anEvent({ key: 'a', summary: 'A', labels: { payment: 'confirmed' }, recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] }),
    ]);
    await world.put([
      anEvent({
        key: 'b',
        summary: 'B',
        attendees: [{ email: 'B.Guest@gmail.com' }, { email: 'c@example.com', optional: true }],
      }),
    ]);
    await world.advance(hourMs);
    await world.put([anEvent({ key: 'c', summary: 'C', attendees: [{ email: 'x@example.com' }] })]);
    await world.store.pool.query(
      `update calsync.desired_attendee set display_name = 'Bea' where key = 'b' and address like 'B%'`,
    );
    await world.store.pool.query(`delete from calsync.desired_attendee where key = 'b' and address = 'c@example.com'`);
    requireWritten(await cancelEvents(world.store.db, ['c'], ada));
    await world.store.pool.query(`delete from calsync.desired_event where key = 'a'`);
    await world.put([anEvent({ key: 'a', summary: 'A again', attendees: [{ email: 'y@example.com' }] })]);
    await world.put([anEvent({ key: 'd', summary: 'D', attendees: [{ email: 'z@example.com' }] })]);
    await world.store.pool.query(`delete from calsync.desired_event where key = 'd'`);
  }

  test('the tables are what the history says, guests and numbers included', async () => {
    await aLife();
    await world.reconcile();
    const replay = await verifyReplay(world.store.db);
    expect(replay).toMatchObject({ keys: 4, differences: [], differenceCount: 0 });
    expect(replay.rows).toBe(6);
  });

  const tampered: readonly (readonly [string, string, readonly string[]])[] = [
    ['a field', `update calsync.desired_event set summary = 'Else' where key = 'b'`, ['row_differs b']],
    ['a revision', `update calsync.desired_event set revision = revision + 1 where key = 'b'`, ['row_differs b']],
    ['a row that is gone', `delete from calsync.desired_event where key = 'a'`, ['row_missing a']],
    ['a guest that is gone', `delete from calsync.desired_attendee where key = 'b'`, ['guest_missing b']],
    ['a guest’s name', `update calsync.desired_attendee set display_name = 'Bo' where key = 'b'`, ['guest_differs b']],
    [
      'a row without history',
      `delete from calsync.history where key = 'c'`,
      ['guest_unexplained c', 'row_unexplained c'],
    ],
    [
      'history with a hole',
      `delete from calsync.history where key = 'b' and kind = 'attendee_changed'`,
      ['guest_differs b', 'history_gap b'],
    ],
    [
      'the counter of a withdrawn key',
      `update calsync.key_counter set generation = 77 where key = 'd'`,
      ['counter_differs d'],
    ],
  ];
  for (const [what, statement, found] of tampered) {
    test(`finds ${what} that no trigger saw`, async () => {
      await aLife();
      await world.store.db.connection().execute(async (connection) => {
        await sql`set session_replication_role = replica`.execute(connection);
        await sql.raw(statement).execute(connection);
        await sql`set session_replication_role = origin`.execute(connection);
      });
      const { differences } = await verifyReplay(world.store.db);
      expect([...new Set(differences.map(({ kind, key: of }) => `${kind} ${of}`))].sort()).toEqual(found);
    });
  }

  test('history that retention has shortened replays as well, keeps the first version, and refuses what it does not know', async () => {
    await adjust(world.store.db, 'history.retentionDays', '30', ada);
    await aLife();
    const times: Date[] = [];
    for (const hour of [10, 11, 12, 13]) {
      await retitled(`At ${hour}`, hour);
      times.push(new Date(world.now() + hourMs));
      await world.advance(2 * hourMs);
    }
    await world.store.pool.query(
      `insert into calsync.desired_attendee (key, address) values ('${key}', 'stays@example.com'), ('${key}', 'goes@example.com')`,
    );
    await world.store.pool.query(
      `delete from calsync.desired_attendee where key = '${key}' and address = 'goes@example.com'`,
    );
    await world.advance(40 * dayMs);
    await retitled('Now', 15);
    await world.advance(dayMs);
    await dropOutdated(world.store.db);
    const kept = await sql<{ line: string }>`
      select kind || ' ' || generation || '.' || revision as line from calsync.history where key = ${key} order by id`.execute(
      world.store.db,
    );
    expect(kept.rows.map(({ line }) => line)).toEqual([
      'inserted 1.1',
      'updated 4.4',
      'attendee_added 4.5',
      'attendee_removed 4.6',
      'updated 5.7',
    ]);
    const ofSecondLife = await sql<{ line: string }>`
      select kind || ' ' || generation as line from calsync.history where key = 'a' and kind not like 'att%' order by id`.execute(
      world.store.db,
    );
    expect(ofSecondLife.rows.map(({ line }) => line)).toEqual(['inserted 1', 'inserted 2']);
    expect((await verifyReplay(world.store.db)).differences).toEqual([]);
    requireWritten(await restoreVersion(world.store.db, key, { generation: 1 }, ada));
    expect(await titleNow()).toBe('At 10');
    expect(await guestsNow()).toEqual(['stays@example.com']);
    expect(await restoreVersion(world.store.db, key, { generation: 2 }, ada)).toMatchObject({
      kind: 'refused',
      problems: [{ message: expect.stringContaining('1, 4, 5') }],
    });
    expect(await restoreVersion(world.store.db, key, { generation: 1 }, ada, { attendees: true })).toMatchObject({
      kind: 'refused',
    });
    for (const [index, kept] of [false, false, false, true].entries()) {
      const result = await restoreVersion(world.store.db, key, { at: times[index] ?? new Date(0) }, ada);
      expect(result.kind, `version ${index + 1}`).toBe(kept ? 'written' : 'refused');
    }
    await dropOutdated(world.store.db);
    expect((await verifyReplay(world.store.db)).differences).toEqual([]);
    await world.store.pool.query(`delete from calsync.desired_event where key = '${key}'`);
    requireWritten(await restoreVersion(world.store.db, key, { generation: 4 }, ada));
    expect(await guestsNow()).toEqual(['stays@example.com']);
  });
});

test('history is removed by its retention alone', async () => {
  await retitled('First');
  for (const statement of ['delete from calsync.history', 'truncate calsync.history']) {
    await expect(world.store.pool.query(statement)).rejects.toMatchObject({ constraint: 'history_is_kept' });
  }
});

test('[S23C] who changed a setting, and from what to what, is kept; bounds are named', async () => {
  await adjust(world.store.db, 'history.retentionDays', '90', ada);
  await adjust(world.store.db, 'history.retentionDays', '60', { ...ada, actor: 'bob' });
  const { rows } = await sql`
    select name, actor, door, before, after from calsync.setting_history where name = 'history.retentionDays' order by id`.execute(
    world.store.db,
  );
  expect(rows).toEqual([
    { name: 'history.retentionDays', actor: 'ada', door: 'cli', before: null, after: 90 },
    { name: 'history.retentionDays', actor: 'bob', door: 'cli', before: 90, after: 60 },
  ]);
  await expect(adjust(world.store.db, 'history.retentionDays', '5', ada)).rejects.toThrow('30');
  await expect(adjust(world.store.db, 'history.retentionDays', '1e9', ada)).rejects.toThrow('36500');
  await expect(adjust(world.store.db, 'histroy', '5', ada)).rejects.toThrow('there is no setting');
  await expect(world.store.pool.query('delete from calsync.setting_history')).rejects.toMatchObject({
    constraint: 'setting_history_is_append_only',
  });
});
