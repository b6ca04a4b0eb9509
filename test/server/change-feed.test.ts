import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi } from '../../src/server/api.ts';
import { type Listening, listen } from '../../src/server/listen.ts';
import { adjust } from '../../src/store/adjustable-setting.ts';
import { dropOutdated } from '../../src/store/retention.ts';
import { systemRandom } from '../support/migrated.ts';
import { insertAttendee, insertCalendar, insertEvent } from '../support/rows.ts';
import { type AServer, adminToken, aServer } from './a-server.ts';
import { EventSourceClient, type Received } from './an-event-source.ts';

const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    }),
};

let server: AServer;
let running: { readonly listening: Listening; end(): Promise<void> };
const clients: EventSourceClient[] = [];

async function start(port = 0): Promise<typeof running> {
  const closing = new AbortController();
  const api = createApi({
    db: server.db,
    clock,
    random: systemRandom,
    adminToken,
    onRequest: () => undefined,
    closing: closing.signal,
  });
  const listening = await listen(api, { host: '127.0.0.1', port, clock });
  return {
    listening,
    async end() {
      closing.abort();
      await listening.close(1_000);
    },
  };
}

beforeEach(async () => {
  server = await aServer();
  running = await start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.cut();
  await running.end();
  await server.close();
});

function aClient(query = ''): EventSourceClient {
  const client = new EventSourceClient(running.listening.origin, `/v1/changes${query}`);
  clients.push(client);
  return client;
}

const positionsOf = (received: readonly Received[]) => received.map(({ id }) => Number(id));
const kindsOf = ({ received }: EventSourceClient) => received.map(({ event, data }) => `${event} ${data.key}`);

async function allPositions(): Promise<readonly number[]> {
  const { rows } = await server.pool.query<{ position: number }>(
    'select position from calsync.history order by position',
  );
  return rows.map(({ position }) => position);
}

async function update(key: string, summary: string): Promise<void> {
  await server.pool.query('update calsync.desired_event set summary = $1 where key = $2', [summary, key]);
}

test('[S19B] a client without a position begins now; three changes in a row arrive in order, the last is the truth', async () => {
  await insertEvent(server.pool, 'a');
  const client = await aClient().connect();
  await client.until(({ lastEventId }) => lastEventId !== null);
  for (const summary of ['One', 'Two', 'Three']) await update('a', summary);
  await client.until(({ received }) => received.length === 3);
  expect(client.received.map(({ data }) => data.after.summary)).toEqual(['One', 'Two', 'Three']);
  expect(client.received[2]).toMatchObject({
    event: 'updated',
    data: {
      position: 4,
      key: 'a',
      kind: 'updated',
      generation: 4,
      revision: 4,
      source: 'caller',
      door: 'sql',
      calendar: 'classes',
      schedule: null,
      before: { summary: 'Two' },
      after: { summary: 'Three' },
    },
  });
});

test('[S19A] a client that is cut a hundred times, anywhere, gets every change once and in order', async () => {
  const keys = ['a', 'b', 'c'];
  for (const key of keys) await insertEvent(server.pool, key);
  const steady = await aClient('?after=0').connect();
  const cut = await aClient('?after=0').connect();
  const enrollingRounds = 1_500; // an event has 500 guests at most
  let isWriting = true;
  const writers = keys.map(async (_, writer) => {
    const connection = new pg.Client(server.url);
    await connection.connect();
    for (let round = 0; isWriting; round += 1) {
      const key = keys[(writer + round) % keys.length] ?? 'a';
      await connection.query('begin');
      await connection.query('update calsync.desired_event set description = $1 where key = $2', [
        `${round} ${'x'.repeat(2_000)}`,
        key,
      ]);
      if (round % 5 === 0 && round < enrollingRounds)
        await insertAttendee(connection, key, `guest-${writer}-${round}@example.com`);
      await connection.query(round % 9 === 8 ? 'rollback' : 'commit');
    }
    await connection.end();
  });
  for (let round = 0; round < 100; round += 1) {
    const before = cut.received.length;
    if (round % 2 === 0) await cut.until(({ received }) => received.length > before);
    else await new Promise((resolve) => setTimeout(resolve, round % 7));
    cut.cut();
    await cut.connect();
    expect(cut.status).toBe(200);
  }
  isWriting = false;
  await Promise.all(writers);
  await update('a', 'The last');
  const isLast = ({ received }: EventSourceClient) => received.at(-1)?.data.after.summary === 'The last';
  await cut.until(isLast);
  await steady.until(isLast);
  const all = await allPositions();
  expect(all).toEqual(all.map((_, index) => index + 1));
  expect(positionsOf(cut.received)).toEqual(all);
  expect(positionsOf(steady.received)).toEqual(all);
});

test('[S19C] the server restarts while a writer writes: the client resumes, and nothing is lost', async () => {
  await insertEvent(server.pool, 'a');
  const { port } = running.listening;
  const client = await aClient('?after=0').connect();
  for (let round = 0; round < 5; round += 1) {
    await update('a', `Before ${round}`);
    await client.until(({ received }) => received.length > round);
    await running.end();
    await client.ended;
    await update('a', `While nobody serves ${round}`);
    running = await start(port);
    await client.connect();
  }
  await update('a', 'After');
  await client.until(({ received }) => received.at(-1)?.data.after.summary === 'After');
  expect(positionsOf(client.received)).toEqual(await allPositions());
});

test('a client that does not read holds nobody up, and gets everything when it reads again', async () => {
  await insertEvent(server.pool, 'a');
  const slow = await aClient('?after=0').connect();
  await slow.until(({ received }) => received.length === 1);
  slow.pause();
  const quick = await aClient('?after=0').connect();
  for (let round = 0; round < 1_200; round += 100) {
    await server.pool.query(
      `insert into calsync.desired_event (key, calendar, start_date, end_date, description)
         select 'many-' || n, 'classes', '2027-01-01', '2027-01-02', repeat('x', 8000) from generate_series($1::int, $1::int + 99) n`,
      [round],
    );
  }
  await quick.until(({ received }) => received.length === 1_201);
  expect(slow.received.length).toBeLessThan(1_201);
  slow.resume();
  await slow.until(({ received }) => received.length === 1_201);
  expect(positionsOf(slow.received)).toEqual(positionsOf(quick.received));
});

describe('filters', () => {
  test('by calendar, schedule and person, each of them repeatable; what passes by moves the position on', async () => {
    await insertCalendar(server.pool, 'other');
    await server.pool.query(`insert into calsync.person (id) values ('p 1')`);
    await server.pool.query(
      `insert into calsync.person_address (person, kind, address) values ('p 1', 'calendar', 'one@example.com')`,
    );
    const other = await aClient('?after=0&calendar=other&calendar=nowhere').connect();
    const schedules = await aClient('?after=0&schedule=s&schedule=t').connect();
    const person = await aClient('?after=0&person=p%201').connect();
    await insertEvent(server.pool, 'a', { schedule: 's' });
    await insertEvent(server.pool, 'b', { schedule: 't', calendar: 'other' });
    await insertEvent(server.pool, 'c');
    await server.pool.query(`insert into calsync.desired_attendee (key, person) values ('c', 'p 1')`);
    await update('c', 'Last');
    await person.until(({ received }) => received.length === 2);
    await schedules.until(({ received }) => received.length === 2);
    await other.until(({ received }) => received.length === 1);
    expect(kindsOf(person)).toEqual(['attendee_added c', 'updated c']);
    expect(kindsOf(schedules)).toEqual(['inserted a', 'inserted b']);
    expect(kindsOf(other)).toEqual(['inserted b']);
  });
});

describe('a position from which nothing can be resumed', () => {
  const asked = async (query: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${running.listening.origin}/v1/changes${query}`, {
      headers: { authorization: `Bearer ${adminToken}`, ...headers },
    });
    const body = (response.headers.get('content-type') ?? '').includes('json') ? await response.json() : null;
    if (body === null) await response.body?.cancel();
    return { status: response.status, body };
  };

  test('that retention has passed: 410, with the position to begin at', async () => {
    await insertEvent(server.pool, 'a');
    await server.pool.query('alter table calsync.history disable trigger append_only');
    for (const summary of ['One', 'Two', 'Three']) await update('a', summary);
    await server.pool.query(`update calsync.history set at = at - interval '100 days'`);
    await update('a', 'Now');
    await adjust(server.db, 'history.retentionDays', '30', { actor: 'ada', door: 'cli', source: 'caller' });
    await dropOutdated(server.db);
    expect(await allPositions()).toEqual([1, 4, 5]);
    expect(await asked('?after=1')).toMatchObject({
      status: 410,
      body: { type: 'urn:calsync:problem:position_gone', current: { position: 5 } },
    });
    expect((await asked('?after=3')).status).toBe(200);
    expect((await asked('?after=0')).status).toBe(410);
    expect((await asked('', { 'last-event-id': '2' })).status).toBe(410);
  });

  test('that the feed has not come to: 410; and what is no position: 400', async () => {
    await insertEvent(server.pool, 'a');
    expect((await asked('?after=7')).status).toBe(410);
    expect((await asked('?after=x')).status).toBe(400);
    expect((await asked('?after=-1')).status).toBe(400);
    expect((await asked('', { 'last-event-id': 'x' })).status).toBe(400);
    expect((await asked('?after=1&after=2')).status).toBe(400);
    expect((await asked('?colour=red')).status).toBe(400);
  });

  test('the id that a client sends by itself goes before the address', async () => {
    await insertEvent(server.pool, 'a');
    await update('a', 'One');
    const client = aClient('?after=0');
    client.lastEventId = '1';
    await client.connect();
    await client.until(({ received }) => received.length === 1);
    expect(positionsOf(client.received)).toEqual([2]);
  });
});

test('who leaves is forgotten, and a request that only asks for the head takes no place', async () => {
  for (let round = 0; round < 20; round += 1) {
    const client = await aClient('?after=0').connect();
    client.cut();
    const head = await fetch(`${running.listening.origin}/v1/changes`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${adminToken}` },
    });
    expect(head.status).toBe(200);
  }
  const { rows } = await server.pool.query(
    `select count(*)::int as busy from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()`,
  );
  expect(rows[0].busy).toBeLessThan(5);
  const client = await aClient('?after=0').connect();
  await insertEvent(server.pool, 'a');
  await client.until(({ received }) => received.length === 1);
});
