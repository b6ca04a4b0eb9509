/**
 * The connection to Postgres. What a column's value is in TypeScript, for every query of calsync:
 *
 * | Postgres | here |
 * | --- | --- |
 * | timestamptz | `Date` |
 * | timestamp | `'YYYY-MM-DDTHH:MM:SS'`, a local time that belongs to no zone of ours |
 * | date | `'YYYY-MM-DD'` |
 * | bigint | `number`; above 2^53 it is refused, never rounded |
 * | jsonb | parsed |
 */
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import { type ClientBase, Pool, type PoolConfig, types } from 'pg';
import { CalsyncError } from '../core/error.ts';
import type { Database } from './schema.ts';

/** A pool or a transaction: what every function of the store takes. A caller's own transaction is as good as ours. */
export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;

export interface DatabaseAddress {
  /** `postgres://…`, or a host (a socket directory too), database and user. */
  readonly connection:
    | { readonly url: string }
    | { readonly host: string; readonly database: string; readonly user: string; readonly port?: number };
  /** Connections at most; 10 when not given. */
  readonly maxConnections?: number;
  readonly applicationName?: string;
  /** How long a statement waits for another transaction's lock, and how long it takes at all; without limit when not given. */
  readonly lockWaitMs?: number;
  readonly statementMs?: number;
}

const connectTimeoutMs = 10_000;
/** A session plans and compiles what it has not done before, 30 ms of processor time until it has written once: worth keeping between bursts. */
const keptIdleMs = 10 * 60_000;
/** Shorter than what firewalls and balancers give a silent connection before they drop it without a word. */
const keepAliveMs = 60_000;
const dateOid = 1082;
const timestampOid = 1114;
const bigintOid = 20;

/** A pool whose values arrive as the table above says. The caller ends it. */
export function openPool(address: DatabaseAddress): Pool {
  const { connection } = address;
  const where: PoolConfig = 'url' in connection ? { connectionString: connection.url } : { ...connection };
  const pool = new Pool({
    ...where,
    max: address.maxConnections ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: keptIdleMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMs,
    application_name: address.applicationName ?? 'calsync',
    types: { getTypeParser },
    onConnect: (client: ClientBase) => settle(client, address),
  });
  // An idle connection that breaks is replaced, and the next query says what is wrong; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Kysely over a pool, in the schema `calsync`. `destroy()` ends the pool. */
export function openDatabase(pool: Pool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }).withSchema('calsync');
}

/** What a server's or a role's own settings could change about how values are written. */
async function settle(client: ClientBase, { lockWaitMs, statementMs }: DatabaseAddress): Promise<void> {
  // A connection that ends between two statements of a transaction: the next one says so. Unheard, it would end the process.
  client.on('error', () => undefined);
  const limits = [
    ...(lockWaitMs === undefined ? [] : [`set lock_timeout = ${lockWaitMs}`]),
    ...(statementMs === undefined ? [] : [`set statement_timeout = ${statementMs}`]),
  ];
  const values = ["set datestyle = 'ISO, MDY'", "set timezone = 'UTC'", "set intervalstyle = 'iso_8601'"];
  await client.query([...values, ...limits].join('; '));
}

type Parser = (text: string) => unknown;

function getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
  if (format !== 'binary') {
    if (oid === dateOid) return (text) => text;
    if (oid === timestampOid) return (text) => text.replace(' ', 'T');
    if (oid === bigintOid) return wholeNumber;
  }
  return types.getTypeParser(oid, format);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new CalsyncError('invariant', 'a number of the database is beyond 2^53');
  return number;
}
