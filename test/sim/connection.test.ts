import { expect, test } from 'vitest';
import { asksOrder } from './connection.ts';

test.each([
  ['select key from calsync.dirty order by key', true],
  ['select key from calsync.dirty\n      where calendar = $1 order\n by key limit 3', true],
  ['with due as (select key from calsync.dirty) select key from due order by (key)', true],
  ['select key from calsync.dirty', false],
  [
    'select key, last.at from calsync.dirty left join lateral (select at from calsync.run order by id desc limit 1) last on true',
    false,
  ],
  ["select array_agg(key order by key) from calsync.dirty group by coalesce(calendar, '(order by')", false],
  ["select key from calsync.dirty where reason = 'no order by' or reason = 'open ('", false],
  ['with gone as (delete from calsync.dirty returning key) select key from gone order by key', true],
  [
    'update calsync.dirty set parked = true where key in (select key from calsync.dirty order by key limit 1) returning key',
    false,
  ],
])('%s', (text, asks) => {
  expect(asksOrder(text)).toBe(asks);
});
