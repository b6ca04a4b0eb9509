import { createServer, type Server } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CalsyncError } from '../../src/core/error.ts';
import { asConnectionError, requireWritableDatabase } from '../../src/store/connection-errors.ts';
import { type DatabaseAddress, openDatabase, openPool } from '../../src/store/database.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';

const password = 'correct-horse-battery';
let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
});
afterAll(() => database.close());

async function errorOf(
  connection: DatabaseAddress['connection'],
  work = requireWritableDatabase,
): Promise<CalsyncError> {
  const db = openDatabase(openPool({ connection }));
  try {
    await work(db);
  } catch (thrown) {
    const error = asConnectionError(thrown);
    if (error instanceof CalsyncError) return error;
    throw error;
  } finally {
    await db.destroy();
  }
  throw new Error('it connected');
}

function expectPlain(error: CalsyncError): void {
  expect(error.message).not.toContain(password);
  expect(error.message).not.toContain('\n');
}

test('a database that is not there', async () => {
  const error = await errorOf({ ...database.connection, database: 'nothing_of_this_name' });
  expect(error).toMatchObject({ kind: 'usage', reason: 'no_database', message: expect.stringContaining('create it') });
});

test('a server that is not there may come back; a host that cannot be may not', async () => {
  const refused = await errorOf({ url: `postgres://ada:${password}@127.0.0.1:1/calsync` });
  expect(refused).toMatchObject({ kind: 'transient', reason: 'econnrefused' });
  expectPlain(refused);
  expect(await errorOf({ host: '/nowhere/at/all', user: 'ada', database: 'x' })).toMatchObject({
    kind: 'transient',
    reason: 'enoent',
  });
});

test('a wrong password, and a server that answers so, is never quoted', async () => {
  const server = await refusingServer('28P01', 'password authentication failed for user "ada"');
  const error = await errorOf({
    url: `postgres://ada:${password}@127.0.0.1:${portOf(server)}/calsync?sslmode=disable`,
  });
  server.close();
  expect(error).toMatchObject({ kind: 'usage', reason: 'wrong_password' });
  expectPlain(error);
});

test('a server that is starting or full may be asked again', async () => {
  const server = await refusingServer('53300', 'sorry, too many clients already');
  expect(await errorOf({ url: `postgres://ada@127.0.0.1:${portOf(server)}/calsync?sslmode=disable` })).toMatchObject({
    kind: 'transient',
  });
  server.close();
});

test('a read-only database is recognised before and while writing', async () => {
  await database.pool.query('create role reader login superuser');
  await database.pool.query('alter role reader set default_transaction_read_only = on');
  const reader = { ...database.connection, user: 'reader' };
  const readOnly = { kind: 'usage', reason: 'read_only', message: expect.stringContaining('primary') };
  expect(await errorOf(reader)).toMatchObject(readOnly);
  expect(await errorOf(reader, async (db) => void (await sql`delete from calsync.run`.execute(db)))).toMatchObject(
    readOnly,
  );
  await database.pool.query('drop role reader');
});

test('missing rights and a missing schema say what to grant or run', async () => {
  await database.pool.query('create role stranger login');
  const stranger = { ...database.connection, user: 'stranger' };
  const select = async (db: Parameters<typeof requireWritableDatabase>[0]) =>
    void (await sql`select from calsync.dirty`.execute(db));
  expect(await errorOf(stranger, select)).toMatchObject({
    kind: 'usage',
    reason: 'missing_rights',
    message: expect.stringContaining('grant'),
  });
  await database.pool.query('drop role stranger');
  const unmigrated = { ...database.connection, database: 'postgres' };
  expect(await errorOf(unmigrated, select)).toMatchObject({
    kind: 'usage',
    message: expect.stringContaining('calsync migrate'),
  });
});

test('an error that is not about the connection stays what it is', () => {
  const error = new TypeError('a bug');
  expect(asConnectionError(error)).toBe(error);
});

/** Answers every start-up message with one error of the protocol. */
async function refusingServer(code: string, message: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
      const length = Buffer.alloc(4);
      length.writeInt32BE(fields.length + 4);
      socket.end(Buffer.concat([Buffer.from('E'), length, fields]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
