import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailRoute } from '../../src/core/namespace.ts';
import { loadReportData } from '../../src/engine/report.ts';
import { setCalendar } from '../../src/store/calendar.ts';
import { readFindingPage } from '../../src/store/finding-page.ts';
import { allowTestAddresses, disallowTestAddresses, listTestAddresses } from '../../src/store/namespace.ts';
import { asViolation } from '../../src/store/violation.ts';
import { addAttendees } from '../../src/write/attendees.ts';
import { recordBounce } from '../../src/write/bounce.ts';
import { putPerson, setCalendarAddress } from '../../src/write/person.ts';
import { carryOutPurge, planPurge } from '../../src/write/purge.ts';
import { inWriteTransaction } from '../../src/write/write-transaction.ts';
import { openFindings, rowsOf } from '../engine/tables.ts';
import { anEvent, away, home, World } from '../support/world.ts';

const trial = 'trial@group.calendar.google.com';
const spare = 'spare@group.calendar.google.com';
const writer = { actor: 'ada', door: 'typescript', source: 'caller' } as const;

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.manage(trial, { namespace: 'test' });
});
afterEach(async () => {
  await world.close();
});

const changing = (calls: readonly string[]) => calls.filter((call) => call !== 'events.list' && call !== 'events.get');
const sqlText = (statement: string) => rowsOf(world.store.db, statement);
const aTest = (fields: object = {}) => anEvent({ key: 'test-1', calendar: trial, ...fields });
const manyTests = (count: number) =>
  Array.from({ length: count }, (_, index) => aTest({ key: `test-${index}`, summary: `Try ${index}` }));
const refusal = (constraint: string) => ({ constraint, code: '23514', hint: expect.any(String) });

describe('[S20A] rows of tests never reach a live calendar', () => {
  test('[S20A] no door takes a row across, there or back', async () => {
    await world.put([anEvent(), aTest()]);
    for (const [key, calendar] of [
      ['test-1', home],
      ['class-1', trial],
    ] as const) {
      await expect(
        sqlText(`update calsync.desired_event set calendar = '${calendar}' where key = '${key}'`),
      ).rejects.toMatchObject(refusal('namespace_is_permanent'));
      await expect(world.put([anEvent({ key, calendar, summary: key })], { move: true })).rejects.toMatchObject({
        kind: 'usage',
        reason: 'namespace_is_permanent',
      });
    }
    const since = world.mark();
    await world.reconcile();
    expect(world.live(home)).toHaveLength(1);
    expect(world.live(trial)).toHaveLength(1);
    expect(changing(world.calls(since))).toEqual(['events.insert', 'events.insert']);
  });

  test('[S20A] within a namespace a row moves as ever', async () => {
    await world.manage(spare, { namespace: 'test' });
    await world.put([aTest()]);
    await world.reconcile();
    await world.put([aTest({ calendar: spare })], { move: true });
    await world.reconcile();
    expect(world.live(spare)).toHaveLength(1);
    expect(world.live(trial)).toHaveLength(0);
  });

  test('[S20A] a new row for a key whose event still stands in the other namespace is refused until that is gone', async () => {
    await world.put([aTest()]);
    await world.reconcile();
    await sqlText(`delete from calsync.desired_event where key = 'test-1'`);
    await expect(world.put([anEvent({ key: 'test-1' })])).rejects.toMatchObject({ reason: 'namespace_is_permanent' });
    await world.reconcile();
    await world.put([anEvent({ key: 'test-1' })]);
    await world.reconcile();
    expect(world.live(trial)).toEqual([]);
    expect(world.live(home)).toHaveLength(1);
  });

  test.each(['flag', 'move_back', 'follow'] as const)(
    '[S20A] an event of a test that a person took to a live calendar is left alone there, whatever the policy (%s)',
    async (onMove) => {
      await setCalendar(world.store.db, trial, { onMove });
      await world.put([aTest()]);
      await world.reconcile();
      const { id } = world.eventOf('test-1', trial);
      world.emulator.people.move(trial, id ?? '', home);
      await world.put([aTest({ summary: 'Another title' })]);
      const since = world.mark();
      await world.reconcile();
      await sqlText(`delete from calsync.desired_event where key = 'test-1'`);
      await world.reconcile();
      expect(changing(world.calls(since))).toEqual([]);
      expect(world.live(home).map(({ summary }) => summary)).toEqual(['Algebra']);
      expect(await openFindings(world.store.db)).toEqual(['moved test-1']);
    },
  );

  test('[S20A] a live event that a person took to a test calendar is left alone there', async () => {
    await setCalendar(world.store.db, home, { onMove: 'follow' });
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.move(home, world.eventOf('class-1').id ?? '', trial);
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since))).toEqual([]);
    expect(await sqlText(`select calendar from calsync.desired_event`)).toEqual([{ calendar: home }]);
    expect(await openFindings(world.store.db)).toEqual(['moved class-1']);
  });

  test('[S20A] a marked event on a live calendar is not taken over for a row of a test', async () => {
    await world.put([anEvent({ key: 'shared' })]);
    await world.reconcile();
    const { id } = world.eventOf('shared');
    await sqlText(`delete from calsync.desired_event where key = 'shared'`);
    await sqlText(`update calsync.binding set state = 'retired', retired_at = now() where key = 'shared'`);
    await world.put([aTest({ key: 'shared', summary: 'A test' })]);
    const since = world.mark();
    await world.reconcile();
    expect(changing(world.calls(since)).filter((call) => call !== 'events.insert')).toEqual([]);
    expect(world.live(home).map((event) => [event.id, event.summary])).toEqual([[id, 'Algebra']]);
  });

  test('[S20A] the namespace of a calendar cannot change while anything of ours is on it', async () => {
    const change = (id: string, namespace: 'live' | 'test') =>
      inWriteTransaction(world.store.db, writer, (tx) => setCalendar(tx, id, { namespace }));
    await world.put([aTest()]);
    await expect(change(trial, 'live')).rejects.toMatchObject({ kind: 'usage', reason: 'calendar_has_rows' });
    await world.reconcile();
    await sqlText(`delete from calsync.desired_event`);
    await expect(change(trial, 'live')).rejects.toMatchObject({ reason: 'calendar_has_rows' });
    await world.reconcile();
    await change(trial, 'live');
    await change(trial, 'test');
  });

  test('[S20A] a row that is being written holds a change of the namespace up', async () => {
    await world.manage(spare);
    const client = await world.store.pool.connect();
    await client.query('begin');
    await client.query(
      `insert into calsync.desired_event (key, calendar, start_date, end_date) values ('k', $1, '2190-01-01', '2190-01-02')`,
      [spare],
    );
    const change = setCalendar(world.store.db, spare, { namespace: 'test' }).then(
      () => 'changed',
      (error: unknown) => asViolation(error),
    );
    await expect
      .poll(async () => {
        const { rows } = await world.store.pool.query(
          `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return rows.length;
      })
      .toBeGreaterThan(0);
    await client.query('commit');
    client.release();
    expect(await change).toMatchObject({ reason: 'calendar_has_rows' });
  });
});

describe('[S20A] guests of tests', () => {
  const enrol = (email: string, key = 'test-1') => addAttendees(world.store.db, key, [{ email }], writer);

  test('[S20A] only who is on the list is invited: an address, or everyone at a domain', async () => {
    await world.put([aTest(), anEvent()]);
    await expect(enrol('ada@example.com')).rejects.toMatchObject({ kind: 'usage', reason: 'test_guest_is_allowed' });
    await allowTestAddresses(world.store.db, ['Ada.Test+1@gmail.com', '@Example.com']);
    await enrol('ada@example.com');
    await enrol('adatest@googlemail.com');
    for (const stranger of ['ada@sub.example.com', 'ada@example.com.evil', 'bob@gmail.com', 'ada@xexample.com'])
      await expect(enrol(stranger)).rejects.toMatchObject({ reason: 'test_guest_is_allowed' });
    await enrol('anyone@at.all', 'class-1');
    expect(await sqlText(`select address from calsync.desired_attendee where key = 'test-1' order by 1`)).toEqual([
      { address: 'ada@example.com' },
      { address: 'adatest@googlemail.com' },
    ]);
    expect(await disallowTestAddresses(world.store.db, ['adatest@gmail.com', '@EXAMPLE.com'])).toHaveLength(2);
    expect(await listTestAddresses(world.store.db)).toEqual([]);
    await expect(enrol('eve@example.com')).rejects.toMatchObject({ reason: 'test_guest_is_allowed' });
  });

  test('[S20A] SQL is refused by name, in one statement with others too', async () => {
    await world.put([aTest(), anEvent()]);
    await expect(
      sqlText(
        `insert into calsync.desired_attendee (key, address) values ('class-1', 'ada@example.com'), ('test-1', 'ada@example.com')`,
      ),
    ).rejects.toMatchObject(refusal('test_guest_is_allowed'));
    expect(await sqlText('select from calsync.desired_attendee')).toEqual([]);
  });

  test('[S20A] a new calendar address of a person in a test has to be on the list', async () => {
    await allowTestAddresses(world.store.db, ['@example.com']);
    await putPerson(world.store.db, { id: 'p', calendarAddress: 'ada@example.com' }, writer);
    await world.put([aTest({ attendees: [{ person: 'p' }] })]);
    await expect(setCalendarAddress(world.store.db, 'p', 'ada@real.example', writer)).rejects.toMatchObject({
      reason: 'test_guest_is_allowed',
    });
    await setCalendarAddress(world.store.db, 'p', 'lovelace@example.com', writer);
    expect(await sqlText('select address from calsync.desired_attendee')).toEqual([
      { address: 'lovelace@example.com' },
    ]);
  });

  test('[S20A] mail of a test row is one of the namespace test, whatever the writer says, and goes to a file', async () => {
    await world.put([aTest(), anEvent()]);
    await sqlText(
      `insert into calsync.outbox_mail (kind, key, address, namespace, sequence, message_id)
         values ('invitation', 'test-1', 'a@b.c', 'live', 0, '<1>'), ('invitation', 'class-1', 'a@b.c', 'test', 0, '<2>')`,
    );
    const mails = await rowsOf<{ key: string; namespace: 'live' | 'test' }>(
      world.store.db,
      'select key, namespace from calsync.outbox_mail order by key',
    );
    expect(
      mails.map(({ key, namespace }) => [key, mailRoute(namespace, 'smtp'), mailRoute(namespace, 'file')]),
    ).toEqual([
      ['class-1', 'smtp', 'file'],
      ['test-1', 'file', 'file'],
    ]);
  });
});

test('[S20C] reports, findings and what counts them leave rows of tests out unless asked', async () => {
  await allowTestAddresses(world.store.db, ['@example.com']);
  await world.put([
    aTest({ attendees: [{ email: 'ada@example.com' }] }),
    anEvent({ attendees: [{ email: 'bob@example.com' }] }),
  ]);
  for (const address of ['ada@example.com', 'bob@example.com'])
    await recordBounce(world.store.db, { address, reason: 'gone', at: new Date() }, writer);
  const period = { since: new Date(0), now: new Date() };
  const told = async (includeTest: boolean) => {
    const { calendars } = await loadReportData(world.store.db, { ...period, includeTest });
    return calendars.map(({ id, open }) => [id, open.total]);
  };
  expect(await told(false)).toEqual([[home, 1]]);
  expect(await told(true)).toEqual([
    [home, 1],
    [trial, 1],
  ]);
  const none = { calendar: null, key: null, kind: null, open: true };
  const listed = async (filter: object) =>
    (await readFindingPage(world.store.db, { ...none, ...filter }, null, 10)).findings.map(({ key }) => key).sort();
  expect(await listed({})).toEqual(['class-1']);
  expect(await listed({ includeTest: true })).toEqual(['class-1', 'test-1']);
  expect(await listed({ calendar: trial })).toEqual(['test-1']);
});

describe('[S20B] purge', () => {
  const purge = async (calendars: readonly string[] | null = null) => {
    const plan = await planPurge(world.store.db, calendars);
    const rows = await carryOutPurge(world.store.db, plan, writer);
    await world.reconcile();
    return { rows, events: plan.reduce((sum, { events }) => sum + events.length, 0) };
  };

  test('[S20B] a thousand events of a test go, in the table and in Google, without a hold; nothing else does', async () => {
    await world.put([...manyTests(1_000), anEvent()]);
    await world.reconcile();
    world.emulator.people.add(trial, foreign);
    expect(world.live(trial)).toHaveLength(1_001);
    expect(await purge()).toEqual({ rows: 1_000, events: 1_000 });
    expect(world.live(trial).map(({ summary }) => summary)).toEqual(['Theirs']);
    expect(world.live(home)).toHaveLength(1);
    expect(await sqlText('select key from calsync.desired_event')).toEqual([{ key: 'class-1' }]);
    expect(await sqlText(`select from calsync.hold where closed_at is null`)).toEqual([]);
    expect(await sqlText(`select distinct actor from calsync.history where kind = 'withdrawn'`)).toEqual([
      { actor: 'ada' },
    ]);
    const since = world.mark();
    expect(await purge()).toEqual({ rows: 0, events: 0 });
    expect(changing(world.calls(since))).toEqual([]);
  }, 120_000);

  test('[S20B] orphans and copies of tests go too, though the policy is to leave them', async () => {
    await world.put(manyTests(3));
    await world.reconcile();
    const { id } = world.eventOf('test-0', trial);
    world.emulator.people.copy(trial, id ?? '', true);
    await sqlText(`delete from calsync.desired_event where key = 'test-2'`);
    await sqlText(`delete from calsync.binding where key = 'test-2'`);
    await sqlText(`delete from calsync.intent where key = 'test-2'`);
    await world.reconcile();
    expect(world.live(trial)).toHaveLength(4);
    for (let round = 0; round < 2; round += 1) await purge();
    expect(world.live(trial)).toEqual([]);
    expect(await openFindings(world.store.db)).toEqual([]);
    expect(await planPurge(world.store.db, null)).toEqual([]);
  });

  test('[S20B] tests of long ago go as well', async () => {
    const day = (days: number) => ({ date: new Date(world.now() + days * dayMs).toISOString().slice(0, 10) });
    await world.put([aTest({ start: day(1), end: day(2) })]);
    await world.reconcile();
    await world.advance(30 * dayMs);
    await world.reconcile();
    expect(await purge()).toMatchObject({ rows: 1 });
    expect(world.live(trial)).toEqual([]);
  });

  test('[S20B] never a live calendar, nor an event on one', async () => {
    await expect(planPurge(world.store.db, [home])).rejects.toMatchObject({ kind: 'usage', reason: 'live_calendar' });
    await expect(planPurge(world.store.db, ['nowhere'])).rejects.toMatchObject({ kind: 'usage' });
    await world.put([aTest(), anEvent()]);
    await world.reconcile();
    // A copy of a live event on the test calendar stands for a live key: it is not a test's.
    world.emulator.people.copy(home, world.eventOf('class-1').id ?? '', true, trial);
    world.emulator.people.copy(trial, world.eventOf('test-1', trial).id ?? '', true, home);
    await world.reconcile();
    const since = world.mark();
    await purge();
    expect(changing(world.calls(since))).toEqual(['events.delete']);
    expect(world.live(home)).toHaveLength(2);
    expect(world.live(trial)).toHaveLength(1);
  });

  test('[S20B] one test calendar alone, and what a policy keeps is left', async () => {
    await world.manage(spare, { namespace: 'test', policy: 'upsert-only' });
    await world.put([aTest(), aTest({ key: 'test-2', calendar: spare })]);
    await world.reconcile();
    expect(await purge([trial])).toEqual({ rows: 1, events: 1 });
    expect(world.live(trial)).toEqual([]);
    expect(world.live(spare)).toHaveLength(1);
    await purge();
    expect(world.live(spare)).toHaveLength(1);
    expect(await planPurge(world.store.db, null)).toMatchObject([{ id: spare, keys: [], policy: 'upsert-only' }]);
  });
});

const dayMs = 24 * 3_600_000;

const foreign = {
  summary: 'Theirs',
  start: { dateTime: '2027-03-01T10:00:00+01:00' },
  end: { dateTime: '2027-03-01T11:00:00+01:00' },
};

test('[P22] two calendars of one name, and one that is renamed, are two calendars, known by id alone', async () => {
  await world.manage(away);
  const rename = (summary: string) =>
    sqlText(`update calsync.calendar set summary = '${summary}' where id in ('${home}', '${away}')`);
  await rename('Classes');
  await world.put([anEvent(), anEvent({ key: 'class-2', calendar: away })]);
  await world.reconcile();
  expect(world.live(home)).toHaveLength(1);
  expect(world.live(away)).toHaveLength(1);
  await rename('Classes of last year');
  await world.put([anEvent({ location: 'Room 6' })]);
  const since = world.mark();
  await world.reconcile();
  expect(changing(world.calls(since))).toEqual(['events.patch']);
  expect(world.eventOf('class-1').location).toBe('Room 6');
  expect(world.live(away)).toHaveLength(1);
});
