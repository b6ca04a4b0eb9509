// Real processes, killed by the kernel. /proc tells what runs, so this is for Linux.
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxStatus, stopSandbox } from '../../src/sandbox/status.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { attachedClient, startClient } from './clients.ts';
import { TestHome } from './homes.ts';

const idleMs = 700;
/** Idle time or grace, and what stopping PostgreSQL takes on a busy machine. */
const goneMs = 12_000;

async function query(connection: pg.ClientConfig, sql: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe.skipIf(process.platform !== 'linux')('the life of an embedded database', () => {
  let home: TestHome;
  beforeEach(() => {
    home = new TestHome();
  });
  afterEach(() => home.remove());

  test('eight processes that start at once share one PostgreSQL, and nothing is left after the last', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => attachedClient(home.path, { idleMs })));
    expect(home.processes('keeper')).toHaveLength(1);
    expect(home.processes('postmaster')).toHaveLength(1);
    expect(home.processes('watchdog')).toHaveLength(1);
    expect(new Set(clients.map((client) => client.answer.databaseUrl)).size).toBe(1);
    for (const client of clients.slice(1)) await client.end();
    await systemClock.sleep(idleMs * 3);
    expect(home.processes('postmaster'), 'one client is left').toHaveLength(1);
    await clients[0]?.end();
    const late = await attachedClient(home.path, { idleMs });
    await systemClock.sleep(idleMs * 2);
    expect(home.processes('postmaster'), 'it came within the idle time, which then does not end').toHaveLength(1);
    await late.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('a client that is killed counts as gone', async () => {
    const client = await attachedClient(home.path, { idleMs });
    await client.kill();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('the keeper is killed under a client: another takes over the same PostgreSQL, open connections go on', async () => {
    const client = await attachedClient(home.path, { idleMs });
    const connection = new pg.Client(client.answer.postgres);
    await connection.connect();
    await connection.query('create temporary table here as select 1 as one');
    const postmaster = home.process('postmaster');
    const killed = home.kill('keeper');
    expect(await home.until(() => home.processes('keeper').some((pid) => pid !== killed))).toBe(true);
    await systemClock.sleep(idleMs * 3); // the first watchdog has had its time
    expect(home.process('postmaster')).toBe(postmaster);
    expect((await connection.query('select one from here')).rows).toEqual([{ one: 1 }]);
    await connection.end();
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('the keeper is killed and no command follows: PostgreSQL stops all the same', async () => {
    const client = await attachedClient(home.path, { idleMs });
    // Both at once, so that the client cannot call another keeper.
    client.process.kill('SIGKILL');
    home.kill('keeper');
    expect(home.processes('postmaster')).toHaveLength(1);
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('the keeper is killed and a command follows at once: it finds what was written', async () => {
    const first = await attachedClient(home.path, { idleMs });
    await query(first.answer.postgres, 'create table kept as select 7 as seven');
    first.process.kill('SIGKILL');
    home.kill('keeper');
    const second = await attachedClient(home.path, { idleMs });
    await systemClock.sleep(idleMs * 3);
    expect(await query(second.answer.postgres, 'select seven from kept')).toEqual([{ seven: 7 }]);
    await second.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('the postmaster is killed: it is started again, and what was committed is there', async () => {
    const client = await attachedClient(home.path, { idleMs });
    await query(client.answer.postgres, 'create table kept as select 7 as seven');
    const killed = home.kill('postmaster');
    expect(await home.until(() => home.processes('postmaster').some((pid) => pid !== killed))).toBe(true);
    const next = await attachedClient(home.path, { idleMs });
    await expect
      .poll(() => query(next.answer.postgres, 'select seven from kept').catch(() => null), { timeout: 15_000 })
      .toEqual([{ seven: 7 }]);
    await Promise.all([client.end(), next.end()]);
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('keeper and postmaster are killed together: the next command gets all that was committed', async () => {
    const first = await attachedClient(home.path, { idleMs });
    await query(first.answer.postgres, 'create table kept as select 7 as seven');
    first.process.kill('SIGKILL');
    home.kill('keeper');
    home.kill('postmaster');
    const second = await attachedClient(home.path, { idleMs });
    expect(await query(second.answer.postgres, 'select seven from kept')).toEqual([{ seven: 7 }]);
    await second.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('the watchdog is killed: there is another when the keeper is killed too', async () => {
    const client = await attachedClient(home.path, { idleMs });
    const killed = home.kill('watchdog');
    expect(await home.until(() => home.processes('watchdog').some((pid) => pid !== killed))).toBe(true);
    client.process.kill('SIGKILL');
    home.kill('keeper');
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('a stop stops it under a living client, which does not start it again', async () => {
    const client = await attachedClient(home.path, { idleMs });
    expect(await sandboxStatus(home.path)).toMatchObject({
      kind: 'running',
      clients: 1,
      postgresPid: home.process('postmaster'),
      keeperPid: home.process('keeper'),
      dataDirectory: home.dataDirectory(),
    });
    expect(await stopSandbox(home.path, systemClock)).toBe(true);
    expect(await home.remaining(1_000)).toEqual([]);
    await systemClock.sleep(idleMs);
    expect(home.processes()).toEqual([]);
    expect(await sandboxStatus(home.path)).toMatchObject({ kind: 'stopped', postgresPid: null });
    expect(await stopSandbox(home.path, systemClock)).toBe(false);
    await client.end();
  });

  test('clients that come while it stops get a database all the same', async () => {
    for (let round = 0; round < 4; round += 1) {
      const client = await attachedClient(home.path, { idleMs: 30 });
      await client.end();
      // Around the moment at which the keeper has been idle long enough.
      await systemClock.sleep(10 * round);
    }
    const last = await startClient(home.path, { idleMs });
    expect(last.answer.kind).toBe('attached');
    await last.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });
});
