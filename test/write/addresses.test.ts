/** One rule for what an address is, in TypeScript and in SQL. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseAddress, parseAddress } from '../../src/core/address.ts';
import { openDatabase, openPool } from '../../src/store/database.ts';
import { migrateToLatest } from '../../src/store/migrate.ts';
import { type MigratedDatabase, openMigratedDatabase, systemRandom } from '../support/migrated.ts';
import { insertCalendar, insertEvent } from '../support/rows.ts';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  await insertCalendar(database.pool);
  await insertEvent(database.pool, 'class');
});
afterAll(() => database.close());

/** What SQL makes of each text: the address as it is stored, or null where a constraint about addresses refuses it. */
async function storedAs(texts: readonly string[]): Promise<readonly (string | null)[]> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    const stored: (string | null)[] = [];
    for (const text of texts) {
      await client.query('savepoint one');
      try {
        const { rows } = await client.query<{ address: string }>(
          `insert into calsync.desired_attendee (key, address) values ('class', $1) returning address`,
          [text],
        );
        stored.push(rows[0]?.address ?? '');
      } catch (error) {
        expect(error).toMatchObject({ code: '23514', constraint: expect.stringMatching(/^address_(form|length)$/) });
        stored.push(null);
      }
      await client.query('rollback to savepoint one');
    }
    return stored;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

function readAs(text: string): string | null {
  const parsed = parseAddress(text);
  return parsed.ok ? parsed.address : null;
}

async function expectOneVerdict(texts: readonly string[]): Promise<void> {
  const pairs = (verdicts: readonly (string | null)[]) => texts.map((text, index) => [text, verdicts[index]]);
  expect(pairs(await storedAs(texts))).toEqual(pairs(texts.map(readAs)));
}

const longLabel = 'a'.repeat(63);

test('[S14B] limits and strange characters have one verdict', async () => {
  const at = (length: number) => `${'a'.repeat(length - '@example.com'.length)}@example.com`;
  const refused = [
    '',
    ' ',
    '@',
    'ada',
    'ada@',
    '@example.com',
    at(255),
    `a@${longLabel}a.com`,
    'a@-b.c',
    'a@b-.c',
    'a@b..c',
    'a@b.c.',
    'a b@c.d',
    'a@b c',
    'a@b@c',
    '"a"@b.c',
    'ada@exämple.com',
    'ädä@example.com',
    'ada@例え.jp',
    'ada@example.com\u00a0',
    '\ufeffada@example.com',
    '\u3000ada@example.com',
    '\vada@example.com',
    'ada\n@example.com',
    'ada@example.com\nbcc:x@y.z',
    'ada@example.com,bob@example.com',
    'Ada <ada@example.com>',
    'mailto:ada@example.com',
    'ada@[127.0.0.1]',
    'a\u0130@example.com',
    'ada\u200b@example.com',
    '\u202eada@example.com',
    "a@b.c' or 1=1 --",
  ];
  const taken = [
    'a@b',
    at(254),
    `a@${longLabel}.com`,
    ' ada@example.com',
    'ada@example.com\r\n',
    '\t\fada@example.com ',
    "o'brien@example.com",
    'a.@b',
    '.a@b',
    'a..b@c',
    '{}|~^_`@b',
    'a@1.2.3.4',
    'a@xn--exmple-cua.com',
    'INFO@EXAMPLE.COM',
  ];
  expect(refused.filter((text) => readAs(text) !== null)).toEqual([]);
  expect(taken.filter((text) => readAs(text) === null)).toEqual([]);
  await expectOneVerdict([...refused, ...taken]);
});

test('[S14B] any text has one verdict', async () => {
  const piece = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !text.includes('\0')),
    fc.constantFrom('@', '.', '-', ' ', '\n', 'a', 'Z', '9', '+', '_', 'example.com', 'gmail.com', longLabel),
  );
  const texts = fc.sample(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    { numRuns: 500, seed: 14 },
  );
  const shaped = fc.sample(addresses(), { numRuns: 300, seed: 15 });
  expect(shaped.filter((text) => readAs(text) === null).length).toBeLessThan(shaped.length / 2);
  await expectOneVerdict([...texts, ...shaped].map((text) => text.toWellFormed()));
});

test('two spellings are one mailbox in SQL where they are in TypeScript', async () => {
  const texts = fc.sample(addresses(), { numRuns: 500, seed: 16 }).flatMap((text) => readAs(text) ?? []);
  const { rows } = await sql<{ normal: string }>`
    select calsync.normal_address(address) as normal from unnest(${texts}::text[]) with ordinality as given (address, place)
      order by place`.execute(database.db);
  expect(rows.map(({ normal }) => normal)).toEqual(texts.map(normaliseAddress));
});

test('a database whose language has two kinds of i does not make two mailboxes of one', async (context) => {
  const { rows: servers } = await database.pool.query(`select current_setting('server_version_num')::int as version`);
  if (servers[0].version < 150_000) return context.skip(); // no such database before
  const name = `turkish_${process.pid}`;
  await database.pool.query(
    `create database ${name} template template0 locale_provider icu icu_locale 'tr-TR' locale 'C' encoding 'UTF8'`,
  );
  const pool = openPool({ connection: { ...database.connection, database: name } });
  const db = openDatabase(pool);
  try {
    await migrateToLatest(db, systemRandom);
    const { rows } = await pool.query(
      `select lower('I') as letter, calsync.normal_address('INFO@EXAMPLE.COM') as normal`,
    );
    expect(rows).toEqual([{ letter: 'ı', normal: 'info@example.com' }]);
  } finally {
    await db.destroy();
    await database.pool.query(`drop database ${name} with (force)`);
  }
});

test('[S14B] every case of the browsers has the same verdict in SQL', async (context) => {
  const directory = process.env.CALSYNC_TEST_DATA;
  if (directory === undefined) {
    console.log('skipped: email (CALSYNC_TEST_DATA is unset)');
    return context.skip();
  }
  const folder = join(directory, 'email');
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>; // checked case by case below
    const texts = (name: string) => (cases[name] as readonly string[] | undefined) ?? [];
    const trimmed = (cases.trimmed_before_check as readonly (readonly [string, string])[] | undefined) ?? [];
    const valid = texts('valid');
    const invalid = [...texts('invalid'), ...texts('valid_old_rule_invalid_now')];
    expect(valid.length * invalid.length * trimmed.length).toBeGreaterThan(0);
    expect(await storedAs(valid)).toEqual(valid);
    expect(await storedAs(invalid)).toEqual(invalid.map(() => null));
    expect(await storedAs(trimmed.map(([written]) => written))).toEqual(trimmed.map(([, address]) => address));
    await expectOneVerdict([...valid, ...invalid, ...trimmed.map(([written]) => written)]);
  }
});

/** Texts that look like addresses, Gmail's oddities among them; most are. */
function addresses(): fc.Arbitrary<string> {
  const local = fc.string({
    unit: fc.constantFrom(..."abIZ019.+-_!#$%&'*/=?^`{|}~"),
    minLength: 1,
    maxLength: 20,
  });
  const label = fc.string({ unit: fc.constantFrom(...'aIZ09-'), minLength: 1, maxLength: 8 });
  const domain = fc.oneof(
    fc.constantFrom('gmail.com', 'GMail.com', 'googlemail.com', 'GOOGLEMAIL.COM', 'notgmail.com', 'gmail.com.example'),
    fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
  );
  return fc.tuple(local, domain).map(([name, host]) => `${name}@${host}`);
}
