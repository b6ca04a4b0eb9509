import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import { runAs } from '../../src/sandbox/binaries.ts';
import { openHome } from '../../src/sandbox/home.ts';
import { isRunning } from '../../src/sandbox/process-table.ts';
import { sandboxStatus, stopSandbox } from '../../src/sandbox/status.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { currentUid, isTraversableByAll, postgresUser } from '../../src/sandbox/system-user.ts';
import { attachedClient, startClient } from './clients.ts';
import { TestHome } from './homes.ts';

const idleMs = 300;
const goneMs = 12_000;
const isRoot = currentUid() === 0;
const checkout = fileURLToPath(new URL('../..', import.meta.url));

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection);
  await client.connect();
  const { rows } = await client.query(`select upper('ä') as upper, current_setting('listen_addresses') as tcp`);
  await client.end();
  return rows[0].upper === 'Ä' && rows[0].tcp === '';
}

describe.skipIf(process.platform !== 'linux')('where an embedded database lives', () => {
  let home: TestHome;
  afterEach(() => home.remove());

  test('in the home, private to the user that PostgreSQL runs as, when that user gets there', async () => {
    home = new TestHome();
    const client = await attachedClient(home.path, { idleMs });
    expect(home.dataDirectory()).toBe(join(home.path, 'postgres'));
    const { uid, mode } = statSync(home.dataDirectory());
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: postgresUser()?.uid ?? currentUid(), mode: 0o700 });
    expect(statSync(client.answer.postgres.host).mode & 0o777).toBe(0o700);
    expect(await answers(client.answer.postgres)).toBe(true);
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test.runIf(isRoot)('outside of it, when root works in a directory that nobody else may enter', async () => {
    home = new TestHome('private');
    const client = await attachedClient(home.path, { idleMs });
    expect(home.dataDirectory()).toMatch(/^\/var\/tmp\/calsync-0\/home-/);
    expect(await answers(client.answer.postgres)).toBe(true);
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);

    chmodSync(home.parent, 0o755);
    const again = await attachedClient(home.path, { idleMs });
    expect(again.answer.postgres.host, 'now it would be reachable, but the data is where it was').toBe(
      client.answer.postgres.host,
    );
    await again.end();
    expect(await home.remaining(goneMs)).toEqual([]);
    const data = home.dataDirectory();
    await home.remove();
    expect(existsSync(dirname(data)), 'a home is removed with what lies outside of it').toBe(false);
  });

  test.runIf(isRoot)('a home that was moved away from its data is refused with the place of the data', async () => {
    home = new TestHome('private');
    const client = await attachedClient(home.path, { idleMs });
    const data = home.dataDirectory();
    await client.end();
    await stopSandbox(home.path, systemClock);
    const elsewhere = `${home.path}-moved`;
    renameSync(home.path, elsewhere);
    const { answer } = await startClient(elsewhere, { idleMs });
    expect(answer).toMatchObject({ kind: 'refused', error: 'usage', reason: 'home_moved' });
    expect(answer.kind === 'refused' && answer.message).toContain(data.replace(/\/postgres$/, ''));
    await stopSandbox(elsewhere, systemClock);
    renameSync(elsewhere, home.path);
  });

  test('sockets lie elsewhere when the path of the home is too long for them', async () => {
    home = new TestHome('open', `${'long/'.repeat(24)}ä`);
    const client = await attachedClient(home.path, { idleMs });
    expect(home.dataDirectory()).toBe(join(home.path, 'postgres'));
    expect(client.answer.postgres.host).toMatch(/^\/var\/tmp\/calsync-/);
    expect(await answers(client.answer.postgres)).toBe(true);
    expect(await answers({ connectionString: client.answer.databaseUrl })).toBe(true);
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  // Skipped in a checkout that the ordinary user cannot read.
  test.runIf(isRoot && isTraversableByAll(checkout))('an ordinary user needs no other user', async () => {
    home = new TestHome();
    const user = postgresUser();
    chownSync(home.parent, user?.uid ?? 0, user?.gid ?? 0);
    chmodSync(home.parent, 0o700);
    const client = await attachedClient(home.path, { idleMs, user });
    expect(home.dataDirectory()).toBe(join(home.path, 'postgres'));
    for (const pid of home.processes()) expect(statSync(`/proc/${pid}`).uid).toBe(user?.uid);
    expect(await answers(client.answer.postgres)).toBe(true);
    await client.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('what is in the way of an embedded database', () => {
  let home: TestHome;
  afterEach(() => home.remove());

  test.runIf(isRoot && isTraversableByAll(checkout))('a home that is not writable is refused by name', async () => {
    home = new TestHome();
    const { answer } = await startClient(home.path, { idleMs, user: postgresUser() });
    expect(answer).toMatchObject({ kind: 'refused', error: 'usage', reason: 'home' });
    expect(answer.kind === 'refused' && answer.message).toContain(home.path);
    expect(existsSync(home.path)).toBe(false);
  });

  test('data of another PostgreSQL is refused and left as it is', async () => {
    home = new TestHome();
    const client = await attachedClient(home.path, { idleMs });
    await client.end();
    await stopSandbox(home.path, systemClock);
    writeFileSync(join(home.dataDirectory(), 'PG_VERSION'), '19\n');
    const { answer } = await startClient(home.path, { idleMs });
    expect(answer).toMatchObject({ kind: 'refused', error: 'usage', reason: 'postgres_version' });
    expect(answer.kind === 'refused' && answer.message).toContain('PostgreSQL 19');
    expect(await home.remaining(goneMs)).toEqual([]);
    expect(existsSync(join(home.dataDirectory(), 'global', 'pg_control'))).toBe(true);
  });

  test('a first start that was killed half-way is begun anew', async () => {
    home = new TestHome();
    const interrupted = startClient(home.path, { idleMs });
    // PostgreSQL writes its control file long before initdb has done what makes the data usable.
    const controlFiles = () =>
      existsSync(home.path)
        ? readdirSync(home.path).filter((name) => existsSync(join(home.path, name, 'global', 'pg_control')))
        : [];
    expect(await home.until(() => controlFiles().length > 0)).toBe(true);
    expect(controlFiles(), 'it is not yet called data').not.toContain('postgres');
    for (const role of ['watchdog', 'keeper'] as const) home.kill(role);
    const client = await attachedClient(home.path, { idleMs });
    expect(await answers(client.answer.postgres)).toBe(true);
    await client.end();
    await (await interrupted).end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('a socket and a pid file of the dead, with the id of a stranger, are recognised', async () => {
    home = new TestHome();
    const first = await attachedClient(home.path, { idleMs });
    await first.end();
    await stopSandbox(home.path, systemClock);
    writeFileSync(openHome(home.path).socketFile, '');
    // Of the same user: PostgreSQL itself sees through the id of another's process.
    const stranger = spawn('/bin/sleep', ['60'], runAs(postgresUser()));
    const dead = [stranger.pid, home.dataDirectory(), 1, 5432, first.answer.postgres.host, '', '0 0', 'ready', ''];
    writeFileSync(join(home.dataDirectory(), 'postmaster.pid'), dead.join('\n'));
    expect(await sandboxStatus(home.path)).toMatchObject({ kind: 'stopped', postgresPid: null });
    const second = await attachedClient(home.path, { idleMs });
    expect(await answers(second.answer.postgres)).toBe(true);
    expect(isRunning(stranger.pid ?? 0), 'nobody took it for PostgreSQL').toBe(true);
    stranger.kill();
    await second.end();
    expect(await home.remaining(goneMs)).toEqual([]);
  });

  test('a keeper of another version is not talked to by guesswork', async () => {
    home = new TestHome();
    const { socketFile } = openHome(home.path);
    const stranger = createServer((socket) => {
      const message = 'Another version of calsync';
      socket.end(`${JSON.stringify({ kind: 'failed', error: 'usage', reason: 'protocol', message })}\n`);
    });
    await new Promise<void>((resolve) => stranger.listen(socketFile, resolve));
    const { answer } = await startClient(home.path, { idleMs });
    stranger.close();
    expect(answer).toMatchObject({ kind: 'refused', error: 'usage', reason: 'protocol' });
  });

  test('a home that never was is absent, and looking makes none', async () => {
    home = new TestHome();
    expect(await sandboxStatus(home.path)).toEqual({ kind: 'absent' });
    expect(await stopSandbox(home.path, systemClock)).toBe(false);
    expect(existsSync(home.path)).toBe(false);
  });
});
