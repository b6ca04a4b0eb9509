/** What is answered while the database is in trouble, and what is not said then. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { createApi } from '../../src/server/api.ts';
import type { RequestEntry } from '../../src/server/request-log.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { systemRandom } from '../support/migrated.ts';
import { insertEvent } from '../support/rows.ts';
import { type AServer, adminToken, anEvent, aServer } from './a-server.ts';

let server: AServer;
beforeEach(async () => {
  server = await aServer();
});
afterEach(() => server.close());

test('a database that is away is 503 with a time to come back, and no word of it', async () => {
  const log: RequestEntry[] = [];
  const db = openDatabase(openPool({ connection: { url: 'postgres://user:secret@127.0.0.1:1/none' } }));
  const parts = { db, clock: systemClock, random: systemRandom, adminToken, closing: new AbortController().signal };
  const api = createApi({ ...parts, onRequest: (entry) => log.push(entry) });
  const ask = (path: string, token = adminToken) =>
    api.fetch(new Request(`http://calsync.test${path}`, { headers: { authorization: `Bearer ${token}` } }));

  const refused = await ask('/v1/events');
  const text = await refused.text();
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(JSON.parse(text).type).toBe('urn:calsync:problem:unavailable');
  expect(text).not.toMatch(/postgres|127\.0\.0\.1|secret|ECONN/);
  expect(log).toMatchObject([{ status: 503, problem: 'unavailable' }]);

  expect((await ask('/v1/events', `calsync_1_${'0'.repeat(64)}`)).status).toBe(503); // a token is not called wrong unseen
  expect((await ask('/v1/events', 'nothing')).status).toBe(401);
  expect((await (await ask('/readyz')).json()) as unknown).toEqual({ status: 'no_database' });
  expect((await ask('/healthz')).status).toBe(200);
  await db.destroy();
});

test('a connection that is cut in the middle of a write is 503; the same request again is done', async () => {
  const blocker = await server.pool.connect();
  await insertEvent(server.pool, 'cut');
  await blocker.query('begin');
  await blocker.query(`select from calsync.desired_event where key = 'cut' for update`);
  const writing = server.send('PATCH', '/v1/events/cut', { location: 'Room 5' }, { 'idempotency-key': 'cut' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await blocker.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  expect(await writing).toMatchObject({ status: 503, body: { type: 'urn:calsync:problem:unavailable' } });
  await blocker.query('rollback');
  blocker.release();
  const again = await server.send('PATCH', '/v1/events/cut', { location: 'Room 5' }, { 'idempotency-key': 'cut' });
  expect(again).toMatchObject({ status: 200, body: { kind: 'changed' } });
});

test('a row that another transaction keeps is 503 after a bounded wait, and the pool is not held up by it', async () => {
  await insertEvent(server.pool, 'kept');
  const db = openDatabase(openPool({ connection: { url: server.url }, maxConnections: 2, lockWaitMs: 200 }));
  const parts = { db, clock: systemClock, random: systemRandom, adminToken, closing: new AbortController().signal };
  const api = createApi({ ...parts, onRequest: () => undefined });
  const blocker = await server.pool.connect();
  await blocker.query('begin');
  await blocker.query(`update calsync.desired_event set location = 'x' where key = 'kept'`);
  const refused = await api.fetch(
    new Request('http://calsync.test/v1/events/kept', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${adminToken}` },
    }),
  );
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  expect(((await refused.json()) as { type: string }).type).toBe('urn:calsync:problem:busy');
  await blocker.query('rollback');
  blocker.release();
  await db.destroy();
});

test('a fault of ours is 500 with the id of the request, and what is logged of it quotes no row', async () => {
  await server.pool.query(`create function pg_temp_boom() returns trigger language plpgsql as $$
    begin raise exception 'the title is %', new.summary; end $$`);
  await server.pool.query(
    `create trigger boom before insert on calsync.desired_event for each row execute function pg_temp_boom()`,
  );
  const { status, body } = await server.send('PUT', '/v1/events/boom', anEvent({ summary: 'private title' }));
  expect([status, body.type]).toEqual([500, 'urn:calsync:problem:internal']);
  expect(JSON.stringify(body)).not.toContain('private');
  const [entry] = server.log;
  expect(entry?.fault).toMatchObject({
    code: 'P0001',
    frames: expect.arrayContaining([expect.stringMatching(/^at /)]),
  });
  expect(JSON.stringify(server.log)).not.toContain('private');
  expect(body.instance).toBe(`urn:calsync:request:${entry?.requestId}`);
});
