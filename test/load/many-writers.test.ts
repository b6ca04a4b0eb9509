/**
 * 200 clients write at once through SQL, HTTP and TypeScript, and 1 % of their connections are cut on the way. `CALSYNC_LOAD=full` writes
 * 20,000 changes, otherwise 2,000.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { createApi } from '../../src/server/api.ts';
import { type Listening, listen } from '../../src/server/listen.ts';
import { type Db, openDatabase, openPool } from '../../src/store/database.ts';
import { type MigratedDatabase, openMigratedDatabase, systemRandom } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';
import { type Acknowledged, type Change, type Client, insist, timesOf } from './change.ts';
import { httpClients } from './http-client.ts';
import { sqlClients } from './sql-client.ts';
import { typescriptClients } from './typescript-client.ts';
import { acknowledgedButNotThere, gaps, halfDone, tornHistory, unlikeHistory } from './whole.ts';

const isFull = process.env.CALSYNC_LOAD === 'full';
const clients = 200;
const changes = isFull ? 20_000 : 2_000;
/** About 20 changes each: an event has at most 64 labels. */
const sharedEvents = changes / 20;
const cutShare = 0.01;
const adminToken = 'the-admin-token-of-the-load-test';
/** Of each door; what the test server allows is shared with other tests. */
const connections = 12;
const limitMs = isFull ? 600_000 : 120_000;

let database: MigratedDatabase;
let server: Listening;
let library: Db;
const closing = new AbortController();

beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertShared();
  const pool = openPool({ connection: database.connection, maxConnections: connections });
  library = openDatabase(openPool({ connection: database.connection, maxConnections: connections }));
  const api = createApi({
    db: openDatabase(pool),
    clock: systemClock,
    random: systemRandom,
    adminToken,
    onRequest: () => undefined,
    closing: closing.signal,
  });
  server = await listen(api, { host: '127.0.0.1', port: 0, clock: systemClock });
});
afterAll(async () => {
  closing.abort();
  await server.close(1_000);
  await library.destroy();
  await database.close();
});

const sharedKey = (index: number) => `shared/${index % sharedEvents}`;

async function insertShared(): Promise<void> {
  for (let index = 0; index < sharedEvents; index += 1) {
    const { start, end } = timesOf(100_000 + index);
    await database.pool.query(
      `with actor as (select set_config('calsync.actor', 'setup', false))
       insert into calsync.desired_event (key, calendar, summary, start_local, start_zone, end_local, end_zone)
         select $1, 'classes', $1, $2, 'UTC', $3, 'UTC' from actor`,
      [sharedKey(index), start, end],
    );
  }
}

/** The same every time: which change is cut, and where, follows from its number. */
function changeOf(index: number): Change {
  const isCut = index % Math.round(1 / cutShare) === index % 3;
  return {
    name: `op-${index}-of-${changes}`,
    shared: sharedKey((index * 7_919) >> 3),
    own: `own/op-${index}`,
    isCut,
    cutAt: ((index * 2_654_435_761) % 1_000) / 1_000,
    isAbandoned: isCut && index % 2 === 0,
  };
}

test(`[S13A] [S13C] ${clients} clients, ${changes} changes, 1 % of the connections cut: all that was acknowledged is there, whole and once`, {
  timeout: limitMs,
}, async () => {
  const sql = sqlClients(database.connection, connections);
  const http = httpClients(server.origin, adminToken, clients);
  const doors: readonly Client[] = [sql, http, typescriptClients(library, 'classes', database.pool)];
  const acknowledged: Acknowledged[] = [];
  const abandoned: { readonly name: string; readonly kinds: readonly string[] }[] = [];
  let broken = 0;
  let next = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (next < changes) {
        const index = next++;
        const door = doors[index % doors.length];
        if (door === undefined) throw new Error('there is no such door');
        const change = changeOf(index);
        const { done, attempts } = await insist(door, change);
        if (done === null) abandoned.push({ name: change.name, kinds: door.kinds });
        else acknowledged.push(done);
        broken += attempts - (done === null ? 0 : 1);
      }
    }),
  );
  http.close();
  await sql.close();

  expect(acknowledged.length + abandoned.length).toBe(changes);
  expect(broken).toBeGreaterThanOrEqual((changes * cutShare) / 2); // the cuts did cut
  expect(await acknowledgedButNotThere(database.pool, acknowledged)).toEqual([]);
  expect(await halfDone(database.pool, acknowledged, abandoned)).toEqual([]);
  expect(await gaps(database.pool)).toEqual([]);
  expect(await unlikeHistory(database.pool)).toEqual([]);
  expect(await tornHistory(database.pool)).toEqual([]);
});
