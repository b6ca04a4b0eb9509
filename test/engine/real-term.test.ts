import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { applySchedule } from '../../src/write/apply.ts';
import { parseScheduleFile } from '../../src/write/schedule-file.ts';
import { World } from '../support/world.ts';

const data = process.env.CALSYNC_TEST_DATA;
const meetings = 4_699;
const dates = 119_006;

test.skipIf(data === undefined)(
  'a real term of 4,699 weekly meetings converges as series of 119,006 dates, and another run only lists (skips without CALSYNC_TEST_DATA)',
  async () => {
    const world = await World.open({ settledAfterMs: null, mostCallsPerTurn: 10_000 });
    try {
      const specs = parseScheduleFile('term.csv', convertedTerm(), null);
      expect(specs).toHaveLength(meetings);
      const calendars = [...new Set(specs.map(({ calendar }) => calendar))].sort();
      for (const calendar of calendars) await world.manage(calendar);
      const applied = await applySchedule(
        world.store.db,
        specs,
        { actor: 'test', door: 'typescript', source: 'caller' },
        { schedule: 'term', prune: false, dryRun: false },
      );
      expect(applied.kind).not.toBe('refused');

      const reports = await world.reconcile();
      expect(new Set(reports.map(({ state }) => state))).toEqual(new Set(['in_sync']));
      expect(reports.reduce((sum, { counts }) => sum + counts.created, 0)).toBe(meetings);
      const expanded = calendars.map((calendar) => world.emulator.administration.expand(calendar).count);
      expect(expanded.reduce((sum, count) => sum + count, 0)).toBe(dates);

      const before = world.mark();
      await world.reconcile();
      expect(world.calls(before)).toEqual(Array.from({ length: calendars.length + 1 }, () => 'events.list'));
    } finally {
      await world.close();
    }
  },
  300_000,
);

function convertedTerm(): Uint8Array {
  const script = fileURLToPath(new URL('../../scripts/timetable-to-csv.ts', import.meta.url));
  const file = join(data ?? '', 'timetables', 'georgia-tech-202208-meetings.csv');
  return execFileSync(process.execPath, [script, file], { maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] });
}
