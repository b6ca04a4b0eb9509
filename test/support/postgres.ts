import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { superuser } from '../../src/sandbox/cluster.ts';
import { withServer } from './postgres-server.ts';
import { emptyTemplate, type Template } from './template.ts';

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
  await asAdministrator(host, `create database ${name} template ${templateName(template)}`);
  const connection = { host, user: superuser, database: name };
  return {
    name,
    connection,
    url: databaseUrl(connection),
    drop: () => asAdministrator(host, `drop database if exists ${name} with (force)`),
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

async function ensureTemplate(host: string, template: Template): Promise<string> {
  const name = templateName(template);
  if (await exists(host, name)) return host;
  // Under another name until it is complete: a worker that dies half-way leaves no template behind.
  const unfinished = `unfinished_${name}`;
  await asAdministrator(host, `drop database if exists ${unfinished} with (force)`);
  await asAdministrator(host, `create database ${unfinished} template template0`);
  await template.prepare({ host, user: superuser, database: unfinished });
  await asAdministrator(host, `alter database ${unfinished} rename to ${name}`);
  return host;
}

function templateName(template: Template): string {
  return `template_${template.name}`;
}

async function exists(host: string, name: string): Promise<boolean> {
  return await asAdministrator(host, 'select from pg_database where datname = $1', [name], (count) => count > 0);
}

async function asAdministrator(host: string, sql: string): Promise<void>;
async function asAdministrator<Result>(
  host: string,
  sql: string,
  values: readonly string[],
  read: (rowCount: number) => Result,
): Promise<Result>;
async function asAdministrator<Result>(
  host: string,
  sql: string,
  values: readonly string[] = [],
  read?: (rowCount: number) => Result,
): Promise<Result | undefined> {
  const client = new pg.Client({ host, user: superuser, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query(sql, [...values]);
    return read?.(rowCount ?? 0);
  } finally {
    await client.end();
  }
}
