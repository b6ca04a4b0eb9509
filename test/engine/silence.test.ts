import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { breakerLimits } from '../../src/core/breaker.ts';
import type { Google } from '../../src/core/ports.ts';
import { defaultEngineSettings, type Engine } from '../../src/engine/engine.ts';
import { turn } from '../../src/engine/turn.ts';
import { createGoogle } from '../../src/google/gateway.ts';
import { quotaPacer } from '../../src/store/quota.ts';
import { account, anEvent, away, home, World } from '../support/world.ts';
import { dirtyKeys, rowsOf, unsettledCount } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

const minuteMs = 60_000;

function classes(count: number, calendar = home): readonly object[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent({ key: `${calendar.slice(0, 4)}-${index}`, calendar, summary: `Class ${calendar.slice(0, 4)} ${index}` }),
  );
}

/** Google gives no usable answer to any call. */
function silence(): void {
  world.emulator.faults.add({
    match: { path: '^/calendar/' },
    times: null,
    action: { kind: 'error', error: 'backendError' },
  });
}

/** Another process. */
const worker = (name: string): Engine => ({ ...world.engine, worker: name });

const breakers = () =>
  rowsOf<{ scope: string; state: string }>(world.store.db, 'select scope, state from calsync.breaker order by scope');

describe('Google is silent', () => {
  test('[S10C] [S12A] however many workers run, the calls stay within the budget of the breaker', async () => {
    const calendars = [home, ...Array.from({ length: 5 }, (_, index) => `c${index}@group.calendar.google.com`)];
    for (const id of calendars.slice(1)) await world.manage(id);
    await world.put(calendars.flatMap((id) => classes(2, id)));
    silence();
    const since = world.mark();
    // Four workers at once, again and again, for an hour.
    const workers = Array.from({ length: 4 }, (_, index) => worker(`worker-${index}`));
    for (let minute = 0; minute < 60; minute += 1) {
      await Promise.all(workers.map((engine, index) => turn(engine, calendars[(minute + index) % 6] ?? home)));
      await world.advance(minuteMs);
    }
    const calls = world.calls(since).length;
    const { failuresToOpen, longestWaitMs } = breakerLimits;
    const probes = (60 * minuteMs) / (longestWaitMs / 2) + 10;
    expect(calls).toBeGreaterThanOrEqual(failuresToOpen);
    expect(calls).toBeLessThanOrEqual(failuresToOpen + workers.length + probes);
    expect(await breakers()).toEqual([{ scope: `account:${account}`, state: 'open' }]);
    expect(await dirtyKeys(world.store.db)).toHaveLength(12);

    // Google returns: everything converges by itself.
    world.emulator.faults.clear();
    await world.advance(longestWaitMs);
    const reports = await world.reconcile();
    expect(new Set(reports.map(({ state }) => state))).toEqual(new Set(['in_sync']));
    expect(await breakers()).toEqual([{ scope: `account:${account}`, state: 'closed' }]);
  });

  test('[S12A] while it is open a turn makes no call, every row says since when, writes are taken, and all converges', async () => {
    await world.put(classes(5));
    silence();
    for (let run = 0; run < 4; run += 1) await world.turn();
    const since = world.mark();
    await world.put(
      classes(3, home).map((event, index) => ({ ...event, key: `later-${index}`, summary: `Later ${index}` })),
    );
    const report = await world.turn();
    expect(report).toMatchObject({ state: 'paused', counts: { apiCalls: 0 }, error: { reason: 'breaker_open' } });
    expect(world.calls(since)).toEqual([]);
    const waiting = await rowsOf<{ fault: string; reason: string; due: boolean }>(
      world.store.db,
      "select fault, reason, due_at <= calsync.now() as due from calsync.dirty where key like 'later%' order by key",
    );
    expect(waiting).toHaveLength(3);
    for (const { fault, reason, due } of waiting) {
      expect(fault).toBe('google');
      expect(reason).toMatch(/^Google has not answered since \d{4}-\d\d-\d\dT/);
      expect(due).toBe(true);
    }
    world.emulator.faults.clear();
    await world.advance(breakerLimits.longestWaitMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(8);
    expect(await unsettledCount(world.store.db)).toBe(0);
  });

  test('[S12A] one worker at a time tries whether it answers, with one call', async () => {
    await world.manage(away);
    await world.put([...classes(2), ...classes(2, away)]);
    silence();
    for (let run = 0; run < 4; run += 1) await world.turn();
    await world.advance(breakerLimits.longestWaitMs);
    const google = await world.engine.google(account);
    let inFlight = 0;
    let most = 0;
    let calls = 0;
    const watched: Google = {
      ...google,
      listEvents: async (request) => {
        calls += 1;
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise((resolve) => setTimeout(resolve, 50));
        try {
          return await google.listEvents(request);
        } finally {
          inFlight -= 1;
        }
      },
    };
    const engines = ['one', 'two'].map((name) => ({ ...worker(name), google: () => Promise.resolve(watched) }));
    const reports = await Promise.all([home, away].map((id, index) => turn(engines[index] ?? world.engine, id)));
    expect({ calls, most }).toEqual({ calls: 1, most: 1 });
    expect(reports.map(({ error }) => error?.reason)).toContain('breaker_open');
    // Each failed try makes the next wait longer.
    const [failed] = await rowsOf<{ probes: number; wait: number }>(
      world.store.db,
      'select probes, extract(epoch from probe_at - calsync.now())::float8 as wait from calsync.breaker',
    );
    expect(failed?.probes).toBe(1);
    expect(failed?.wait).toBeGreaterThan(breakerLimits.firstWaitMs / 1_000);
  });

  test('[S12A] a try is one call, also where the ends of several calls are to be read', async () => {
    await world.put(classes(8));
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error_after', error: 'backendError' },
    });
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    await world.turn();
    expect(await unsettledCount(world.store.db)).toBeGreaterThan(1);
    await world.advance(breakerLimits.longestWaitMs);
    const since = world.mark();
    await world.turn();
    expect(world.calls(since)).toEqual(['events.get']);
    world.emulator.faults.clear();
    await world.advance(breakerLimits.longestWaitMs);
    expect((await world.reconcile())[0]?.state).toBe('in_sync');
    expect(world.live()).toHaveLength(8);
  });

  test('a worker that dies while it tries does not keep the others from trying', async () => {
    await world.put(classes(1));
    silence();
    for (let run = 0; run < 4; run += 1) await world.turn();
    await rowsOf(
      world.store.db,
      `update calsync.breaker set state = 'half_open', prober = 'the dead', probe_at = calsync.now() + interval '1 minute'`,
    );
    world.emulator.faults.clear();
    expect((await world.turn()).state).toBe('paused');
    await world.advance(breakerLimits.probeLimitMs + 1_000);
    expect((await world.turn()).state).toBe('in_sync');
  });

  test('what Google refuses is an answer: rate limits and refused rows never open it', async () => {
    await world.put(classes(30));
    world.emulator.faults.add({
      match: { operation: 'calendar.events.insert' },
      times: null,
      action: { kind: 'error', error: 'rateLimitExceeded' },
    });
    for (let run = 0; run < 4; run += 1) {
      await world.turn();
      await world.advance(2 * minuteMs);
    }
    expect((await breakers()).filter(({ state }) => state !== 'closed')).toEqual([]);
  });

  test('[I15] one account is silent: another one goes on', async () => {
    await world.connect('other@example.com');
    await world.manage(away, {}, 'other@example.com');
    await world.put([...classes(2), ...classes(2, away)]);
    const google = await world.engine.google(account);
    const engine: Engine = {
      ...world.engine,
      google: async (address) =>
        address === account
          ? { ...google, listEvents: () => google.getEvent(home, 'x').then(fails) }
          : world.engine.google(address),
    };
    world.emulator.faults.add({
      match: { operation: 'calendar.events.get' },
      times: null,
      action: { kind: 'error', error: 'backendError' },
    });
    for (let run = 0; run < 5; run += 1) await turn(engine, home);
    expect((await turn(engine, home)).state).toBe('paused');
    expect((await turn(engine, away)).state).toBe('in_sync');
    expect(world.live(away)).toHaveLength(2);
  });

  test('[S10C] several accounts are silent: the others are not even tried, and one answer opens the way for all', async () => {
    const accounts = Array.from({ length: 6 }, (_, index) => `owner-${index}@example.com`);
    for (const [index, owner] of accounts.entries()) {
      await world.connect(owner);
      await world.manage(`c${index}@group.calendar.google.com`, {}, owner);
      await world.put(classes(1, `c${index}@group.calendar.google.com`));
    }
    silence();
    const since = world.mark();
    for (let round = 0; round < 8; round += 1)
      for (const index of accounts.keys()) await world.turn(`c${index}@group.calendar.google.com`);
    const opened = (await breakers()).filter(({ state }) => state === 'open').map(({ scope }) => scope);
    expect(opened).toContain('google');
    // Nobody is called any more once the second account met silence; the others had their first calls by then.
    expect(world.calls(since).length).toBeLessThanOrEqual(accounts.length * breakerLimits.failuresToOpen);
    const later = world.mark();
    for (const index of accounts.keys()) await world.turn(`c${index}@group.calendar.google.com`);
    expect(world.calls(later)).toEqual([]);

    world.emulator.faults.clear();
    await world.advance(breakerLimits.longestWaitMs);
    const reports = await world.reconcile();
    expect(new Set(reports.filter(({ calendar }) => calendar !== home).map(({ state }) => state))).toEqual(
      new Set(['in_sync']),
    );
    expect((await breakers()).filter(({ state }) => state !== 'closed')).toEqual([]);
  });
});

function fails(): never {
  throw new Error('the fault comes first');
}

test('[S10C] tries again spend from the same budget as everything else', async () => {
  const { refreshToken } = world.emulator.administration.createAccount({ email: account });
  const limits = { projectPerMinute: 10_000, userPerMinute: 600, perDay: 1_000_000 };
  const google = createGoogle({
    account,
    credentials: { kind: 'refresh_token', refreshToken },
    endpoints: { rootUrl: 'https://calendar.test', tokenUrl: 'https://calendar.test/token' },
    oauthClient: { id: 'test', secret: 'test' },
    clock: world.engine.clock,
    quota: quotaPacer(world.store.db, limits, world.engine.clock),
    fetchImplementation: (url, init) => world.emulator.fetch(url, init),
    callTimeoutMs: 10_000,
  });
  await world.put(classes(6));
  world.emulator.faults.add({
    match: { operation: 'calendar.events.insert' },
    times: 8,
    action: { kind: 'error', error: 'rateLimitExceeded' },
  });
  const since = world.mark();
  await turn(
    { ...world.engine, google: () => Promise.resolve(google), settings: { ...defaultEngineSettings, concurrency: 1 } },
    home,
  );
  const calls = world.calls(since);
  expect(calls.filter((call) => call === 'events.insert').length).toBeGreaterThan(6);
  const [spent] = await rowsOf<{ day_spent: number }>(
    world.store.db,
    `select day_spent::int as day_spent from calsync.quota_bucket where scope = 'project'`,
  );
  // What was taken beforehand and not used yet is at most as much again.
  expect(spent?.day_spent).toBeGreaterThanOrEqual(calls.length);
});
