import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applySchedule } from '../../src/write/apply.ts';
import { parseScheduleFile } from '../../src/write/schedule-file.ts';
import { type MigratedDatabase, openMigratedDatabase } from '../support/migrated.ts';
import { insertCalendar } from '../support/rows.ts';
import { ada } from '../support/specs.ts';

const calendars = ['engineering', 'computing', 'sciences', 'design', 'institute', 'abroad'];

let database: MigratedDatabase;
beforeAll(async () => {
  database = await openMigratedDatabase();
  for (const calendar of calendars) await insertCalendar(database.pool, calendar);
});
afterAll(() => database.close());

function apply(name: 'earlier' | 'later') {
  const file = fileURLToPath(new URL(`../../examples/georgia-tech-fall-2020-${name}.csv`, import.meta.url));
  const specs = parseScheduleFile(file, readFileSync(file), null);
  return applySchedule(database.db, specs, ada, { schedule: 'fall-2020', prune: true, dryRun: false });
}

test('a real term is applied whole; five weeks later exactly one class is added and one changed', async () => {
  expect(await apply('earlier')).toMatchObject({
    kind: 'applied',
    changes: { added: { length: 4_343 }, unchangedCount: 0 },
  });
  expect(await apply('later')).toEqual({
    kind: 'applied',
    changes: {
      added: ['202008/94401/0'],
      changed: [{ key: '202008/87768/0', fields: ['summary'] }],
      removed: [],
      leftCancelled: [],
      unchangedCount: 4_342,
    },
    held: [],
    skipped: [],
  });
  const { rows } = await database.pool.query(
    `select count(*)::int as rows from calsync.history where kind <> 'inserted' or key = '202008/94401/0'`,
  );
  expect(rows).toEqual([{ rows: 2 }]);
});
