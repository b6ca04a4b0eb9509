import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type EventStanding, readEventStatus } from '../../src/store/event-status.ts';
import { sayStatusLimits } from '../../src/store/status-limits.ts';
import { addAttendees, removeAttendeesOf } from '../../src/write/attendees.ts';
import { markReachable, recordBounce } from '../../src/write/bounce.ts';
import { cancelEvents } from '../../src/write/cancel.ts';
import { requireWritten } from '../../src/write/result.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await agreesWithSql();
  await world.close();
});

const minuteMs = 60_000;
const writer = { actor: 'test', door: 'typescript', source: 'caller' } as const;

async function standing(key = 'class-1'): Promise<EventStanding> {
  const found = (await readEventStatus(world.store.db, [key])).get(key);
  if (found === undefined) throw new Error(`nothing is known of ${key}`);
  return found;
}

/** `pending google: Google does not show it yet: timeout` */
async function line(key = 'class-1'): Promise<string> {
  const { status, fault, reason } = await standing(key);
  return `${status} ${fault ?? '-'}: ${reason}`;
}

async function guests(key = 'class-1'): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await standing(key)).attendees.map(({ address, status }) => [address, status]));
}

async function statuses(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await world.store.pool.query(
    'select status, count(*)::int as count from calsync.event_status group by status',
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** Whatever state a test leaves behind, the view and the library tell the same of it. */
async function agreesWithSql(): Promise<void> {
  const { rows } = await world.store.pool.query(
    `select key, generation, revision, status, reason, fault, since,
       coalesce((select jsonb_agg(jsonb_build_object('address', address, 'status', status, 'reason', reason, 'fault', fault,
           'since', to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by calsync.normal_address(address))
         from calsync.attendee_status guest where guest.key = event.key), '[]') as attendees
       from calsync.event_status event order by key`,
  );
  expect(rows.length).toBeGreaterThan(0);
  const read = await readEventStatus(
    world.store.db,
    rows.map(({ key }) => key),
  );
  const told = rows.map(({ key }) => JSON.parse(JSON.stringify(read.get(key))));
  expect(told).toEqual(JSON.parse(JSON.stringify(rows)));
}

describe('a write on its way to Google', () => {
  test('is pending before any turn, in_sync when Google has confirmed it, and says since when', async () => {
    await world.put([anEvent()]);
    expect(await line()).toBe('pending calsync: Google does not show it yet');
    await world.reconcile();
    const { status, fault, since, generation, revision } = await standing();
    expect({ status, fault, generation, revision }).toEqual({
      status: 'in_sync',
      fault: null,
      generation: 1,
      revision: 1,
    });
    expect(Math.abs((since?.getTime() ?? 0) - world.now())).toBeLessThan(minuteMs);
  });

  test('[S02A] the network fails after the write: pending, with Google at fault, until it is back', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ summary: 'Geometry' })]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'html' },
    });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'html' },
    });
    await world.reconcile();
    expect((await standing()).status).toBe('pending');
    expect((await standing()).fault).toBe('google');
    // However long the outage: what the table wants is not hidden behind "unknown".
    await world.advance(60 * minuteMs);
    expect((await standing()).status).toBe('pending');
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    world.emulator.faults.clear();
    await world.reconcile();
    expect(await line()).toBe('in_sync -: Google shows what the table says');
    expect(world.eventOf('class-1').summary).toBe('Geometry');
  });

  test('[S02B] a rate limit in the middle of eight updates: five are in_sync and three pending, then all eight in_sync', async () => {
    const eight = Array.from({ length: 8 }, (_, index) => ({
      key: `class-${index + 1}`,
      summary: `Class ${index + 1}`,
    }));
    await world.put(eight.map(anEvent));
    await world.reconcile();
    await world.put(eight.map(({ key, summary }) => anEvent({ key, summary: `${summary}, new` })));
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      nth: 6,
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    await world.turn();
    expect(await statuses()).toEqual({ in_sync: 5, pending: 3 });
    const shown = new Set(
      world
        .live()
        .filter(({ summary }) => summary?.endsWith(', new'))
        .map(({ summary }) => summary),
    );
    for (const { key, summary } of eight) {
      const applied = shown.has(`${summary}, new`);
      expect(await line(key)).toBe(
        applied
          ? 'in_sync -: Google shows what the table says'
          : 'pending google: Google does not show it yet: rateLimitExceeded',
      );
    }
    world.emulator.faults.clear();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect(await statuses()).toEqual({ in_sync: 8 });
  });

  test('a row that Google refuses is parked, the row is at fault, and it says since when', async () => {
    await world.put([anEvent()]);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      action: { kind: 'error', error: 'timeRangeEmpty' },
    });
    await world.reconcile();
    expect(await line()).toMatch(/^parked row: it waits for a change of its row or for a retry: Google refuses it/);
    expect((await standing()).since).not.toBeNull();
  });

  test('an account that has to be connected again keeps its rows pending, with the account at fault', async () => {
    await world.put([anEvent()]);
    await sql`update calsync.account set state = 'reauth_required', state_reason = 'invalid_grant'`.execute(
      world.store.db,
    );
    await world.turn();
    expect(await line()).toBe(
      'pending account: Google does not show it yet: its account has to be connected again (invalid_grant)',
    );
  });

  test('[S10C] Google does not answer at all: the breaker opens, and every row says that, whatever it waits for', async () => {
    await world.put(
      Array.from({ length: 12 }, (_, index) => anEvent({ key: `class-${index + 1}`, summary: `${index}` })),
    );
    world.emulator.faults.add({ match: { path: '^/calendar/' }, times: null, action: { kind: 'html' } });
    for (let run = 0; run < 8; run += 1) {
      await world.advance(2 * minuteMs);
      await world.turn();
    }
    const { rows } = await world.store.pool.query(`select state from calsync.breaker where state <> 'closed'`);
    expect(rows.length).toBeGreaterThan(0);
    expect(await statuses()).toEqual({ pending: 12 });
    expect(await line()).toMatch(/^pending google: Google does not show it yet: Google does not answer/);
  });

  test('a move to another calendar is pending until Google has moved it', async () => {
    await world.manage(away);
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ calendar: away })], { move: true });
    expect((await standing()).status).toBe('pending');
    await world.reconcile();
    expect((await standing()).status).toBe('in_sync');
    expect(world.live(away)).toHaveLength(1);
  });

  test('labels alone, which never go to Google, are in_sync again after a turn that calls nothing', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    await world.put([anEvent({ labels: { payment: 'confirmed' } })]);
    expect((await standing()).status).toBe('pending');
    await world.reconcile();
    expect(await standing()).toMatchObject({ status: 'in_sync', revision: 2 });
  });
});

describe('what Google shows', () => {
  test('[I14] an observation older than its period is not believed: unknown, until the calendar is listed again', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
    await world.reconcile();
    await world.advance(16 * minuteMs);
    expect(await line()).toBe('unknown calsync: its calendar was not observed lately');
    expect(await guests()).toEqual({ 'ada@example.com': 'unknown' });
    await world.reconcile();
    expect((await standing()).status).toBe('in_sync');
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync' });
  });

  test('a person changed it, and the policy is to flag: out_of_sync, with the reason of the finding', async () => {
    await world.manage(away, { drift: 'flag' });
    await world.put([anEvent({ calendar: away })]);
    await world.reconcile();
    world.emulator.people.edit(away, world.eventOf('class-1', away).id, { summary: 'Tea' });
    await world.reconcile();
    expect(await line()).toMatch(/^out_of_sync -: Google shows something else: a person changed it/);
  });

  test('a person changed it, the policy is to put it back, and Google is down: out_of_sync until it is put back', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.people.edit(home, world.eventOf('class-1').id, { summary: 'Tea' });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    await world.turn();
    expect(await line()).toMatch(/^out_of_sync google: Google shows something else/);
    world.emulator.faults.clear();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect((await standing()).status).toBe('in_sync');
  });

  test('a person changed it, and the policy is to ignore that: in_sync', async () => {
    await world.manage(away, { drift: 'ignore' });
    await world.put([anEvent({ calendar: away })]);
    await world.reconcile();
    world.emulator.people.edit(away, world.eventOf('class-1', away).id, { summary: 'Tea' });
    await world.reconcile();
    expect((await standing()).status).toBe('in_sync');
  });

  test('a person deleted it: out_of_sync under `flag`, and pending while it is created again', async () => {
    await world.manage(away, { onDelete: 'flag' });
    await world.put([anEvent(), anEvent({ key: 'class-2', calendar: away, summary: 'Geometry' })]);
    await world.reconcile();
    world.emulator.people.remove(home, world.eventOf('class-1').id);
    world.emulator.people.remove(away, world.eventOf('class-2', away).id);
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    await world.turn(home);
    // Whether it was moved rather than deleted is known only when the other calendar was listed too.
    await world.turn(away);
    expect((await standing('class-2')).status).toBe('unknown');
    await world.turn(home);
    await world.turn(away);
    expect((await standing('class-1')).status).toBe('pending');
    expect(await line('class-2')).toMatch(/^out_of_sync -: Google shows something else: a person deleted it/);
    world.emulator.faults.clear();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect((await standing('class-1')).status).toBe('in_sync');
    expect((await standing('class-2')).status).toBe('out_of_sync');
  });

  test('withdrawals above the guard are held, and a key that nobody ever had is not there at all', async () => {
    const keys = Array.from({ length: 12 }, (_, index) => `class-${index + 1}`);
    await world.put(keys.map((key) => anEvent({ key, summary: key })));
    await world.reconcile();
    await sql`delete from calsync.desired_event`.execute(world.store.db);
    await world.reconcile();
    expect(await statuses()).toEqual({ held: 12 });
    expect(await line()).toMatch(/^held -: a person has to decide: none of 12 events would be left/);
    expect(await readEventStatus(world.store.db, ['nothing/such'])).toEqual(new Map());
  });

  test('an event that ended more than seven days ago is settled, whatever was last written', async () => {
    const past = {
      start: { dateTime: '2026-01-01T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2026-01-01T11:00:00', timeZone: 'Europe/Copenhagen' },
    };
    await world.put([
      anEvent(past),
      anEvent({ key: 'class-2', start: { date: '2026-01-01' }, end: { date: '2026-01-02' } }),
    ]);
    expect((await standing('class-1')).status).toBe('settled');
    expect((await standing('class-2')).status).toBe('settled');
    await world.reconcile();
    expect(world.live()).toEqual([]);
    expect(await statuses()).toEqual({ settled: 2 });
  });

  test('a series that ended is settled by its last occurrence, and nothing is written of it', async () => {
    const long = { key: 'class-2', summary: 'Geometry', recurrence: ['RRULE:FREQ=WEEKLY;COUNT=200'] };
    const short = {
      recurrence: ['RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=3', 'EXDATE;TZID=Europe/Copenhagen:20260302T100000'],
    };
    const times = {
      start: { dateTime: '2026-01-05T10:00:00', timeZone: 'Europe/Copenhagen' },
      end: { dateTime: '2026-01-05T11:00:00', timeZone: 'Europe/Copenhagen' },
    };
    await world.put([anEvent({ ...times, ...short }), anEvent({ ...times, ...long })]);
    await world.reconcile();
    expect((await standing('class-1')).status).toBe('settled');
    expect((await standing('class-2')).status).toBe('in_sync');
    expect(world.live().map(({ summary }) => summary)).toEqual(['Geometry']);
    // Its rule is another one now: what was known of the old one does not count.
    await world.put([anEvent({ ...times, recurrence: ['RRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=30'] })]);
    expect((await standing('class-1')).status).toBe('pending');
    await world.reconcile();
    expect(await statuses()).toEqual({ in_sync: 2 });
  });

  test('an in_sync series becomes settled seven days after its last occurrence, without a turn', async () => {
    await world.put([anEvent({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] })]);
    await world.reconcile();
    await world.advance(Date.parse('2027-03-15T10:00:00Z') - world.now() + 7 * 24 * 60 * minuteMs - minuteMs);
    expect((await standing()).status).toBe('unknown');
    await world.advance(2 * minuteMs);
    expect((await standing()).status).toBe('settled');
  });

  test('rescheduled from long ago to the future it is pending, then in_sync', async () => {
    await world.put([
      anEvent({
        start: { dateTime: '2026-01-01T10:00:00', timeZone: 'Europe/Copenhagen' },
        end: { dateTime: '2026-01-01T11:00:00', timeZone: 'Europe/Copenhagen' },
      }),
    ]);
    await world.reconcile();
    await world.put([anEvent()]);
    expect((await standing()).status).toBe('pending');
    await world.reconcile();
    expect((await standing()).status).toBe('in_sync');
  });
});

describe('the end of an event', () => {
  for (const how of ['cancelled', 'withdrawn'] as const) {
    test(`[S16A] ${how}, and the delete fails: cancelling, its guests too, until Google confirms`, async () => {
      await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
      await world.reconcile();
      world.emulator.faults.add({
        match: { operation: 'calendar.events.delete' },
        times: null,
        action: { kind: 'error', error: 'rateLimitExceeded' },
      });
      if (how === 'cancelled') requireWritten(await cancelEvents(world.store.db, ['class-1'], writer));
      else await sql`delete from calsync.desired_event`.execute(world.store.db);
      expect((await standing()).status).toBe('cancelling');
      await world.reconcile();
      expect(world.live()).toHaveLength(1);
      expect(await line()).toBe('cancelling google: Google may still show it: rateLimitExceeded');
      expect(await guests()).toEqual({ 'ada@example.com': 'cancelling' });

      world.emulator.faults.clear();
      await world.advance(5 * minuteMs);
      await world.reconcile();
      expect(world.live()).toEqual([]);
      expect((await standing()).status).toBe('cancelled');
      expect(await guests()).toEqual(how === 'cancelled' ? { 'ada@example.com': 'cancelled' } : {});
    });
  }

  test('[S16A] the answer to the delete is lost: cancelling while nobody knows, cancelled when the reading says so', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    requireWritten(await cancelEvents(world.store.db, ['class-1'], writer));
    world.emulator.faults.add({ match: { operation: 'calendar.events.delete' }, action: { kind: 'html' } });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'html' },
    });
    await world.turn();
    expect((await standing()).status).toBe('cancelling');
    world.emulator.faults.clear();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect((await standing()).status).toBe('cancelled');
  });
});

describe('guests', () => {
  test('[S04B] the network fails while a person is added: they are pending, the others in_sync, then all are', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
    await world.reconcile();
    requireWritten(await addAttendees(world.store.db, 'class-1', [{ email: 'grace@example.com' }], writer));
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync', 'grace@example.com': 'pending' });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      times: null,
      action: { kind: 'html' },
    });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'html' },
    });
    await world.turn();
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync', 'grace@example.com': 'pending' });
    expect((await standing()).attendees.find(({ address }) => address === 'grace@example.com')?.fault).toBe('google');
    world.emulator.faults.clear();
    await world.advance(5 * minuteMs);
    await world.reconcile();
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync', 'grace@example.com': 'in_sync' });
  });

  test('a guest who was taken off is cancelling until Google has them off, then no more there', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }, { email: 'grace@example.com' }] })]);
    await world.reconcile();
    requireWritten(await removeAttendeesOf(world.store.db, 'class-1', ['ADA@example.com'], writer));
    expect(await guests()).toEqual({ 'ada@example.com': 'cancelling', 'grace@example.com': 'in_sync' });
    await world.reconcile();
    expect(await guests()).toEqual({ 'grace@example.com': 'in_sync' });
  });

  test('a guest whom a person removed in Google is out_of_sync alone, under `flag`', async () => {
    await world.manage(away, { drift: 'flag' });
    await world.put([
      anEvent({ calendar: away, attendees: [{ email: 'ada@example.com' }, { email: 'grace@example.com' }] }),
    ]);
    await world.reconcile();
    world.emulator.people.edit(away, world.eventOf('class-1', away).id, {
      attendees: [{ email: 'grace@example.com' }],
    });
    await world.reconcile();
    expect(await guests()).toEqual({ 'ada@example.com': 'out_of_sync', 'grace@example.com': 'in_sync' });
  });

  test('[S14B] a guest whose address does not work is out_of_sync alone, the row at fault, from when that was learnt', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }, { email: 'grace@example.com' }] })]);
    await world.reconcile();
    await recordBounce(
      world.store.db,
      { address: 'Ada@example.com', reason: 'mailbox does not exist', at: new Date(world.now()) },
      writer,
    );
    expect(await guests()).toEqual({ 'ada@example.com': 'out_of_sync', 'grace@example.com': 'in_sync' });
    const [ada] = (await standing()).attendees;
    expect(ada).toMatchObject({
      fault: 'row',
      reason: 'invitations to this address do not arrive: bounce says: mailbox does not exist',
    });
    expect(Math.abs((ada?.since?.getTime() ?? 0) - world.now())).toBeLessThan(minuteMs);
    expect((await standing()).status).toBe('in_sync');
    await markReachable(world.store.db, 'ada@example.com', writer);
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync', 'grace@example.com': 'in_sync' });
  });

  test('Google refuses the event with a new guest: the new one is parked, the old one stays in_sync', async () => {
    await world.put([anEvent({ attendees: [{ email: 'ada@example.com' }] })]);
    await world.reconcile();
    world.emulator.faults.add({
      match: { operation: 'calendar.events.patch' },
      action: { kind: 'error', error: 'timeRangeEmpty' },
    });
    requireWritten(await addAttendees(world.store.db, 'class-1', [{ email: 'grace@example.com' }], writer));
    await world.reconcile();
    expect((await standing()).status).toBe('parked');
    expect(await guests()).toEqual({ 'ada@example.com': 'in_sync', 'grace@example.com': 'parked' });
  });
});

test('where the reconciler never settles events, or settles them sooner, every door goes by that', async () => {
  const ended = (day: string) => ({
    start: { dateTime: `${day}T10:00:00`, timeZone: 'Europe/Copenhagen' },
    end: { dateTime: `${day}T11:00:00`, timeZone: 'Europe/Copenhagen' },
  });
  await world.put([anEvent(ended('2026-01-01'))]);
  await sayStatusLimits(world.store.db, { freshForMs: 900_000, settledAfterMs: null });
  expect((await standing()).status).toBe('pending');
  await sayStatusLimits(world.store.db, { freshForMs: 900_000, settledAfterMs: 60_000 });
  expect((await standing()).status).toBe('settled');
});

test('the account plays no part in what is known of a key of another one', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  await world.connect('other@example.com');
  await sql`update calsync.account set state = 'reauth_required' where id <> ${account}`.execute(world.store.db);
  expect((await standing()).status).toBe('in_sync');
});
