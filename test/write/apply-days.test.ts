/** Several people at one schedule, and what happens to what a file does not have. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { readSchedule } from '../../src/store/desired.ts';
import { applySchedule } from '../../src/write/apply.ts';
import { calsync } from '../cli/a-world.ts';
import { insertCalendar } from '../support/rows.ts';
import { ada, aSpec } from '../support/specs.ts';
import { anEvent, home, World } from '../support/world.ts';

const directory = mkdtempSync(join(tmpdir(), 'calsync-days-'));
let world: World;
beforeEach(async () => {
  world = await World.open();
  await insertCalendar(world.store.pool, 'classes');
});
afterEach(() => world.close());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const spring = { schedule: 'spring', prune: false, dryRun: false };
const slot = (day: string, hour: number, location = 'Room 5') =>
  aSpec({
    key: `${day}/${hour}`,
    location,
    start: {
      kind: 'time',
      local: `2027-03-0${day === 'mon' ? 1 : 2}T${hour}:00:00`,
      zone: 'Europe/Copenhagen',
      offset: null,
    },
    end: {
      kind: 'time',
      local: `2027-03-0${day === 'mon' ? 1 : 2}T${hour + 1}:00:00`,
      zone: 'Europe/Copenhagen',
      offset: null,
    },
  });
const hours = [10, 11, 12];
const monday = (location?: string) => hours.map((hour) => slot('mon', hour, location));
const tuesday = (location?: string) => hours.map((hour) => slot('tue', hour, location));
const db = () => world.store.db;
const roomsOf = async () => {
  const rows = await readSchedule(db(), 'spring');
  return Object.fromEntries([...rows].map(([key, { spec }]) => [key, spec.location]));
};

test("[S21A] Tuesday's slots are replaced and Monday's stay; what would be removed is shown first", async () => {
  await applySchedule(db(), [...monday(), ...tuesday()], ada, spring);
  const file = [...monday(), slot('tue', 10, 'Room 7'), slot('tue', 14)];
  const shown = await applySchedule(db(), file, ada, { ...spring, prune: true, dryRun: true });
  expect(shown).toMatchObject({
    kind: 'planned',
    changes: {
      added: ['tue/14'],
      changed: [{ key: 'tue/10', fields: ['location'] }],
      removed: ['tue/11', 'tue/12'],
      unchangedCount: 3,
    },
  });
  expect(Object.keys(await roomsOf())).toHaveLength(6);
  await applySchedule(db(), file, ada, { ...spring, prune: true });
  expect(await roomsOf()).toEqual({
    'mon/10': 'Room 5',
    'mon/11': 'Room 5',
    'mon/12': 'Room 5',
    'tue/10': 'Room 7',
    'tue/14': 'Room 5',
  });
});

test('[S21B] two people apply two days of one schedule at the same moment, and both edits stay', async () => {
  await applySchedule(db(), [...monday(), ...tuesday()], ada, spring);
  for (let round = 1; round <= 5; round += 1) {
    const [one, other] = await Promise.all([
      applySchedule(db(), monday(`Room M${round}`), { ...ada, actor: 'ada' }, spring),
      applySchedule(db(), tuesday(`Room T${round}`), { ...ada, actor: 'bob' }, spring),
    ]);
    expect([one.kind, other.kind]).toEqual(['applied', 'applied']);
    const rooms = await roomsOf();
    expect(new Set(Object.values(rooms))).toEqual(new Set([`Room M${round}`, `Room T${round}`]));
    expect(Object.keys(rooms)).toHaveLength(6);
  }
});

test('[S21C] one slot that is sent means that slot and nothing else', async () => {
  await applySchedule(db(), [...monday(), ...tuesday()], ada, spring);
  const result = await applySchedule(db(), [slot('mon', 10, 'Room 9')], ada, spring);
  expect(result).toMatchObject({ changes: { changed: [{ key: 'mon/10' }], removed: [] } });
  expect(Object.keys(await roomsOf())).toHaveLength(6);
});

test('[S21C] a large removal is told when it is asked for, held in Google, and done once it is approved', async () => {
  const events = Array.from({ length: 20 }, (_, index) =>
    anEvent({ key: `class-${index}`, schedule: 'spring', summary: `Class ${index}` }),
  );
  await world.put(events);
  await world.reconcile();
  expect(world.live()).toHaveLength(20);

  const path = join(directory, 'one.json');
  writeFileSync(path, JSON.stringify(events.slice(0, 1)));
  const environment = { DATABASE_URL: world.store.url, CALSYNC_HOME: directory };
  const run = (...options: readonly string[]) =>
    calsync(['apply', path, '--schedule', 'spring', '--prune', ...options], environment);
  const shown = await run('--dry-run');
  expect(shown.stdout).toContain(`the guard would hold the 19 removals on ${home} until they are approved`);
  const done = await run('--json');
  expect(done.code).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({
    held: [{ calendar: home, count: 19, reason: expect.stringContaining('19 withdrawals') }],
  });

  await world.reconcile();
  expect(world.live()).toHaveLength(20);
  const { rows } = await world.store.pool.query('select id from calsync.hold');
  expect(rows).toHaveLength(1);
  expect((await calsync(['approve', String(rows[0].id)], environment)).code).toBe(0);
  await world.reconcile();
  expect(world.live().map(({ summary }) => summary)).toEqual(['Class 0']);
});

test('--skip-invalid applies what can be, lists every other row with its line and reason, and ends with 2', async () => {
  const path = join(directory, 'plan.csv');
  const rows = [
    'key,calendar,summary,start,end',
    'a,classes,A,2026-11-30,2026-12-01',
    'b,classes,B,2026-11-30,2026-11-30',
    'c,nowhere,C,2026-11-30,2026-12-01',
    'a,classes,again,2026-11-30,2026-12-01',
    'd,classes,D,2026-11-30,2026-12-01',
  ];
  writeFileSync(path, rows.join('\n'));
  const environment = { DATABASE_URL: world.store.url, CALSYNC_HOME: directory };
  const refused = await calsync(['apply', path], environment);
  expect(refused.code).toBe(64);
  const ran = await calsync(['apply', path, '--skip-invalid'], environment);
  expect(ran.code).toBe(2);
  expect(ran.stdout).toMatch(
    /skipped:\n {2}line 3, column end: must be after[^\n]*\n {2}line 4, column calendar: [^\n]*nowhere[^\n]*\n {2}line 5, column key: the key "a" stands/,
  );
  expect(ran.stdout).toContain('2 added, 0 changed, 0 removed, 0 unchanged, 3 rows skipped.');
  const again = await calsync(['apply', path, '--skip-invalid', '--json'], environment);
  expect(JSON.parse(again.stdout)).toMatchObject({
    unchanged: 2,
    skipped: [
      { line: 3, field: 'end' },
      { line: 4, field: 'calendar' },
      { line: 5, field: 'key' },
    ],
  });
});
