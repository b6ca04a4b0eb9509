import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/postgres.ts';

test('each database is a clone of its template, and no other sees what is written there', async () => {
  const template = {
    name: 'one_table',
    prepare: async (connection: pg.PoolConfig) => {
      const client = new pg.Client(connection);
      await client.connect();
      await client.query('create table mark (word text)');
      await client.end();
    },
  };
  const [first, second] = await Promise.all([createTestDatabase(template), createTestDatabase(template)]);
  const pool = new pg.Pool({ connectionString: first.url });
  const other = new pg.Pool(second.connection);
  await pool.query(`insert into mark values ('here')`);
  expect((await pool.query('select * from mark')).rows).toEqual([{ word: 'here' }]);
  expect((await other.query('select * from mark')).rows).toEqual([]);
  await pool.end();
  await other.end();
  await Promise.all([first.drop(), second.drop()]);
});

test('a database is dropped although somebody is still connected', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client(database.connection);
  client.on('error', () => undefined);
  await client.connect();
  await database.drop();
  await expect(new pg.Client(database.connection).connect()).rejects.toMatchObject({ code: '3D000' });
});

test('the server is of the version that was asked for', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client(database.connection);
  await client.connect();
  const { rows } = await client.query(`select current_setting('server_version_num')::int / 10000 as major`);
  await client.end();
  await database.drop();
  expect(rows).toEqual([{ major: Number(process.env.CALSYNC_TEST_POSTGRES ?? '18') }]);
});
