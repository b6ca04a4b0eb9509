import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { superuser } from '../../src/sandbox/cluster.ts';
import { systemClock } from '../../src/sandbox/system-clock.ts';
import { waitUntil } from '../../src/sandbox/wait-until.ts';
import { withServer } from './postgres-server.ts';
import { emptyTemplate, type Template } from './template.ts';

const disconnectLimitMs = 500;

/** For `new pg.Pool(connection)`. `host` is the directory of a unix socket. */
export interface TestConnection {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

export interface TestDatabase {
  readonly name: string;
  readonly connection: TestConnection;
  /** The same as a DATABASE_URL, for processes that a test starts. */
  readonly url: string;
  /** Closes whatever is still connected and drops the database. */
  drop(): Promise<void>;
}

/**
 * A database of its own for a test file or a test, cloned from `template`, on the one PostgreSQL of this run. The user
 * is a superuser. DATABASE_URL plays no part.
 */
export async function createTestDatabase(template: Template = emptyTemplate): Promise<TestDatabase> {
  const host = await templateServer(template);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(host, (admin) => admin.query(`create database ${name} template ${templateName(template)}`));
  const connection = { host, user: superuser, database: name };
  return {
    name,
    connection,
    url: databaseUrl(connection),
    drop: () => asAdministrator(host, (admin) => dropDatabase(admin, name)),
  };
}

/** A connection string that pg and libpq both understand. */
export function databaseUrl({ host, user, database }: TestConnection): string {
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}`;
}

const readyTemplates = new Map<string, Promise<string>>();

/** The socket directory of the server, once the template is there; asked of the server once per worker. */
function templateServer(template: Template): Promise<string> {
  const known = readyTemplates.get(template.name);
  if (known !== undefined) return known;
  const host = withServer(inject('postgresDirectory'), (socketDirectory) => ensureTemplate(socketDirectory, template));
  readyTemplates.set(template.name, host);
  return host;
}

function ensureTemplate(host: string, template: Template): Promise<string> {
  return asAdministrator(host, async (admin) => {
    const name = templateName(template);
    if ((await admin.query('select from pg_database where datname = $1', [name])).rowCount === 1) return host;
    // Under another name until it is complete: a worker that dies half-way leaves no template behind.
    const unfinished = `unfinished_${name}`;
    await dropDatabase(admin, unfinished);
    await admin.query(`create database ${unfinished} template template0`);
    await template.prepare({ host, user: superuser, database: unfinished });
    await untilUnused(admin, unfinished);
    await admin.query(`alter database ${unfinished} rename to ${name}`);
    return host;
  });
}

function templateName(template: Template): string {
  return `template_${template.name}`;
}

async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await untilUnused(admin, name);
  await admin.query(`drop database if exists ${name} with (force)`);
}

/** `pool.end()` resolves before the server has seen it, and a connection that is cut meanwhile fails its test. */
async function untilUnused(admin: pg.Client, name: string): Promise<void> {
  await waitUntil(systemClock, disconnectLimitMs, async () => {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1', [name]);
    return rowCount === 0 ? true : null;
  });
}

async function asAdministrator<Result>(host: string, work: (admin: pg.Client) => Promise<Result>): Promise<Result> {
  const admin = new pg.Client({ host, user: superuser, database: 'postgres' });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
