/** Problems that a batch of events has besides those of each: keys twice, calendars that are not managed, twins. */
import type { EventSpec } from '../core/event-spec.ts';
import { knownCalendars, unknownCalendarMessage } from '../store/calendar.ts';
import type { Db } from '../store/database.ts';
import { findTwins } from '../store/desired.ts';
import type { WriteProblem } from './result.ts';

export function duplicateKeyProblems(keys: readonly string[]): readonly WriteProblem[] {
  const seen = new Set<string>();
  const twice = new Set(keys.filter((key) => seen.size === seen.add(key).size));
  return [...twice].map((key) => ({
    kind: 'duplicate_key',
    key,
    field: 'key',
    message: `the key ${key} stands twice in one write: a key is one event`,
  }));
}

export async function unknownCalendarProblems(db: Db, specs: readonly EventSpec[]): Promise<readonly WriteProblem[]> {
  if (specs.length === 0) return [];
  const known = await knownCalendars(
    db,
    specs.map((spec) => spec.calendar),
  );
  return specs
    .filter((spec) => !known.has(spec.calendar))
    .map((spec) => ({
      kind: 'unknown_calendar',
      key: spec.key,
      field: 'calendar',
      message: unknownCalendarMessage(spec.calendar),
    }));
}

/** Events that are new or get a new time or title, against each other and against the live rows. `allowTwin` lets one pass. */
export async function twinProblems(db: Db, specs: readonly EventSpec[]): Promise<readonly WriteProblem[]> {
  const asked = specs.filter((spec) => !spec.allowTwin && spec.summary !== null);
  if (asked.length === 0) return [];
  const written = new Set(specs.map((spec) => spec.key));
  const stored = (await findTwins(db, asked)).filter(({ twin }) => !written.has(twin)); // what is written now is compared as it will be
  return [...stored, ...twinsWithin(specs)].map(({ key, twin }) => ({
    kind: 'twin',
    key,
    field: 'summary',
    message: `${key} would be a second event with the calendar, time and title of ${twin}: state allowTwin if both should be there`,
  }));
}

function twinsWithin(specs: readonly EventSpec[]): readonly { readonly key: string; readonly twin: string }[] {
  const firstByLook = new Map<string, string>();
  const twins: { key: string; twin: string }[] = [];
  for (const spec of specs) {
    if (spec.summary === null) continue;
    const look = JSON.stringify([spec.calendar, spec.start, spec.end, spec.summary]);
    const twin = firstByLook.get(look);
    if (twin === undefined) firstByLook.set(look, spec.key);
    else if (!spec.allowTwin) twins.push({ key: spec.key, twin });
  }
  return twins;
}
