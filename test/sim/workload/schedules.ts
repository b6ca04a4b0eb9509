/** An operator who applies the schedule of a term, and prunes: whole, with some events gone, with nearly all gone, and whole again. */
import { parseEventSpec } from '../../../src/core/event-spec.ts';
import type { Db } from '../../../src/store/database.ts';
import { type ApplyResult, applySchedule } from '../../../src/write/apply.ts';
import type { Dice } from '../dice.ts';
import type { Site, World } from '../world.ts';

export interface ScheduleDeed {
  readonly kind: 'apply';
  /** Events of the file: from this one on, so many. */
  readonly from: number;
  readonly count: number;
  readonly version: number;
  readonly dryRun: boolean;
}

const schedule = 'term';
const second = 1_000;
/** What the guard lets go within an hour from a small calendar. */
const guardLine = 10;

export function drawSchedules(dice: Dice): readonly (ScheduleDeed & { readonly afterMs: number })[] {
  if (dice.chance(0.85)) return [];
  const whole = dice.between(3, 15);
  const file = (from: number, count: number): ScheduleDeed & { readonly afterMs: number } => ({
    kind: 'apply',
    from,
    count,
    version: dice.below(3),
    dryRun: dice.chance(0.15),
    afterMs: dice.between(10, 120) * second,
  });
  const fewer = dice.between(0, whole);
  return [
    file(0, whole),
    file(dice.below(2), whole),
    file(whole - fewer, fewer),
    ...(dice.chance(0.5) ? [file(0, dice.between(0, whole))] : []),
  ];
}

/** What came of it; it is held against the table at once, for nobody else has acted since. */
export async function doSchedule(world: World, site: Site, db: Db, deed: ScheduleDeed): Promise<string> {
  const specs = Array.from({ length: deed.count }, (_, index) => specOf(world, deed.from + index, deed.version));
  const writer = { actor: 'operator', door: 'cli', source: 'caller' } as const;
  const before = await liveKeys(site);
  const result = await applySchedule(db, specs, writer, { schedule, prune: true, dryRun: deed.dryRun });
  if (result.kind === 'refused') return `refused: ${result.problems[0]?.kind}`;
  const keys = new Set(specs.map(({ key }) => key));
  await checkTable(world, site, result, { keys, before });
  const { added, changed, removed } = result.changes;
  return `${result.kind}: ${added.length} added, ${changed.length} changed, ${removed.length} removed, ${result.held.length} held`;
}

/** The schedule is what the file has, but for what was cancelled; a dry run leaves it as it was; and a prune over the line says so. */
async function checkTable(
  world: World,
  site: Site,
  { kind, changes, held }: Extract<ApplyResult, { kind: 'applied' | 'planned' }>,
  { keys, before }: { readonly keys: ReadonlySet<string>; readonly before: readonly string[] },
): Promise<void> {
  const cancelled = new Set(changes.leftCancelled);
  const wanted = kind === 'planned' ? before : [...keys].filter((key) => !cancelled.has(key)).sort();
  const live = await liveKeys(site);
  if (live.join() !== wanted.join())
    world.fail('I3', `a schedule was ${kind}, and has ${live.join(', ')} where ${wanted.join(', ')} should be`);
  const [bound] = await site.connection.ask<{ most: number }>(
    `select coalesce(max(count), 0)::int as most from (select count(*) from calsync.binding
       where key = any($1) and state = 'live' group by calendar) as on_calendar`,
    [changes.removed],
  );
  if ((bound?.most ?? 0) > guardLine && held.length === 0)
    world.fail('I5', `${bound?.most} events are taken out of a schedule, and nobody is told that they will be held`);
}

async function liveKeys(site: Site): Promise<readonly string[]> {
  const rows = await site.connection.ask<{ key: string }>(
    'select key from calsync.desired_event where schedule = $1 and cancelled_at is null',
    [schedule],
  );
  return rows.map(({ key }) => key).sort();
}

/** Days after those of the classes, one for each, so that no two are twins. */
function specOf(world: World, index: number, version: number) {
  const day = String(1 + index).padStart(2, '0');
  const at = (hour: number) => ({ dateTime: `2027-05-${day}T${hour}:00:00`, timeZone: 'Europe/Copenhagen' });
  const parsed = parseEventSpec({
    key: `term-${String(index).padStart(2, '0')}`,
    calendar: world.calendars[0],
    summary: `Lesson ${index} v${version}`,
    start: at(10 + version),
    end: at(11 + version),
  });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('; '));
  return parsed.spec;
}
