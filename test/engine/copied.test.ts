import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { examine } from '../../src/engine/doctor.ts';
import { claimDatabase } from '../../src/store/installation-claim.ts';
import { anEvent, World } from '../support/world.ts';
import { dirtyKeys, rowsOf } from './tables.ts';

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await world.close();
});

/** As when the database of production is restored under another name, or on another server. */
async function copyDatabase(): Promise<void> {
  await sql`update calsync.setting set value = '{"system": "7", "name": "production"}' where name = 'database'`.execute(
    world.store.db,
  );
}

const health = async (name: string) =>
  (await examine({ db: world.store.db, clock: world.engine.clock, google: { root: 'sandbox', clientId: null } })).find(
    (check) => check.name === name,
  );

test('[P35] a copied database writes nothing to Google and says so, until it is claimed', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  await copyDatabase();
  await world.put([anEvent({ summary: 'Staging' }), anEvent({ key: 'class-2', summary: 'Staging only' })]);

  const since = world.mark();
  expect(await world.turn()).toMatchObject({
    state: 'paused',
    counts: { apiCalls: 0 },
    error: { kind: 'refused', reason: 'database_copied' },
  });
  await expect(world.reconcile()).rejects.toMatchObject({ kind: 'refused', reason: 'database_copied' });
  expect(world.calls(since)).toEqual([]);
  expect(world.eventOf('class-1').summary).toBe('Algebra');
  // Every row that waits says whose fault it is.
  const waiting = await rowsOf<{ fault: string; reason: string }>(
    world.store.db,
    'select fault, reason from calsync.dirty order by key',
  );
  expect(waiting.map(({ fault }) => fault)).toEqual(['calsync', 'calsync']);
  expect(waiting[0]?.reason).toContain('doctor --claim');
  expect(await health('claim')).toMatchObject({ state: 'problem' });

  await claimDatabase(world.store.db);
  expect(await health('claim')).toMatchObject({ state: 'ok' });
  expect((await world.reconcile())[0]?.state).toBe('in_sync');
  expect(world.eventOf('class-1').summary).toBe('Staging');
  expect(await dirtyKeys(world.store.db)).toEqual([]);
});

test('[P35] it is copied while a worker runs: the next turn already makes no call', async () => {
  await world.put([anEvent()]);
  await world.reconcile();
  const since = world.mark();
  await copyDatabase();
  await world.turn();
  expect(world.calls(since)).toEqual([]);
});

test('a healthy installation: every check is good, and a missing grant is a problem', async () => {
  const checks = await examine({
    db: world.store.db,
    clock: world.engine.clock,
    google: { root: 'sandbox', clientId: null },
  });
  expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
  expect(checks.map(({ name }) => name)).toEqual([
    'database',
    'schema',
    'claim',
    'clock',
    'zones',
    'google',
    'accounts',
    'silence',
  ]);
  await sql`update calsync.account set state = 'reauth_required', state_reason = 'invalid_grant'`.execute(
    world.store.db,
  );
  expect(await health('accounts')).toMatchObject({
    state: 'problem',
    detail: 'owner@example.com: reauth_required (invalid_grant)',
  });
  await world.advance(3_600_000);
  expect(await health('clock')).toMatchObject({ state: 'ok' });
  const wrong = {
    db: world.store.db,
    clock: { ...world.engine.clock, now: () => world.now() - 60_000 },
    google: { root: 'https://elsewhere.example', clientId: 'x' },
  };
  const found = await examine(wrong);
  expect(found.filter(({ state }) => state !== 'ok').map(({ name }) => name)).toEqual(['clock', 'google', 'accounts']);
});
