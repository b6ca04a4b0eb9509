/** What is to be mailed ends with its event or its guest, in the same transaction; what is said of addresses that do not work. */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshUnreachable } from '../../src/store/unreachable.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { markReachable, recordBounce } from '../../src/write/bounce.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { putPerson, setCalendarAddress } from '../../src/write/person.ts';
import { restoreRows } from '../../src/write/restore.ts';
import { requireWritten } from '../../src/write/result.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar, insertEvent } from '../support/rows.ts';

const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertCalendar(database.pool, 'other');
});
afterAll(() => database.close());
beforeEach(async () => {
  for (const table of ['desired_event', 'finding', 'reminder', 'outbox_mail', 'unreachable_address', 'person'])
    await sql.raw(`delete from calsync.${table}`).execute(database.db);
  await insertEvent(database.pool, 'class', ahead);
  await enrol('ada@example.com', 'bob@example.com');
});

const ahead = { start_local: '2190-11-30T10:00:00', end_local: '2190-11-30T11:00:00' };

const query = (text: string, values: readonly unknown[] = []) => database.pool.query(text, [...values]);
const enrol = async (...emails: readonly string[]) =>
  requireWritten(
    await addAttendees(
      database.db,
      'class',
      emails.map((email) => ({ email })),
      writer,
    ),
  );
const leave = async (email: string) => requireWritten(await removeAttendeesOf(database.db, 'class', [email], writer));
const cancel = async () => requireWritten(await cancelEvents(database.db, ['class'], writer));
const revive = async () => requireWritten(await restoreRows(database.db, ['class'], writer));

async function remind(address: string, minutesBefore: number): Promise<void> {
  await query(
    `insert into calsync.reminder (key, address, minutes_before, starts_at, due_at)
       select event.key, $1, $2, starts.at, starts.at - make_interval(mins => $2)
         from calsync.desired_event event, calsync.starts_at(start_date, start_local, start_zone, start_offset) as starts (at)
         where event.key = 'class'`,
    [address, minutesBefore],
  );
}

async function mail(kind: string, address: string, state = 'pending'): Promise<void> {
  await query(
    `insert into calsync.outbox_mail (kind, key, address, sequence, message_id, state, ended_at)
       values ($1, 'class', $2, 0, $3, $4, case when $4 <> 'pending' then calsync.now() end)`,
    [kind, address, `<${kind}.${address}>`, state],
  );
}

async function mailStates(): Promise<readonly string[]> {
  const { rows } = await query(`
    select line from (
      select 'reminder ' || coalesce(address, person) || ' ' || minutes_before || ': ' || state || coalesce(' ' || reason, '') as line from calsync.reminder
      union all
      select kind || ' ' || address || ': ' || state || coalesce(' ' || reason, '') from calsync.outbox_mail
    ) all_of_it order by line`);
  return rows.map(({ line }) => line);
}

describe('[S16B] reminders and invitations', () => {
  test('[S16B][S17B] a cancelled event closes what waits, in the transaction of the cancellation; what was sent stays sent', async () => {
    await remind('ada@example.com', 60);
    await mail('invitation', 'ada@example.com', 'sent');
    await mail('invitation', 'bob@example.com');
    await mail('change', 'bob@example.com');
    await mail('cancellation', 'ada@example.com');
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(`update calsync.desired_event set cancelled_at = calsync.now() where key = 'class'`);
    const { rows: within } = await client.query(`select state from calsync.reminder`);
    expect(within).toEqual([{ state: 'closed' }]);
    await client.query('rollback');
    client.release();
    expect(await mailStates()).toContain('reminder ada@example.com 60: pending');

    await cancel();
    expect(await mailStates()).toEqual([
      'cancellation ada@example.com: pending',
      'change bob@example.com: closed event_cancelled',
      'invitation ada@example.com: sent',
      'invitation bob@example.com: closed event_cancelled',
      'reminder ada@example.com 60: closed event_cancelled',
    ]);
  });

  test('[S16B] a withdrawn event closes them too, and they come back with it and its guests', async () => {
    await remind('ada@example.com', 60);
    await mail('invitation', 'ada@example.com');
    await query(`delete from calsync.desired_event where key = 'class'`);
    expect(await mailStates()).toEqual([
      expect.stringMatching(/^invitation .*: closed (event_withdrawn|guest_removed)$/),
      expect.stringMatching(/^reminder .*: closed (event_withdrawn|guest_removed)$/),
    ]);
    await revive();
    expect(await mailStates()).toEqual(['invitation ada@example.com: pending', 'reminder ada@example.com 60: pending']);
  });

  test('[S16B] an event that comes back opens what is not due yet, and nothing for guests who left', async () => {
    await remind('ada@example.com', 60);
    await remind('ada@example.com', 40_320);
    await remind('bob@example.com', 60);
    await mail('invitation', 'ada@example.com');
    await cancel();
    await leaveWhileCancelled('bob@example.com');
    await query(
      `update calsync.reminder set due_at = calsync.now() - interval '1 minute' where minutes_before = 40320`,
    );
    await revive();
    expect(await mailStates()).toEqual([
      'invitation ada@example.com: pending',
      'reminder ada@example.com 40320: closed event_cancelled',
      'reminder ada@example.com 60: pending',
      expect.stringMatching(/^reminder bob@example.com 60: closed/),
    ]);
  });

  test('[S17A][S17C] an event that moves takes its reminders along: one each, for the last time', async () => {
    await remind('ada@example.com', 60);
    for (const hour of ['14', '08', '16'])
      await query(
        `update calsync.desired_event set start_local = '2190-11-30T${hour}:00', end_local = '2190-11-30T18:00'`,
      );
    const { rows } = await query(`select due_at, starts_at, state from calsync.reminder`);
    const at = (time: string) => new Date(`2190-11-30T${time}:00Z`);
    expect(rows).toEqual([{ due_at: at('14:00'), starts_at: at('15:00'), state: 'pending' }]);
  });

  test('[S16B] a guest who leaves is not reminded, and is again after coming back', async () => {
    await remind('ada@example.com', 60);
    await remind('bob@example.com', 60);
    await mail('invitation', 'ada@example.com');
    await leave('ADA@example.com');
    expect(await mailStates()).toEqual([
      'invitation ada@example.com: closed guest_removed',
      'reminder ada@example.com 60: closed guest_removed',
      'reminder bob@example.com 60: pending',
    ]);
    await enrol('ada@example.com');
    expect(await mailStates()).toContain('reminder ada@example.com 60: pending');
  });

  test('a reminder of a person stays with the person, whatever their address', async () => {
    await putPerson(database.db, { id: 'p', calendarAddress: 'old@example.com' }, writer);
    await addAttendees(database.db, 'class', [{ person: 'p' }], writer);
    await query(
      `insert into calsync.reminder (key, person, minutes_before, starts_at, due_at) values ('class', 'p', 10, '2190-11-30T09:00Z', '2190-11-30T08:50Z')`,
    );
    await mail('invitation', 'old@example.com');
    await setCalendarAddress(database.db, 'p', 'new@example.com', writer);
    expect(await mailStates()).toEqual(['invitation old@example.com: closed guest_removed', 'reminder p 10: pending']);
    await removeAttendeesOf(database.db, 'class', [{ person: 'p' }], writer);
    expect(await mailStates()).toContain('reminder p 10: closed guest_removed');
  });

  test('the same reminder or message is there once', async () => {
    await remind('ada@example.com', 60);
    await expect(remind('Ada@Example.com', 60)).rejects.toMatchObject({ constraint: 'reminder_once' });
    await mail('invitation', 'ada@example.com');
    await expect(mail('invitation', 'ada@example.com')).rejects.toMatchObject({
      constraint: 'outbox_mail_message_id_key',
    });
  });
});

/** While an event is cancelled its rows are closed; taking one off is a plain delete. */
async function leaveWhileCancelled(address: string): Promise<void> {
  await query(`delete from calsync.desired_attendee where key = 'class' and address = $1`, [address]);
}

interface Told {
  readonly key: string;
  readonly calendar: string;
  readonly addresses: readonly string[];
}

async function unreachable(): Promise<readonly Told[]> {
  const { rows } = await query(`
    select key, calendar, array(select field ->> 'desired' from jsonb_array_elements(fields) field) as addresses
      from calsync.finding where kind = 'unreachable' and closed_at is null and flagged order by key`);
  return rows;
}

const bounce = (address: string, at = new Date()) =>
  recordBounce(database.db, { address, reason: '550 5.1.1\r\nno such user', at }, writer);
const told = (addresses: readonly string[], key = 'class') => ({ key, calendar: 'classes', addresses });

describe('[S14B] an address that does not work', () => {
  test('[S14B] a bounce is a finding of every event ahead with that guest, told once for each event', async () => {
    await insertEvent(database.pool, 'over', { start_local: '2020-01-06T10:00:00', end_local: '2020-01-06T11:00:00' });
    await insertEvent(database.pool, 'cancelled', ahead);
    for (const key of ['over', 'cancelled'])
      await addAttendees(database.db, key, [{ email: 'ada@example.com' }], writer);
    await cancelEvents(database.db, ['cancelled'], writer);
    expect(await bounce('Ada@Example.com')).toEqual({ address: 'Ada@Example.com', keys: ['class'] });
    await bounce('ada@example.com');
    await bounce('bob@example.com');
    expect(await unreachable()).toEqual([told(['ada@example.com', 'bob@example.com'])]);
    const { rows } = await query(
      `select reason from calsync.unreachable_address where normal_address = 'ada@example.com'`,
    );
    expect(rows).toEqual([{ reason: '550 5.1.1 no such user' }]);
    const { rows: findings } = await query(`select reason from calsync.finding`);
    expect(JSON.stringify(findings)).not.toContain('@');
  });

  test('[S14B][S04C] an enrolment with an address that is known not to work is told at once', async () => {
    await bounce('eve@example.com');
    expect(await unreachable()).toEqual([]);
    await enrol('EVE@example.com');
    expect(await unreachable()).toEqual([told(['EVE@example.com'])]);
  });

  test('[S14B] it ends when the guest goes, the event is cancelled or withdrawn, or the address works again', async () => {
    await bounce('ada@example.com');
    await leave('ada@example.com');
    expect(await unreachable()).toEqual([]);
    await enrol('ada@example.com');
    expect(await unreachable()).toHaveLength(1);
    await cancel();
    expect(await unreachable()).toEqual([]);
    await revive();
    expect(await unreachable()).toHaveLength(1);
    await query(`update calsync.desired_event set calendar = 'other'`);
    expect(await unreachable()).toEqual([{ ...told(['ada@example.com']), calendar: 'other' }]);
    await query(`delete from calsync.desired_event`);
    expect(await unreachable()).toEqual([]);
    await revive();
    expect(await unreachable()).toHaveLength(1);
    expect(await markReachable(database.db, 'ADA@example.com', writer)).toBe(true);
    expect(await markReachable(database.db, 'ada@example.com', writer)).toBe(false);
    expect(await unreachable()).toEqual([]);
  });

  test('[S14B] it ends when the person gets another address', async () => {
    await putPerson(database.db, { id: 'p', calendarAddress: 'ada@example.com' }, writer);
    await addAttendees(database.db, 'class', [{ person: 'p' }], writer);
    await bounce('ada@example.com');
    await setCalendarAddress(database.db, 'p', 'ada@new.example', writer);
    expect(await unreachable()).toEqual([]);
  });

  test('[S14B] a bounce of before somebody said that it works changes nothing; a later one does', async () => {
    const early = new Date(Date.now() - 60_000);
    await bounce('ada@example.com', early);
    await markReachable(database.db, 'ada@example.com', writer);
    await bounce('ada@example.com', early);
    expect(await unreachable()).toEqual([]);
    await bounce('ada@example.com', new Date(Date.now() + 60_000));
    expect(await unreachable()).toHaveLength(1);
  });

  test('[S14B] an enrolment and a bounce that did not see each other are told by the next look', async () => {
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(`insert into calsync.desired_attendee (key, address) values ('class', 'eve@example.com')`);
    await bounce('eve@example.com');
    await client.query('commit');
    client.release();
    expect(await unreachable()).toEqual([]);
    await refreshUnreachable(database.db);
    expect(await unreachable()).toEqual([told(['eve@example.com'])]);
  });

  test('what is no address is refused', async () => {
    await expect(bounce('ada')).rejects.toMatchObject({ kind: 'usage', reason: 'address' });
  });
});
