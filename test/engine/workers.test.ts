import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { markOf } from '../../src/core/identity.ts';
import type { Google } from '../../src/core/ports.ts';
import { approveHold } from '../../src/engine/decisions.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { reconcile } from '../../src/engine/reconcile.ts';
import { turn } from '../../src/engine/turn.ts';
import { explainWaiting } from '../../src/store/dirty.ts';
import { claimCalendar, requireLease } from '../../src/store/lease.ts';
import { account, anEvent, classes, home, World } from '../support/world.ts';
import { bindings, dirtyKeys, rowsOf, theHold, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const another = (settings: Partial<Engine['settings']> = {}): Engine => ({
  ...world.engine,
  worker: 'another',
  settings: { ...world.engine.settings, ...settings },
});

/** An engine that waits before its n-th call of a kind until it is let go. */
async function pausing(operation: 'insertEvent' | 'patchEvent' | 'listEvents'): Promise<{
  engine: Engine;
  reached: Promise<void>;
  letGo: () => void;
}> {
  const google = await world.engine.google(account);
  let reach: () => void = () => undefined;
  let letGo: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const paused: Google = {
    ...google,
    [operation]: async (request: never) => {
      reach();
      await gate;
      return google[operation](request);
    },
  };
  return { engine: { ...world.engine, worker: 'paused', google: () => Promise.resolve(paused) }, reached, letGo };
}

/** An engine whose turn finds that another worker's calls to these events were begun while it was listing. */
async function withAnotherAt(eventIds: readonly string[]): Promise<Engine> {
  const google = await world.engine.google(account);
  const overtaken: Google = {
    ...google,
    listEvents: async (request) => {
      await world.store.pool.query(
        `insert into calsync.intent (calendar, epoch, kind, event_id, etag, revision)
           select $1, 1, 'patch', event_id, '"another"', 2 from unnest($2::text[]) as event_id`,
        [home, eventIds],
      );
      return google.listEvents(request);
    },
  };
  return { ...world.engine, google: () => Promise.resolve(overtaken) };
}

describe('two workers', () => {
  test('[P05] two make the first turn at once: one event', async () => {
    await world.put([anEvent()]);
    const reports = await Promise.all([turn(world.engine, home), turn(another(), home)]);
    expect(reports.map(({ state }) => state).sort()).toEqual(['busy', 'in_sync']);
    expect(world.live()).toHaveLength(1);
  });

  test('[P05] two runs overlap: each key exactly one event, nobody fails, both end in sync', async () => {
    await world.put(classes(120));
    const runs = await Promise.all([
      reconcile(
        { ...world.engine, settings: { ...world.engine.settings, mostCallsPerTurn: 30 } },
        { calendars: null, once: true },
      ),
      reconcile(another({ mostCallsPerTurn: 30 }), { calendars: null, once: true }),
    ]);
    expect(runs.map(({ inSync }) => inSync)).toEqual([true, true]);
    expect(world.live()).toHaveLength(120);
    expect(new Set(world.live().map((event) => markOf(event)?.key)).size).toBe(120);
    expect(world.calls().filter((call) => call === 'events.insert')).toHaveLength(120);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
    expect(await unsettledCount(world.store.db)).toBe(0);
  });

  for (const operation of ['insertEvent', 'patchEvent'] as const) {
    test(`[P30] [I10] one is paused past its lease at ${operation}: the other takes over, the late one writes nothing of ours`, async () => {
      if (operation === 'patchEvent') {
        await world.put([anEvent()]);
        await world.reconcile();
        await world.put([anEvent({ summary: 'Geometry' })]);
      } else {
        await world.put([anEvent()]);
      }
      const { engine, reached, letGo } = await pausing(operation);
      const late = turn(engine, home);
      await reached;
      await world.advance(5 * minuteMs);
      expect((await turn(another(), home)).state).toBe('in_sync');
      const before = await rowsOf(world.store.db, 'select key, etag, applied_revision from calsync.binding');
      letGo();
      const report = await late;
      expect(report.error).toMatchObject({ kind: 'conflict', reason: 'lease_lost' });
      expect(await rowsOf(world.store.db, 'select key, etag, applied_revision from calsync.binding')).toEqual(before);
      expect(world.live()).toHaveLength(1);
      expect((await world.reconcile())[0]?.state).toBe('in_sync');
      expect(await bindings(world.store.db)).toEqual(['class-1 0 home live']);
      expect(await unsettledCount(world.store.db)).toBe(0);
    });
  }

  test('[I10] a lease that was taken over cannot be used, however it is asked', async () => {
    const lease = await claimCalendar(world.store.db, home, 'first', minuteMs);
    expect(lease).not.toBeNull();
    if (lease === null) return;
    expect(await claimCalendar(world.store.db, home, 'second', minuteMs)).toBeNull();
    await world.advance(2 * minuteMs);
    await requireLease(world.store.db, lease);
    expect(await claimCalendar(world.store.db, home, 'second', minuteMs)).not.toBeNull();
    await expect(requireLease(world.store.db, lease)).rejects.toMatchObject({ reason: 'lease_lost' });
  });

  test('[P05] another is at an event, which its move brought to this calendar: the event is left alone, and the others go on', async () => {
    await world.put(classes(2));
    await world.reconcile();
    const { id } = world.eventOf('class-01');
    await world.put(classes(2).map((row) => ({ ...row, location: 'Room 7' })));
    const report = await world.turn(home, await withAnotherAt([id]));
    expect(report).toMatchObject({ state: 'out_of_sync', error: null, counts: { patched: 1 } });
    expect(world.eventOf('class-01').location).toBeUndefined();
    expect(world.eventOf('class-02').location).toBe('Room 7');
    expect(await dirtyKeys(world.store.db)).toEqual(['class-01']);
    await world.reconcile();
    expect(world.eventOf('class-01').location).toBe('Room 7');
  });

  test('[P05] [P02] another is at events whose deletes were approved: nobody is asked again when they can be deleted', async () => {
    await world.put(classes(30));
    await world.reconcile();
    await rowsOf(world.store.db, 'delete from calsync.desired_event');
    await world.reconcile();
    const hold = await theHold(world.store.db);
    await approveHold(world.store.db, hold.id, 'ada');
    const left = world.live().slice(0, 20);
    const report = await world.turn(home, await withAnotherAt(left.map(({ id }) => id)));
    expect(report).toMatchObject({ error: null, counts: { deleted: 10 } });
    expect(world.live()).toEqual(left);

    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toEqual([]);
    expect(await rowsOf(world.store.db, 'select decision from calsync.hold')).toEqual([{ decision: 'approved' }]);
  });

  test('[I10] one that is past its lease does not say why the rows of the other wait', async () => {
    await world.put([anEvent()]);
    const late = await claimCalendar(world.store.db, home, 'late', minuteMs);
    await world.advance(2 * minuteMs);
    const lease = await claimCalendar(world.store.db, home, 'another', minuteMs);
    if (late === null || lease === null) throw new Error('nobody has the calendar');
    const why = { fault: 'google', kind: 'transient', reason: 'timeout' } as const;
    const reasons = () => rowsOf(world.store.db, 'select reason from calsync.dirty');
    await explainWaiting(world.store.db, late, why);
    expect(await reasons()).toEqual([{ reason: null }]);
    await explainWaiting(world.store.db, lease, why);
    expect(await reasons()).toEqual([{ reason: 'timeout' }]);
  });

  test('a turn that is longer than its lease keeps it', async () => {
    await world.put(classes(20));
    const google = await world.engine.google(account);
    const settings = { ...world.engine.settings, concurrency: 1, leaseMs: 400 };
    let steps = 0;
    let seen = '';
    const slow: Google = {
      ...google,
      insertEvent: async (request) => {
        steps += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (steps === 15) seen = (await turn(another(), home)).state;
        return google.insertEvent(request);
      },
    };
    const report = await turn({ ...world.engine, settings, google: () => Promise.resolve(slow) }, home);
    expect(seen).toBe('busy');
    expect(report).toMatchObject({ state: 'in_sync', counts: { created: 20 } });
  });
});

describe('a run', () => {
  test('[I4] [S13C] the row changes while its event is being written: the change is not forgotten', async () => {
    await world.put([anEvent()]);
    const google = await world.engine.google(account);
    const meanwhile: Google = {
      ...google,
      insertEvent: async (request) => {
        const event = await google.insertEvent(request);
        await world.put([anEvent({ summary: 'Geometry' })]);
        return event;
      },
    };
    const report = await turn({ ...world.engine, google: () => Promise.resolve(meanwhile) }, home);
    expect(report.state).toBe('out_of_sync');
    expect(world.eventOf('class-1').summary).toBe('Algebra');
    expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.eventOf('class-1').summary).toBe('Geometry');
  });

  test('[I16] is idle afterwards: one listing, no other call, no work left', async () => {
    await world.put(classes(30));
    await world.reconcile();
    for (let run = 0; run < 3; run += 1) {
      const since = world.mark();
      const [report] = await world.reconcile();
      expect(world.calls(since)).toEqual(['events.list']);
      expect(report).toMatchObject({ state: 'in_sync', again: false, counts: { apiCalls: 1, listCalls: 1 } });
    }
    expect(await unsettledCount(world.store.db)).toBe(0);
  });

  test('leaves one row per turn that says what was done and how it ended', async () => {
    await world.put([anEvent()]);
    await world.reconcile();
    world.emulator.faults.add({ times: null, action: { kind: 'error', error: 'backendError' } });
    await world.reconcile();
    const runs = await rowsOf<{ outcome: string; created: number; error_kind: string | null }>(
      world.store.db,
      `select outcome, (counts ->> 'created')::int as created, error_kind from calsync.run order by id`,
    );
    expect(runs).toEqual([
      { outcome: 'in_sync', created: 1, error_kind: null },
      { outcome: 'in_sync', created: 0, error_kind: null },
      { outcome: 'unknown', created: 0, error_kind: 'transient' },
    ]);
  });

  test('more rows than a turn may call for: `once` goes on until all are made', async () => {
    await world.put(classes(60));
    const engine = another({ mostCallsPerTurn: 10, batchSize: 5 });
    const first = await turn(engine, home);
    expect(first).toMatchObject({ state: 'out_of_sync', again: true });
    expect(world.live().length).toBeLessThan(60);
    expect((await reconcile(engine, { calendars: null, once: true })).inSync).toBe(true);
    expect(world.live()).toHaveLength(60);
  });

  test('soonest events first', async () => {
    const at = (day: number) => ({
      start: { dateTime: `2027-03-${day}T10:00:00`, timeZone: 'Europe/Copenhagen' },
      end: { dateTime: `2027-03-${day}T11:00:00`, timeZone: 'Europe/Copenhagen' },
    });
    await world.put([
      anEvent({ key: 'a', ...at(20) }),
      anEvent({ key: 'b', ...at(10) }),
      anEvent({ key: 'c', ...at(15) }),
    ]);
    await turn(another({ concurrency: 1 }), home);
    expect(world.live().map((event) => markOf(event)?.key)).toEqual(['b', 'c', 'a']);
  });
});
