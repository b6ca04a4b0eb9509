import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import type { Clock, Google } from '../../src/core/ports.ts';
import type { FaultAction } from '../../src/emulator/faults.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createGoogle } from '../../src/google/gateway.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';
import { dirtyKeys, openFindings, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;
const lost: readonly { readonly name: string; readonly action: FaultAction }[] = [
  { name: 'the connection breaks after the request was carried out', action: { kind: 'lose_answer' } },
  { name: 'Google answers 503 although it was carried out', action: { kind: 'error_after', error: 'backendError' } },
  { name: 'half of the answer arrives', action: { kind: 'truncate' } },
];
const acts = ['insert', 'patch', 'delete', 'move'] as const;

/** Brings the world to where `act` is the next call. */
async function bringTo(act: (typeof acts)[number]): Promise<void> {
  if (act === 'move') await world.manage(away);
  if (act !== 'insert') {
    await world.put([anEvent()]);
    await world.reconcile();
  }
  if (act === 'insert') await world.put([anEvent()]);
  if (act === 'patch') await world.put([anEvent({ summary: 'Geometry' })]);
  if (act === 'delete') await world.store.db.deleteFrom('desired_event').execute();
  if (act === 'move') await world.put([anEvent({ calendar: away })], { move: true });
}

function expectDone(act: (typeof acts)[number]): void {
  if (act === 'insert') expect(world.eventOf('class-1').summary).toBe('Algebra');
  if (act === 'patch') expect(world.eventOf('class-1').summary).toBe('Geometry');
  if (act === 'delete') expect(world.live()).toEqual([]);
  if (act === 'move') expect(world.eventOf('class-1', away).summary).toBe('Algebra');
  const everywhere = [...world.live(), ...(act === 'move' ? world.live(away) : [])];
  expect(everywhere).toHaveLength(act === 'delete' ? 0 : 1);
}

describe('the answer to a call is lost', () => {
  for (const act of acts) {
    for (const { name, action } of lost) {
      // The answer to a delete has no body to lose.
      if (act === 'delete' && action.kind === 'truncate') continue;
      test(`[S02C] [S12C] ${act}: ${name}; it is read back and not made again`, async () => {
        await bringTo(act);
        const since = world.mark();
        world.emulator.faults.add({ match: { operation: `calendar.events.${act}` }, action });
        await world.reconcile();
        const calls = world.calls(since);
        expect(calls.filter((call) => call === `events.${act}`)).toHaveLength(1);
        expect(calls).toContain('events.get');
        expectDone(act);
        expect(await unsettledCount(world.store.db)).toBe(0);
        expect(await dirtyKeys(world.store.db)).toEqual([]);
        expect(await openFindings(world.store.db)).toEqual([]);
      });
    }

    test(`[S02C] ${act}: neither the answer nor the reading arrives; the key waits and the next run settles it`, async () => {
      await bringTo(act);
      world.emulator.faults.add({ match: { operation: `calendar.events.${act}` }, action: { kind: 'lose_answer' } });
      const read = world.emulator.faults.add({
        match: { operation: 'calendar.events.get' },
        times: null,
        action: { kind: 'error', error: 'backendError' },
      });
      const reports = await world.reconcile();
      expect(reports.map(({ state }) => state)).toContain('out_of_sync');
      expect(await unsettledCount(world.store.db)).toBe(1);
      expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);

      world.emulator.faults.remove(read);
      await world.advance(2 * minuteMs);
      await world.reconcile();
      expectDone(act);
      expect(await unsettledCount(world.store.db)).toBe(0);
      expect(await dirtyKeys(world.store.db)).toEqual([]);
    });

    test(`[S02C] ${act}: Google fails before it does anything; the call is made again later`, async () => {
      await bringTo(act);
      const fault = world.emulator.faults.add({
        match: { operation: `calendar.events.${act}` },
        times: null,
        action: { kind: 'error', error: 'backendError' },
      });
      await world.reconcile();
      expect(await dirtyKeys(world.store.db)).toEqual(['class-1']);
      expect(await unsettledCount(world.store.db)).toBe(0);
      const waiting = await rowsOf(
        world.store.db,
        'select fault, attempts, due_at > calsync.now() as waits from calsync.dirty',
      );
      expect(waiting).toEqual([{ fault: 'google', attempts: 1, waits: true }]);

      world.emulator.faults.remove(fault);
      await world.advance(2 * minuteMs);
      await world.reconcile();
      expectDone(act);
      expect(await dirtyKeys(world.store.db)).toEqual([]);
    });
  }
});

describe('a move', () => {
  test('[S02C] is answered, and cannot be read at its destination: it is not taken for undone, and not made twice', async () => {
    await bringTo('move');
    const since = world.mark();
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get', path: away },
      times: 6,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn();
    expect(await unsettledCount(world.store.db)).toBe(1);
    await world.advance(2 * minuteMs);
    await world.reconcile();
    expectDone('move');
    expect(world.calls(since).filter((call) => call === 'events.move')).toHaveLength(1);
    expect(await rowsOf(world.store.db, `select outcome from calsync.intent where kind = 'move'`)).toEqual([
      { outcome: 'done' },
    ]);
    expect(await dirtyKeys(world.store.db)).toEqual([]);
  });
});

describe('no answer at all', () => {
  /** Time runs three hundred times as fast for the calls: a time-out of ten seconds is over at once. */
  const hasty: Clock = {
    now: () => world.now(),
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, delayMs / 300);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        });
      }),
  };

  async function hastyEngine(): Promise<Engine> {
    const { refreshToken } = world.emulator.administration.createAccount({ email: account });
    const google = createGoogle({
      account,
      credentials: { kind: 'refresh_token', refreshToken },
      endpoints: { rootUrl: 'https://calendar.test', tokenUrl: 'https://calendar.test/token' },
      oauthClient: { id: 'test', secret: 'test' },
      clock: hasty,
      quota: { spend: () => Promise.resolve() },
      fetchImplementation: (url, init) => world.emulator.fetch(url, init),
    });
    return { ...world.engine, google: () => Promise.resolve(google) };
  }

  for (const act of acts) {
    for (const apply of [true, false]) {
      test(`[S02C] [S12B] ${act} runs into the time-out, ${apply ? 'carried out' : 'never arrived'}: one event, and all converges`, async () => {
        await bringTo(act);
        const engine = await hastyEngine();
        world.emulator.faults.add({
          match: { operation: `calendar.events.${act}` },
          action: { kind: 'never_answer', apply },
        });
        const since = world.mark();
        await world.reconcile(engine);
        await world.advance(2 * minuteMs);
        await world.reconcile(engine);
        // A call without an answer is not in the log of those that were answered.
        expect(world.calls(since).filter((call) => call === `events.${act}`)).toHaveLength(apply ? 0 : 1);
        const kind = act === 'insert' ? 'create' : act;
        const tried = await rowsOf(
          world.store.db,
          `select outcome from calsync.intent where kind = '${kind}' order by id`,
        );
        expect(tried).toEqual(apply ? [{ outcome: 'done' }] : [{ outcome: 'not_done' }, { outcome: 'done' }]);
        expectDone(act);
        expect(await unsettledCount(world.store.db)).toBe(0);
        expect(await dirtyKeys(world.store.db)).toEqual([]);
      });
    }
  }
});

describe('our own database fails after Google has answered', () => {
  test('[S07A] what cannot be recorded stays open and is settled by the next run; the other keys are recorded', async () => {
    await world.put([
      anEvent(),
      anEvent({ key: 'bad', summary: 'Bad' }),
      anEvent({ key: 'class-2', summary: 'Physics' }),
    ]);
    await rowsOf(
      world.store.db,
      `create function calsync.refuse() returns trigger language plpgsql as
         $$ begin if new.key = 'bad' then raise 'disk full'; end if; return new; end $$`,
    );
    await rowsOf(
      world.store.db,
      'create trigger refuse before insert on calsync.binding for each row execute function calsync.refuse()',
    );
    const report = await world.turn();
    expect(report.error?.kind).toBe('invariant');
    expect(report.state).toBe('out_of_sync');
    expect(world.live()).toHaveLength(3);
    expect(await rowsOf(world.store.db, 'select key from calsync.binding order by key')).toEqual([
      { key: 'class-1' },
      { key: 'class-2' },
    ]);
    expect(await unsettledCount(world.store.db)).toBe(1);
    await rowsOf(world.store.db, 'drop trigger refuse on calsync.binding');
    const since = world.mark();
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.calls(since)).toContain('events.get');
    expect(world.calls(since)).not.toContain('events.insert');
    expect(await unsettledCount(world.store.db)).toBe(0);
  });

  test('Google asks for a long wait: the turn does not sit it out', async () => {
    await world.put([anEvent()]);
    const started = world.now();
    const google = await world.engine.google(account);
    const asking: Google = {
      ...google,
      insertEvent: () =>
        Promise.reject(new CalsyncError('transient', 'slow down', { status: 429, retryAfterMs: 20 * minuteMs })),
    };
    await world.turn(home, { ...world.engine, google: () => Promise.resolve(asking) });
    const [mark] = await rowsOf<{ due_at: Date }>(world.store.db, 'select due_at from calsync.dirty');
    expect((mark?.due_at.getTime() ?? 0) - started).toBeGreaterThanOrEqual(20 * minuteMs);
    await world.advance(21 * minuteMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
  });
});

describe('a call takes 25 s', () => {
  for (const lands of ['before', 'after'] as const) {
    test(`[S12B] the caller tries again and the first request lands ${lands} the second: one event, of the last wish`, async () => {
      await world.put([anEvent()]);
      const google = await world.engine.google(account);
      let land: () => Promise<unknown> = () => Promise.resolve();
      let sent = 0;
      const slow: Google = {
        ...google,
        insertEvent: async (request) => {
          sent += 1;
          if (sent > 1) {
            if (lands === 'before') await land();
            return google.insertEvent(request);
          }
          // Our own time-out is over long before Google has done it.
          land = () => google.insertEvent(request).catch((refused: unknown) => refused);
          throw new CalsyncError('transient', 'no answer within 10000 ms', { reason: 'timeout', outcomeUnknown: true });
        },
      };
      const engine: Engine = { ...world.engine, google: () => Promise.resolve(slow) };
      expect((await world.turn(home, engine)).state).not.toBe('in_sync');
      expect(await rowsOf(world.store.db, 'select fault from calsync.dirty')).toEqual([{ fault: 'google' }]);
      await world.put([anEvent()]);
      await world.put([anEvent({ summary: 'Geometry' })]);
      await world.advance(15_000);
      await world.reconcile(engine);
      if (lands === 'after') {
        await land();
        await world.advance(minuteMs);
      }
      expect((await world.reconcile(engine))[0]?.state).toBe('in_sync');
      expect(sent).toBe(2);
      expect(world.live().map(({ summary }) => summary)).toEqual(['Geometry']);
      expect(await unsettledCount(world.store.db)).toBe(0);
      expect(await openFindings(world.store.db)).toEqual([]);
    });
  }
});
