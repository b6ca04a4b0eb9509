/** A server that asks for passwords, which the run's own does not. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBinaries } from '../../src/sandbox/binaries.ts';
import { type Cluster, ensureCluster, superuser } from '../../src/sandbox/cluster.ts';
import { endPostmaster, type Postmaster, startPostmaster } from '../../src/sandbox/postmaster.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { postgresUser } from '../../src/sandbox/system-user.ts';
import { databaseUrl } from '../support/postgres.ts';
import { calsync } from './a-world.ts';

const directory = mkdtempSync('/tmp/calsync-scram-');
let postmaster: Postmaster;
let host: string;

beforeAll(async () => {
  const user = postgresUser();
  if (user !== null) chmodSync(directory, 0o711);
  const cluster: Cluster = {
    binaries: findBinaries(user),
    user,
    dataDirectory: join(directory, 'data'),
    socketDirectory: join(directory, 'socket'),
    logFile: join(directory, 'log'),
    durable: false,
  };
  host = cluster.socketDirectory;
  await ensureCluster(cluster);
  writeFileSync(
    join(cluster.dataDirectory, 'pg_hba.conf'),
    `local all ${superuser} trust\nlocal all all scram-sha-256\n`,
  );
  postmaster = await startPostmaster(cluster, systemClock);
  const admin = new pg.Client({ host, user: superuser, database: 'postgres' });
  await admin.connect();
  await admin.query(`create role app login password 'right horse'; grant create on database postgres to app`);
  await admin.end();
});
afterAll(async () => {
  await endPostmaster(postmaster.pid, systemClock);
  rmSync(directory, { recursive: true, force: true });
});

const urlWith = (login: string) => databaseUrl({ host, user: login, database: 'postgres' });

test.each([
  ['a wrong password', 'app:wrong%20horse', /the database refused the password: correct it in DATABASE_URL/],
  ['no password', 'app', /asks for a password and DATABASE_URL has none/],
  ['an unknown user', 'eve:wrong%20horse', /the database refused the password/],
])('%s ends with 64 and what to do, and is not repeated', async (_, login, told) => {
  const ran = await calsync(['diff'], { DATABASE_URL: urlWith(login) });
  expect(ran).toMatchObject({ code: 64, stdout: '' });
  expect(ran.stderr).toMatch(told);
  expect(ran.stderr).not.toMatch(/horse|\n\s+at /);
});

test('the right password lets migrate make everything, as a user who is no superuser', async () => {
  const environment = { DATABASE_URL: urlWith('app:right%20horse') };
  expect(await calsync(['migrate', '--check'], environment)).toMatchObject({ code: 1, stderr: '' });
  expect(await calsync(['migrate'], environment)).toMatchObject({ code: 0, stderr: '' });
  expect(await calsync(['migrate', '--check'], environment)).toMatchObject({
    code: 0,
    stdout: 'The schema is up to date.\n',
  });
  expect(JSON.parse((await calsync(['migrate', '--json'], environment)).stdout)).toEqual({ applied: [], pending: [] });
});
