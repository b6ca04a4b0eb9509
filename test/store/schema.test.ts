import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { schemaTypes } from '../support/schema-types.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
});
afterAll(() => database.close());

test('a changed migration without `npm run db:types` is noticed: the generated types are those of the database', async () => {
  await expect(await schemaTypes(database.pool)).toMatchFileSnapshot('../../src/store/schema.ts');
});

test('every table and every column says what it is', async () => {
  const { rows } = await database.pool.query(`
    select rel.relname || coalesce('.' || col.attname, '') as silent
      from pg_class rel left join pg_attribute col on col.attrelid = rel.oid and col.attnum >= 0 and not col.attisdropped
      where rel.relnamespace = 'calsync'::regnamespace and rel.relkind = 'r'
        and (col_description(rel.oid, col.attnum) is null or obj_description(rel.oid, 'pg_class') is null)`);
  expect(rows).toEqual([]);
});

test('every function says what it does', async () => {
  const { rows } = await database.pool.query(`
    select proname from pg_proc where pronamespace = 'calsync'::regnamespace and obj_description(oid, 'pg_proc') is null`);
  expect(rows).toEqual([]);
});
